"""The rows of the task list. In Python: a template needs some ten nodes for each."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django import template
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

register = template.Library()

ROW = """\
<li class="charta-task">
  <span class="charta-task__code">{}</span>
  <a class="charta-task__link" href="{}{}/"{}>{}</a>
  {}
  <span class="charta-state charta-state--{}">{}</span>
</li>"""
HERE = format_html(' aria-current="{}"', "page")


@register.simple_tag
def task_rows(steps: Iterable[Any], questions: str, here: str) -> SafeString:
    """One row for each step; `questions` is the address of the list, below which each clause has its page."""
    return format_html_join(
        "\n",
        ROW,
        (
            (
                step.code,
                questions,
                step.code,
                HERE if step.code == here else "",
                step.title,
                _count(step) if step.asked > 1 else "",
                step.state,
                step.label,
            )
            for step in steps
        ),
    )


def _count(step: Any) -> SafeString:
    return format_html('<span class="charta-task__note">{} von {} Fragen</span>', step.answered, step.asked)
