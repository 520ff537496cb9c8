"""What migrations write besides tables goes into the database that is migrated, not into the one the site runs on."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.contrib.auth.models import Group
from django.core.management import call_command
from django.db import connections

from guidelines.models import ContentState


@pytest.fixture
def elsewhere(django_db_blocker: Any) -> Iterator[str]:
    """The alias of a second database, empty, in memory; no transaction, for SQLite makes no table within one."""
    alias = "elsewhere"
    connections.databases[alias] = connections.databases["default"] | {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": ":memory:",
        "OPTIONS": {},
    }
    with django_db_blocker.unblock():
        yield alias
        connections[alias].close()
    del connections[alias], connections.databases[alias]


def test_the_group_of_editors_the_stamp_and_the_cache_come_into_a_second_database(elsewhere: str) -> None:
    for app in ("guidelines", "charta_app"):
        call_command("migrate", app, database=elsewhere, verbosity=0)

    group = Group.objects.using(elsewhere).get(name="Redaktion")
    assert {*group.permissions.values_list("content_type__app_label", flat=True)} == {"guidelines"}
    assert group.permissions.count() == 4 * 9  # add, change, delete, view
    assert ContentState.objects.using(elsewhere).get().stamp
    assert "charta_cache" in connections[elsewhere].introspection.table_names()
