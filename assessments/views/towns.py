"""The municipality that a page is about, for those who run it here."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.core.exceptions import PermissionDenied
from django.shortcuts import get_object_or_404

from assessments.models import Municipality

if TYPE_CHECKING:
    from assessments.models.municipality import MunicipalityQuerySet, Person


def town_to_run(person: Person, pk: int, rows: MunicipalityQuerySet | None = None) -> Municipality:
    """The municipality whose officer the person is (one query); not theirs is 404, another role 403."""
    town: Municipality = get_object_or_404(
        (Municipality.objects.all() if rows is None else rows).visible_to(person), pk=pk
    )
    if not town.may_run:
        raise PermissionDenied
    return town
