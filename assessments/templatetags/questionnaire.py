"""The parts of a question page that cost most, without building them anew each time."""

from __future__ import annotations

from collections.abc import Hashable, Iterable
from functools import lru_cache
from typing import TYPE_CHECKING

from django import template
from django.forms import BoundField
from django.template.loader import render_to_string
from django.utils.safestring import SafeString, mark_safe

from assessments import widgets

if TYPE_CHECKING:
    from assessments.views.steps import Step

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


@register.simple_tag
def step_links(steps: Iterable[Step], here: str) -> SafeString:
    """A list item for each clause. The whole list differs from page to page, its items are few."""
    items = (kept("assessments/_step.html", step=step, is_here=step.code == here) for step in steps)
    return mark_safe("".join(items))  # noqa: S308  # rendered by the template


@register.simple_tag
def field(bound: BoundField, optional: bool = True) -> SafeString:
    """A field of the questionnaire with label, hint and error, as `kern/field.html` shows it."""
    return widgets.field(bound, marks_optional=optional)
