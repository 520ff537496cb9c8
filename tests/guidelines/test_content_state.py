"""Whatever changes the content of an edition, by whatever way, leaves another stamp: what was kept is read again."""

from __future__ import annotations

import pytest
from django.apps import apps
from django.db import connection, transaction

from guidelines.models import ContentState, Criterion, Edition


def content_tables() -> list[str]:
    """Every table of the content, those of links between its parts, too; not their histories."""
    parts = apps.get_app_config("guidelines").get_models(include_auto_created=True)
    return [
        part._meta.db_table
        for part in parts
        if not part.__name__.startswith("Historical") and part is not ContentState
    ]


@pytest.mark.parametrize("table", content_tables())
def test_a_change_in_plain_sql_replaces_the_stamp(table: str, edition: Edition) -> None:
    before = ContentState.objects.stamp()

    with connection.cursor() as cursor:
        cursor.execute(f"UPDATE {table} SET id = id")  # noqa: S608  # a name of ours

    assert before
    assert ContentState.objects.stamp() != before


def test_new_and_removed_links_replace_the_stamp(edition: Edition) -> None:
    criterion = Criterion.objects.filter(clause__edition=edition).first()
    assert criterion
    stamps = {ContentState.objects.stamp()}

    ideals = list(criterion.ideals.all())
    criterion.ideals.clear()
    stamps.add(ContentState.objects.stamp())
    criterion.ideals.set(ideals)
    stamps.add(ContentState.objects.stamp())

    assert len(stamps) == 3


def test_a_change_that_is_taken_back_leaves_no_stamp_that_comes_again(edition: Edition) -> None:
    stamps = []

    for _attempt in range(2):
        with transaction.atomic():
            edition.clauses.filter(code="1.1").update(title="Anders")
            stamps.append(ContentState.objects.stamp())
            transaction.set_rollback(True)
        stamps.append(ContentState.objects.stamp())

    assert stamps[1] == stamps[3]
    assert len(set(stamps)) == 3
