"""What an operator reads in the log of the server."""

from __future__ import annotations

import io
import json
import logging
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from smtplib import SMTPRecipientsRefused
from typing import Any

import pytest
from django.db import DataError, IntegrityError, transaction
from django.test import Client
from django_tasks import task

from assessments.models import Answer
from charta_app.background import ThreadBackend, _thread
from charta_app.logs import JSONLine, Line, request_id
from charta_app.models import User
from tests.database import POSTGRES

ROOT = Path(__file__).resolve().parents[1]
ID = re.compile(r" \[([0-9a-f]{12})]$", re.MULTILINE)
GIVEN = "0123456789abcdef-0123456789ABCDEF"


@pytest.fixture
def log(db: None) -> Iterator[Callable[[type[Line]], io.StringIO]]:
    """`log(Line)`: where the log is written from now on, in this form."""
    handlers = []

    def start(form: type[Line]) -> io.StringIO:
        written = io.StringIO()
        handlers.append(logging.StreamHandler(written))
        handlers[-1].setFormatter(form())
        logging.getLogger().addHandler(handlers[-1])
        return written

    request_id.set("")
    yield start
    for handler in handlers:
        logging.getLogger().removeHandler(handler)


@pytest.fixture
def lines(log: Callable[[type[Line]], io.StringIO]) -> Callable[[], list[str]]:
    """`lines()`: what somebody at a terminal has read so far, without the ids."""
    written = log(Line)
    return lambda: ID.sub("", written.getvalue()).splitlines()


@pytest.fixture
def entries(log: Callable[[type[Line]], io.StringIO]) -> Callable[[], list[dict[str, Any]]]:
    """`entries()`: what a program has read so far, line by line."""
    written = log(JSONLine)
    return lambda: [json.loads(line) for line in written.getvalue().splitlines()]


@pytest.fixture
def fail(monkeypatch: pytest.MonkeyPatch) -> Callable[[BaseException], Any]:
    """`fail(error)`: the response of a page in which this happens."""

    def ask(error: BaseException) -> Any:
        def render(*_args: object) -> None:
            raise error

        monkeypatch.setattr("guidelines.views.render", render)
        return Client(raise_request_exception=False).get("/")

    return ask


def test_a_refusal_is_one_line_of_information(lines, assess, sign_in):
    assessment = assess(levels=2)

    sign_in("contributor").get(f"/einschaetzungen/{assessment.pk}/abschliessen/")
    sign_in("council").get(f"/einschaetzungen/{assessment.pk}/")
    sign_in("officer").post(f"/einschaetzungen/{assessment.pk}/antworten/1.1-1/kommentare/", {})

    assert lines() == [
        "INFO django.request 403 GET /einschaetzungen/<int:pk>/abschliessen/",
        "INFO django.request 404 GET /einschaetzungen/<int:pk>/",
        "INFO django.request 422 POST /einschaetzungen/<int:pk>/antworten/<criterion:code>/kommentare/",
    ]


def test_no_line_holds_the_secret_of_an_invitation(lines):
    secret = "x" * 43

    Client().get(f"/einladung/{secret}/")
    Client(enforce_csrf_checks=True).post(f"/einladung/{secret}/")
    Client().get(f"/einladungen/{secret}/")

    refused, forged, unknown = lines()
    assert refused == "INFO django.request 404 GET /einladung/<token:token>/"
    assert forged == "WARNING django.security.csrf 403 POST /einladung/<token:token>/: CSRF cookie not set."
    assert unknown == "INFO django.request 404 GET (keine Seite)"


def test_a_host_that_is_not_ours_is_named_in_one_line(lines):
    Client().get("/", headers={"host": "evil.example"})

    (line,) = lines()
    assert line.startswith(
        "WARNING django.security.DisallowedHost 400 GET (keine Seite): Invalid HTTP_HOST header"
    )


