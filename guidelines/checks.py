"""The system check of a published edition; runs with `migrate` and `check --database default`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.core.checks import CheckMessage, Error, Tags, register
from django.db import OperationalError, ProgrammingError

from guidelines.models import Edition
from guidelines.publishing import faults


@register(Tags.database)
def published_editions_are_complete(databases: Sequence[str] | None = None, **_: Any) -> list[CheckMessage]:
    """Refuse a published edition with faults. Before the first `migrate` there is nothing to check."""
    if not databases or "default" not in databases:
        return []
    try:
        return [
            Error(
                str(fault),
                hint="Die Ausgabe in der Redaktion ergänzen oder vollständig neu einlesen.",
                obj=edition,
                id="guidelines.E001",
            )
            for edition in Edition.objects.published()
            for fault in faults(edition)
        ]
    except (OperationalError, ProgrammingError):  # the tables, or a column of them, are not there yet
        return []
