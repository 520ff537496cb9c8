"""Every page of the site: accessible, no wider than a phone, printable, light, and quiet in the browser's console."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import brotli
import pytest
from django.core import mail
from django.template.loader import render_to_string
from playwright.sync_api import expect

from assessments.models import Answer
from tests.test_access import DOORS, LOGIN, PEOPLE, TABLE, address

if TYPE_CHECKING:
    from playwright.sync_api import Page, Response

    from assessments.models import Assessment

pytestmark = pytest.mark.django_db(transaction=True)

NO_PAGES = {"health", "robots", "assessments:report"}  # plain text and PDF
# "stranger" is another town's officer and sees the pages of an officer
VISITS = [person for person in PEOPLE if person != "stranger"]
WALLS = {403, 404}  # each kind once a person: what stands there does not depend on the page
LONG_WORD = "Straßenbeleuchtungssteuerungsdatenbankschnittstellenbeschreibung" * 2
ERROR_PAGES = ["400.html", "429.html", "legal/server_error.html", "legal/unavailable.html", "legal/csrf_failure.html"]


@pytest.fixture
def assessments(assess, person) -> dict[str, list[Assessment]]:
    """By state: an untouched draft, a half-filled one with every kind of answer, and a final one."""
    some = {f"{clause}-1": level for clause, level in zip(["1.1", "1.2", "2.1", "b", "c"], range(5), strict=True)}
    half = assess(levels=some, form="full", title=f"Halb {LONG_WORD}", year=2025)
    for code, fields in {
        "1.1-1": {"comment": f"Siehe https://musterstadt.example/{LONG_WORD}", "evidence": LONG_WORD},
        "1.3-1": {"state": Answer.State.NOT_APPLICABLE, "level": None, "reason": LONG_WORD},
        "d-1": {
            "state": Answer.State.NOT_OUR_COMPETENCE,
            "level": None,
            "competent_body": LONG_WORD,
            "demand": LONG_WORD,
        },
    }.items():
        answer = half.answers.get(criterion__code=code)
        for name, value in fields.items():
            setattr(answer, name, value)
        answer.save_based_on(answer.version, person("officer"))
    final = assess(levels=2, final=True, title="Abgeschlossen", year=2024)
    return {"draft": [assess(title="Leer"), half], "final": [final]}


def visits(who: str, assessments: dict[str, list[Assessment]]) -> dict[str, int | str]:
    """Every address of the access table that this person can open by a GET, with the status it promises."""
    found: dict[str, int | str] = {}
    for (view, method, state), row in TABLE.items():
        if method == "GET" and view not in NO_PAGES:
            expected = row[PEOPLE.index(who)]
            for assessment in sum(assessments.values(), []) if state == "any" else assessments[state]:
                found[address(view, assessment.pk)] = expected
    return found | {address(view, 0): row[PEOPLE.index(who)] for view, row in DOORS.items()}


@pytest.mark.parametrize("who", VISITS)
def test_every_page_of(who, open_page, assessments, audit, live_server, edition):
    page = open_page(None if who == "visitor" else who)
    walls: set[int | str] = set()

    for path, expected in visits(who, assessments).items():
        if expected == 200 or (expected in WALLS and expected not in walls):
            response = page.goto(live_server.url + path)
            assert (path, response.status) == (path, expected)
            walls.add(expected)
            audit(page)

    assert page.url != "about:blank"


@pytest.mark.parametrize("template", ERROR_PAGES)
def test_pages_for_when_something_fails(template, open_page, audit, live_server, edition):
    page = open_page(None)
    page.route("**/kaputt/", lambda route: route.fulfill(body=render_to_string(template), content_type="text/html"))

    page.goto(f"{live_server.url}/kaputt/")

    expect(page.get_by_role("heading", level=1)).to_be_visible()
    audit(page)