def test_a_fault_keeps_its_traceback(lines, fail):
    fail(FileNotFoundError(2, "No such file", "/data/x"))

    first, *between, last = lines()
    assert first == "ERROR django.request 500 GET /"
    assert any("guidelines/views.py" in line for line in between)
    assert last == "FileNotFoundError: [Errno 2] No such file: '/data/x'"


def test_a_fault_names_its_cause_first(lines):
    try:
        try:
            raise ConnectionRefusedError(111, "Connection refused")
        except ConnectionRefusedError as error:
            raise ValueError from error
    except ValueError:
        logging.getLogger("somewhere").exception("no luck")

    told = [line for line in lines() if not line.startswith((" ", "Traceback")) and line]
    assert told == [
        "ERROR somewhere no luck",
        "ConnectionRefusedError: [Errno 111] Connection refused",
        "During handling of the above exception, another exception occurred:",
        "ValueError",
    ]


# For programs


def test_every_line_is_one_object(entries, fail):
    logging.getLogger("somewhere").warning("zwei\nZeilen für %s", "alle", extra={"email": "x@example.org"})
    fail(RuntimeError())

    outside, fault = entries()
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", outside.pop("time"))
    assert outside == {"level": "WARNING", "logger": "somewhere", "message": "zwei\nZeilen für alle"}
    assert list(fault) == [
        "time",
        "level",
        "logger",
        "message",
        "method",
        "route",
        "status",
        "request_id",
        "traceback",
    ]
    assert (fault["level"], fault["message"]) == ("ERROR", "500 GET /")
    assert (fault["method"], fault["route"], fault["status"]) == ("GET", "/", 500)
    assert fault["traceback"].startswith("Traceback (most recent call last):\n")


def test_a_refusal_names_its_route(entries, assess, sign_in):
    assessment = assess(levels=2)

    sign_in("council").get(f"/einschaetzungen/{assessment.pk}/")
    Client().get("/gibt-es-nicht/")

    known, unknown = entries()
    assert (known["level"], known["route"]) == ("INFO", "/einschaetzungen/<int:pk>/")
    assert (unknown["level"], unknown["route"]) == ("INFO", None)


# The id of a request


def test_lines_and_response_of_one_request_have_one_id(entries, fail):
    first, second = fail(RuntimeError()), fail(RuntimeError())

    ids = [response.headers["X-Request-ID"] for response in (first, second)]
    assert [entry["request_id"] for entry in entries()] == ids
    assert len(set(ids)) == 2
    assert all(re.fullmatch("[0-9a-f]{12}", name) for name in ids)


def test_somebody_at_a_terminal_finds_the_id_of_the_error_page(log, fail):
    written = log(Line)

    response = fail(RuntimeError())

    first = written.getvalue().splitlines()[0]
    assert f"die Kennung <strong>{ID.search(first)[1]}</strong>." in response.content.decode()


@pytest.mark.parametrize("address", ["/", "/gesund/", "/konto/", "/gibt-es-nicht/", "/api/v1/assessments"])
def test_every_response_has_an_id(address, db):
    assert re.fullmatch("[0-9a-f]{12}", Client().get(address).headers["X-Request-ID"])


def test_the_id_of_a_web_server_in_front_is_kept(settings):
    settings.BEHIND_PROXY = True

    response = Client().get("/robots.txt", headers={"X-Request-ID": GIVEN})

    assert response.headers["X-Request-ID"] == GIVEN


def test_without_one_nobody_chooses_the_id():
    response = Client().get("/robots.txt", headers={"X-Request-ID": GIVEN})

    assert response.headers["X-Request-ID"] != GIVEN


@pytest.mark.parametrize(
    "given",
    [
        "",
        "abc",
        "a" * 65,
        "erika@example.org",
        "erika.beispiel-0123456789",
        GIVEN + "\n",
        "０" * 20,
        "é" * 20,
    ],
)
def test_an_id_that_could_say_something_is_not_taken(given, settings):
    settings.BEHIND_PROXY = True

    response = Client().get("/robots.txt", headers={"X-Request-ID": given})

    assert re.fullmatch("[0-9a-f]{12}", response.headers["X-Request-ID"])


