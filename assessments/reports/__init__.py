"""The documents of an assessment: Result -> HTML -> PDF, ODT, DOCX.

This module imports nothing: the PDF program starts through it and is quick because it loads no Django.
"""
