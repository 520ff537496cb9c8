"""Saving one row as the script of the question page does, for tests that have no browser."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from uuid import UUID, uuid4

from django.urls import reverse

if TYPE_CHECKING:
    from django.test import Client

    from assessments.models import Assessment
    from charta_app.models import User


def address_and_prefix(assessment: Assessment, row: str) -> tuple[str, str]:
    """Where the answer "1.1-1" or the target "1.1" is saved, and how the names of its fields begin."""
    kind, prefix = ("answer", f"frage-{row}") if "-" in row else ("target", "ziel")
    return reverse(f"assessments:save_{kind}", args=[assessment.pk, row]), prefix


def save(
    client: Client,
    assessment: Assessment,
    by: User,
    version: int,
    key: UUID | None = None,
    *,
    row: str = "1.1-1",
    **fields: str,
) -> Any:
    """One save; returns the response."""
    address, prefix = address_and_prefix(assessment, row)
    return client.post(
        address,
        {"person": by.pk} | {f"{prefix}-{name}": value for name, value in fields.items()},
        headers={"If-Match": f'"{version}"', "Idempotency-Key": str(key or uuid4())},
    )