@task()
def speak() -> None:
    logging.getLogger("somewhere").info("in the background")


def test_what_the_background_says_has_the_id_of_the_request_that_wanted_it(entries):
    request_id.set("c0ffee")

    ThreadBackend("default", {"OPTIONS": {}}).enqueue(speak, (), {})
    request_id.set("another")
    _thread.submit(lambda: None).result()

    told = [entry for entry in entries() if entry["message"] == "in the background"]
    assert [entry["request_id"] for entry in told] == ["c0ffee"]


# Nothing about a person


@pytest.mark.parametrize("form", [Line, JSONLine])
@pytest.mark.parametrize("kind", [ValueError, KeyError, RuntimeError, TypeError, DataError, OSError])
def test_no_fault_tells_what_somebody_has_typed(form, kind, log, fail, assess, person):
    written, officer = log(form), person("officer")
    answer = assess(levels=2).answers.first()
    Answer.objects.filter(pk=answer.pk).update(comment="Der Kämmerer zögert.")
    answer.refresh_from_db()

    fail(kind(f"{officer.email} {officer.name} {answer.comment}"))

    told = written.getvalue()
    assert kind.__name__ in told
    for word in (officer.email, officer.name, "mmerer", "zögert"):
        assert word not in told


def test_a_mail_server_that_quotes_an_address_is_not_quoted(lines):
    try:
        raise SMTPRecipientsRefused({"erika@example.org": (550, b"unknown")})
    except SMTPRecipientsRefused:
        logging.getLogger("somewhere").exception("not sent")

    assert lines()[-1] == "smtplib.SMTPRecipientsRefused"


@pytest.mark.parametrize(
    ("said", "told"),
    [
        (("Error handling request %s %s", "GET", "/einladung/geheim/"), "Error handling request"),
        (("Invalid request from ip=192.0.2.7: GET /einladung/geheim/",), "Invalid request"),
        (("Booting worker with pid: %s", 7), "Booting worker with pid: 7"),
    ],
)
def test_the_server_names_no_address(said, told):
    request_id.set("of the request before")
    handler = logging.StreamHandler(io.StringIO())
    handler.setFormatter(Line())
    logger = logging.getLogger("gunicorn.error")
    logger.addHandler(handler)

    logger.warning(*said)

    logger.removeHandler(handler)
    assert handler.stream.getvalue() == f"WARNING gunicorn.error {told}\n"


@pytest.mark.postgres
@pytest.mark.skipif(not POSTGRES, reason="SQLite names no values")
def test_a_fault_of_the_database_does_not_tell_the_values(lines, person):
    person("officer")

    try:
        with transaction.atomic():
            User.objects.create(email=person("officer").email)
    except IntegrityError:
        logging.getLogger("somewhere").exception("not stored")

    told = "\n".join(lines())
    assert "duplicate key value violates unique constraint" in told
    assert "DETAIL" not in told
    assert person("officer").email not in told


@pytest.mark.once
def test_the_server_itself_writes_objects_too(tmp_path):
    """Started as the README says; it ends by itself once it has said that it listens."""
    server = subprocess.Popen(
        [
            "gunicorn",
            "--config",
            "python:charta_app.server",
            "--workers",
            "1",
            "--bind",
            f"unix:{tmp_path}/socket",
        ],
        executable=Path(sys.executable).with_name("gunicorn"),
        cwd=ROOT,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert server.stderr
    with server.stderr as written:
        told = []
        for line in written:
            told.append(json.loads(line)["message"])
            if told[-1].startswith("Booting worker"):
                server.terminate()

    assert told[0].startswith("Starting gunicorn")
    assert told[-1] == "Shutting down: Master"
    assert server.wait() == 0
