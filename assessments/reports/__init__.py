"""The report of an assessment: Result -> HTML -> PDF."""

from assessments.reports.press import RenderingFailed
from assessments.reports.report import report_job, report_name, report_pdf

__all__ = ["RenderingFailed", "report_job", "report_name", "report_pdf"]
