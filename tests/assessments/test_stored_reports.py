"""Documents of final assessments: made once, whoever and however many try, then kept."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
import time
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from django.core.management import CommandError, call_command
from django.db import IntegrityError, connection, transaction
from django.utils import timezone
from django_tasks import default_task_backend

from assessments import VERSION
from assessments.models import Assessment, AuditEntry, Report, Snapshot
from assessments.models.report import LEFT_BEHIND_AFTER
from assessments.reports.kinds import KEPT, ReportKind
from assessments.tasks import UNEXPECTED, order_reports, print_now, print_report
from tests.database import POSTGRES
from tests.proof import PROOF, times

ROOT = Path(__file__).resolve().parents[2]
QUICK = ReportKind.MOTION_ODT  # takes a tenth of a second
MANY, MANY_KIND = times(12, 1_000), ReportKind.COUNCIL if PROOF else QUICK


@pytest.fixture
def final(assess):
    return assess(levels=2, final=True)


@pytest.fixture
def waiting(final):
    """The quickest document of a final assessment, queued a moment ago."""
    (report,) = Report.objects.order(final, [QUICK])
    return report


def long_ago(report, **fields):
    past = timezone.now() - LEFT_BEHIND_AFTER - timedelta(seconds=1)
    Report.objects.filter(pk=report.pk).update(**dict.fromkeys(fields or {"ordered_at": 0}, past))


def page(assessment, kind=QUICK):
    return f"/einschaetzungen/{assessment.pk}/berichte/{kind.file}"


# Finalising


def test_finalising_queues_the_documents_and_waits_for_none(assess, sign_in):
    assessment = assess(levels=2)

    sign_in("officer").post(f"/einschaetzungen/{assessment.pk}/abschliessen/")

    reports = Report.objects.filter(assessment=assessment)
    assert [report.kind for report in reports] == list(KEPT)
    assert {report.state for report in reports} == {"queued"}
    assert [task.args for task in default_task_backend.results[-4:]] == [[report.pk] for report in reports]


def test_ordering_twice_makes_no_second_one(final):
    order_reports(final)
    order_reports(final)

    assert Report.objects.count() == len(KEPT)


# Printing


def test_a_printed_document_is_stored_with_its_checksum(waiting):
    print_report.call(waiting.pk)

    report = Report.objects.get()
    assert (report.state, report.attempts, report.version) == ("done", 1, VERSION)
    assert bytes(report.content).startswith(b"PK")
    assert report.sha256 == hashlib.sha256(report.content).hexdigest()
    assert report.size == len(report.content)
    assert report.name == "ratsvorlage-musterstadt-2026-06-30.odt"


def test_printing_again_changes_nothing(waiting):
    print_report.call(waiting.pk)
    before = Report.objects.get()

    print_report.call(waiting.pk)

    again = Report.objects.get()
    assert (again.attempts, again.done_at) == (1, before.done_at)


def test_only_one_gets_the_turn(waiting):
    first, second = Report.objects.take(waiting.pk), Report.objects.take(waiting.pk)

    assert first is not None
    assert second is None


def test_whoever_does_not_come_back_leaves_the_document_to_the_next_one(waiting):
    gone = Report.objects.take(waiting.pk)
    long_ago(waiting, begun_at=True)
    other = Report.objects.order(waiting.assessment, [ReportKind.MOTION_DOCX])[0]

    print_report.call(other.pk)

    report = Report.objects.get(pk=waiting.pk)
    assert (report.state, report.attempts) == ("done", 2)
    assert not gone.store(b"zu spaet", "spaet.odt")
    assert bytes(Report.objects.get(pk=waiting.pk).content) == bytes(report.content)


def test_what_nobody_came_for_is_printed_with_the_next_one(waiting, assess):
    long_ago(waiting)
    (other,) = Report.objects.order(assess(levels=1, final=True, year=2025), [QUICK])

    print_report.call(other.pk)

    assert {report.state for report in Report.objects.all()} == {"done"}


def test_a_document_that_fails_keeps_the_reason_and_can_be_tried_again(final, sign_in, monkeypatch):
    monkeypatch.setattr("assessments.reports.report.MEBIBYTES", 64)
    client, address = sign_in("council"), page(final, ReportKind.COUNCIL)

    response = client.get(address, follow=True)

    assert response.redirect_chain == [(f"{address}/stand/", 302)]
    assert "braucht mehr Speicher als erlaubt" in response.content.decode()
    assert "Erneut versuchen" in response.content.decode()
    assert Report.objects.get().state == "failed"

    monkeypatch.undo()
    response = client.post(f"{address}/stand/", follow=True)

    assert "Es ist als Nächstes an der Reihe" in response.content.decode()
    assert default_task_backend.results[-1].args == [Report.objects.get().pk]


def test_an_unexpected_error_leaves_no_document_in_the_middle(waiting, monkeypatch, caplog):
    monkeypatch.setattr("assessments.reports.motion_files.ODT_TABLES", ("kein XML",))

    print_report.call(waiting.pk)

    report = Report.objects.get()
    assert (report.state, report.reason) == ("failed", UNEXPECTED)
    assert [(line.getMessage(), bool(line.exc_info)) for line in caplog.records] == [
        (f"Bericht {report.pk}", True)
    ]


def test_the_database_refuses_a_finished_document_without_its_bytes(waiting):
    for fields in ({"state": "done"}, {"state": "failed"}, {"content": b"x"}):
        with pytest.raises(IntegrityError), transaction.atomic():
            Report.objects.filter(pk=waiting.pk).update(**fields)


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE assessments_report SET content = 'x', size = 1, sha256 = 'x'",
        "UPDATE assessments_report SET kind = 'full'",
        "UPDATE assessments_report SET state = 'failed', content = NULL, reason = 'weg'",
        "DELETE FROM assessments_report",
        pytest.param(
            "REPLACE INTO assessments_report SELECT * FROM assessments_report",
            marks=pytest.mark.skipif(POSTGRES, reason="SQLite's own"),
        ),
    ],
)
def test_the_database_refuses_to_change_or_delete_a_stored_document(statement, waiting):
    print_report.call(waiting.pk)
    before = Report.objects.values().get()

    with (
        pytest.raises(IntegrityError, match="never changes"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(statement)

    assert Report.objects.values().get() == before


def test_what_is_not_stored_can_be_deleted(waiting):
    assert Report.objects.all().delete()[0] == 1


# Serving


def test_a_stored_document_takes_four_queries_and_three_the_second_time(
    final, sign_in, django_assert_num_queries
):
    print_now(final, QUICK)
    client = sign_in("council")

    # session, person, document with what the log knows, a line in the log
    with django_assert_num_queries(4):
        response = client.get(page(final))
    # the same without the line
    with django_assert_num_queries(3):
        assert client.get(page(final)).content == response.content

    stored = Report.objects.get()
    assert response.content == bytes(stored.content)
    assert response["Content-Type"] == "application/vnd.oasis.opendocument.text"
    assert response["Content-Disposition"] == f'attachment; filename="{stored.name}"'
    assert response["ETag"] == f'"{stored.sha256}"'
    assert response["Cache-Control"] == "no-cache, private"


def test_a_browser_that_has_it_already_is_told_so_and_the_log_knows(final, sign_in):
    print_now(final, QUICK)
    client = sign_in("council")

    response = client.get(page(final), headers={"If-None-Match": f'"{Report.objects.get().sha256}"'})

    assert (response.status_code, response.content) == (304, b"")
    assert AuditEntry.objects.filter(kind="report", assessment=final.pk).count() == 1


@pytest.mark.parametrize("role", ["council", "reviewer", "contributor", "officer"])
def test_everybody_of_the_municipality_gets_it_and_nobody_else(role, final, sign_in, other_town):
    print_now(final, QUICK)

    assert sign_in(role).get(page(final)).status_code == 200
    assert sign_in(role, other_town).get(page(final)).status_code == 404


def test_the_log_names_each_person_once_a_day(final, sign_in, monkeypatch):
    print_now(final, QUICK)
    for role in ("council", "officer", "council"):
        sign_in(role).get(page(final))
    assert AuditEntry.objects.filter(kind="report").count() == 2

    tomorrow = timezone.now() + timedelta(days=1)
    monkeypatch.setattr(timezone, "now", lambda: tomorrow)
    sign_in("council").get(page(final))

    assert AuditEntry.objects.filter(kind="report").count() == 3


def test_the_first_who_asks_for_one_that_nobody_ordered_gets_it_at_once(final, sign_in):
    response = sign_in("council").get(page(final))

    assert response.status_code == 200
    assert Report.objects.get().state == "done"


def test_one_that_waits_is_not_printed_in_the_request(waiting, sign_in):
    response = sign_in("council").get(page(waiting.assessment), follow=True)

    assert response.redirect_chain[-1][0].endswith("/ratsvorlage.odt/stand/")
    assert "wartet" in response.content.decode()
    assert Report.objects.get().state == "queued"


def test_a_draft_is_made_anew_each_time_and_never_kept(assess, sign_in):
    response = sign_in("officer").get(page(assess(levels=2)))

    assert response.status_code == 200
    assert response["Cache-Control"] == "no-store, private"
    assert Report.objects.count() == 0


@pytest.mark.parametrize("state", ["running", "done", "failed"])
def test_the_page_and_the_results_say_how_far_it_is(state, waiting, sign_in):
    report = Report.objects.take(waiting.pk)
    if state == "done":
        report.store(b"x" * 2048, "a.odt")
    elif state == "failed":
        report.fail("Zu lang.")
    client, assessment = sign_in("council"), waiting.assessment

    progress = client.get(f"{page(assessment)}/stand/").content.decode()
    results = client.get(assessment.get_absolute_url()).content.decode()

    words = {
        "running": ("wird gerade erzeugt", "wird erzeugt"),
        "done": ("Ratsvorlage öffnen (ODT, 2,0\N{NO-BREAK SPACE}KB)", "(ODT, 2,0\N{NO-BREAK SPACE}KB)"),
        "failed": ("Zu lang.", "fehlgeschlagen"),
    }[state]
    assert words[0] in progress
    assert words[1] in results


# The command line


def test_the_command_makes_everything_that_is_missing(final, waiting):
    call_command("reports_print")

    assert {report.kind: report.state for report in Report.objects.all()} == dict.fromkeys(KEPT, "done")


def test_the_command_names_what_failed(final, monkeypatch, capsys):
    monkeypatch.setattr("assessments.reports.report.MEBIBYTES", 64)

    with pytest.raises(CommandError, match="2 Dokumente ließen sich nicht erzeugen"):
        call_command("reports_print")

    assert f"Einschätzung {final.pk}, council: Der Bericht ist zu umfangreich" in capsys.readouterr().err


def test_the_version_is_that_of_the_product():
    assert f'version = "{VERSION}"' in (ROOT / "pyproject.toml").read_text()


# Many workers


@pytest.mark.postgres
@pytest.mark.skipif(not POSTGRES, reason="needs rows that can be locked apart from each other")
@pytest.mark.django_db(transaction=True)
def test_two_workers_print_many_documents_each_exactly_once(final, settings):
    from django_tasks_db.models import DBTaskResult

    settings.TASKS = {"default": {"BACKEND": "django_tasks_db.DatabaseBackend"}}
    for report in many_waiting(final, MANY):
        print_report.enqueue(report.pk)

    workers = [
        beside("db_worker", "--batch", "--no-startup-delay", "--worker-id", name)
        for name in ("einer", "anderer")
    ]

    assert [worker.wait(timeout=60 + 4 * MANY) for worker in workers] == [0, 0]
    assert set(Report.objects.values_list("state", "attempts")) == {("done", 1)}
    assert Report.objects.count() == MANY
    tasks = DBTaskResult.objects.all()
    assert {(task.status, len(task.worker_ids)) for task in tasks} == {("SUCCESSFUL", 1)}
    assert (
        len({task.worker_ids[0] for task in tasks}) == 2 or MANY < 100
    )  # few may be done before the second starts


@pytest.mark.postgres
@pytest.mark.skipif(not POSTGRES, reason="needs a database that a second process reaches")
@pytest.mark.django_db(transaction=True)
def test_what_a_killed_process_had_begun_is_printed_by_the_next(final):
    (report,) = Report.objects.order(final, [ReportKind.COUNCIL])
    process = beside("reports_print")
    while Report.objects.get(pk=report.pk).state == "queued":
        assert process.poll() is None
        time.sleep(0.02)
    process.kill()
    process.wait()

    assert Report.objects.get(pk=report.pk).state == "running"
    print_report.call(report.pk)
    assert Report.objects.get(pk=report.pk).state == "running"  # its time is not up yet

    long_ago(report, begun_at=True)
    print_report.call(report.pk)

    assert set(Report.objects.filter(pk=report.pk).values_list("state", "attempts")) == {("done", 2)}


def beside(*command):
    """A `manage.py` command in a process of its own, on the database of the tests."""
    address = (
        urlsplit(os.environ["DATABASE_URL"])._replace(path=f"/{connection.settings_dict['NAME']}").geturl()
    )
    return subprocess.Popen(
        [sys.executable, "manage.py", *command],
        cwd=ROOT,
        env=os.environ | {"DATABASE_URL": address, "TASKS_BACKEND": "database"},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )


def many_waiting(final, count):
    """That many final assessments, each like the first one, with one document queued."""
    fields = {
        name: getattr(final, name) for name in ("municipality", "edition", "reference_date", "created_by")
    }
    copies = Assessment.objects.bulk_create(
        [Assessment(title=f"Abschrift {n}", **fields) for n in range(count - 1)]
    )
    Snapshot.objects.bulk_create(
        Snapshot(assessment=copy, body=final.frozen.body, sha256=final.frozen.sha256) for copy in copies
    )
    Assessment.objects.filter(pk__in=[copy.pk for copy in copies]).update(
        state=final.state, finalised_at=final.finalised_at, finalised_by=final.finalised_by
    )
    return Report.objects.bulk_create(Report(assessment=one, kind=MANY_KIND) for one in [final, *copies])
