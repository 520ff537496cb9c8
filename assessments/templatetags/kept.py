"""Pieces of pages that are rendered once for the values they are made of."""

from __future__ import annotations

from collections.abc import Hashable
from functools import lru_cache

from django import template
from django.template.loader import render_to_string
from django.utils.safestring import SafeString

register = template.Library()

KEPT = 2048  # pieces of at most a few kilobytes, in each process


@lru_cache(KEPT)
def kept(template_name: str, **values: Hashable) -> SafeString:
    """A piece of HTML that is made of these values alone, rendered once in each process.

    The values themselves are the key, so an edited text makes another piece at once, in every process. Hence they
    compare by what they say: texts, numbers, frozen values; never a row of the database, which compares by its key.
    """
    return render_to_string(template_name, values)


@register.simple_tag
def once(template_name: str, **values: Hashable) -> SafeString:
    """`{% once "assessments/_other.html" option=… %}`: an include of `kept` HTML."""
    return kept(template_name, **values)
