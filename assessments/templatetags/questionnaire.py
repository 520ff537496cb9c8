"""The parts of a question page that cost most, without building them anew each time."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from django import template
from django.forms import BoundField
from django.utils.safestring import SafeString, mark_safe

from assessments import widgets
from assessments.templatetags.kept import kept

if TYPE_CHECKING:
    from assessments.views.steps import Section, Step

register = template.Library()


@register.simple_tag
def step_links(steps: Iterable[Step], here: str) -> SafeString:
    """A list item for each clause. The whole list differs from page to page, its items are few."""
    items = (kept("assessments/_step.html", step=step, is_here=step.code == here) for step in steps)
    return mark_safe("".join(items))  # noqa: S308  # rendered by the template


@register.simple_tag
def section_links(sections: Iterable[Section], here: str) -> SafeString:
    """The clauses of every section. Those of a section change when something in it is saved, or when one is there."""
    pieces = (
        kept(
            "assessments/_section.html",
            section=section,
            here=here if any(step.code == here for step in section.steps) else "",
        )
        for section in sections
    )
    return mark_safe("".join(pieces))  # noqa: S308  # rendered by the template


@register.simple_tag
def field(bound: BoundField, optional: bool = True) -> SafeString:
    """A field of the questionnaire with label, hint and error, as `kern/field.html` shows it."""
    return widgets.field(bound, marks_optional=optional)
