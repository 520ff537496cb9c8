"""What an operator reads in the log of the server."""

from __future__ import annotations

import io
import logging
from collections.abc import Callable, Iterator

import pytest
from django.db import IntegrityError, transaction
from django.test import Client

from charta_app.logs import Line
from charta_app.models import User
from tests.database import POSTGRES


@pytest.fixture
def lines(db: None) -> Iterator[Callable[[], list[str]]]:
    """`lines()`: what the log has said so far."""
    written = io.StringIO()
    handler = logging.StreamHandler(written)
    handler.setFormatter(Line())
    logging.getLogger().addHandler(handler)
    yield lambda: written.getvalue().splitlines()
    logging.getLogger().removeHandler(handler)


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


def test_a_fault_keeps_its_traceback(lines, monkeypatch):
    def fail(*_args: object) -> None:
        raise RuntimeError("kaputt")

    monkeypatch.setattr("guidelines.views.render", fail)

    Client(raise_request_exception=False).get("/")

    first, *_between, last = lines()
    assert first == "ERROR django.request 500 GET /"
    assert last == "RuntimeError: kaputt"


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
