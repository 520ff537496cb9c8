"""Every page of the site: accessible, no wider than a phone, printable, light, and quiet in the browser's console."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import brotli
import pytest
from django.contrib.auth.models import Group
from django.core import mail
from django.template.loader import render_to_string
from playwright.sync_api import expect

from assessments.models import Answer, Seen, Verdict
from tests.browser.steps import click_card, main, sign_in
from tests.test_access import DOORS, PEOPLE, TABLE, address

if TYPE_CHECKING:
    from playwright.sync_api import Response

    from assessments.models import Assessment

pytestmark = pytest.mark.django_db(transaction=True)

NO_PAGES = {"health", "robots", "assessments:report", "assessments:exhibit"}  # plain text and files
DATA = re.compile("api:(?!about)")  # JSON
# "stranger" is another town's officer and sees the pages of an officer
VISITS = [person for person in PEOPLE if person != "stranger"]
WALLS = {403, 404}  # each kind once a person: what stands there does not depend on the page
LONG_WORD = "Straßenbeleuchtungssteuerungsdatenbankschnittstellenbeschreibung" * 2
ERROR_PAGES = [
    "400.html",
    "429.html",
    "legal/server_error.html",
    "legal/unavailable.html",
    "legal/csrf_failure.html",
    "legal/too_big.html",
]


@pytest.fixture
def assessments(assess, person) -> dict[str, list[Assessment]]:
    """By state: an untouched draft, a half-filled one with every kind of answer, one in review, and a final one."""
    some = {
        f"{clause}-1": level for clause, level in zip(["1.1", "1.2", "2.1", "b", "c"], range(5), strict=True)
    }
    half = assess(levels=some, title=f"Halb {LONG_WORD}", year=2025)
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
    reviewed = assess(levels=some, title=f"Prüfung {LONG_WORD}", year=2023, review=True)
    for code, kind, reason in (("1.1-1", "confirmed", ""), ("1.2-1", "returned", LONG_WORD)):
        answer = reviewed.answers.get(criterion__code=code)
        Verdict.objects.give(kind, [Seen(answer.pk, answer.version, None)], person("reviewer"), reason)
    return {"draft": [assess(title="Leer"), half], "review": [reviewed], "final": [final]}


def visits(who: str, assessments: dict[str, list[Assessment]]) -> dict[str, int | str]:
    """Every address of the access table that this person can ask for by a GET, with the status it promises.

    What shows everyone the same is visited as a visitor and as an editor, whose navigation has the most entries;
    the untouched draft, which has least on its pages, as an officer alone.
    """
    if who != "officer":
        assessments = assessments | {"draft": assessments["draft"][1:]}
    rows = [
        row
        for row in TABLE.items()
        if row[0][1] == "GET" and row[0][0] not in NO_PAGES and not DATA.match(row[0][0])
    ]
    rows += [((door, "GET", "any"), row) for door, row in DOORS.items()]
    return {
        address(view, assessment.pk): row[PEOPLE.index(who)]
        for (view, _method, state), row in rows
        if view.startswith("assessments:") or who in {"visitor", "editor"}
        for assessment in assessments.get(state, [*assessments["draft"], *assessments["final"]])
    }


@pytest.mark.parametrize("who", VISITS)
def test_every_page_of(who, open_page, assessments, audit, live_server, edition):
    page = open_page(None if who == "visitor" else who)
    walls: set[int | str] = set()

    for path, expected in visits(who, assessments).items():
        if expected == 200 or (expected in WALLS and expected not in walls):
            response = page.goto(live_server.url + path)
            assert (path, response.status) == (path, expected)
            walls.add(expected)
            # The others see on a phone what the officer, the editor or the visitor sees there, or less.
            audit(page, axe_on_phone=who in {"officer", "editor", "visitor"})

    assert walls - WALLS or who == "visitor"


def test_pages_for_when_something_fails(open_page, audit, live_server, edition):
    page = open_page(None)
    page.route(
        "**/kaputt/**",
        lambda route: route.fulfill(
            body=render_to_string(route.request.url.partition("/kaputt/")[2]), content_type="text/html"
        ),
    )

    for template in ERROR_PAGES:
        page.goto(f"{live_server.url}/kaputt/{template}")
        expect(page.get_by_role("heading", level=1)).to_be_visible()
        audit(page)


def test_doors_that_say_no_and_the_way_back_in(open_page, credentials, audit, edition):
    page = open_page(None)
    email, _password = credentials("officer")

    sign_in(page, email, "falsch", signed_in=False)
    expect(page.get_by_role("alert")).to_be_visible()
    audit(page)

    page.get_by_role("link", name=re.compile("Passwort vergessen")).click()
    page.get_by_label("E-Mail", exact=True).fill(email)
    main(page).get_by_role("button").click()
    expect(page.get_by_label("E-Mail", exact=True)).to_have_count(0)
    audit(page)

    page.goto(re.search(r"http\S+", mail.outbox[-1].body)[0])
    new = page.locator("main input[type=password]")
    for field in new.all():
        field.fill("kurz")
    main(page).get_by_role("button").first.click()
    expect(page.get_by_role("alert")).to_be_visible()
    audit(page)


def test_forms_that_are_refused(page, assess, assessments, audit, live_server, edition):
    page.goto(f"{live_server.url}/einschaetzungen/neu/")
    page.get_by_label("Titel").fill("Leer")
    page.get_by_label("Stichtag").fill("")
    main(page).get_by_role("button", name="Einschätzung anlegen").click()
    expect(page.get_by_role("alert")).to_be_visible()
    audit(page)

    page.goto(f"{live_server.url}{assess(form='full').get_absolute_url()}fragen/1.1/")
    for name in ("Trifft nicht zu", "Andere Ebene zuständig"):
        click_card(page, name, at=0 if name == "Trifft nicht zu" else 1)
    page.get_by_label("bis zum Jahr").fill("1999")
    page.get_by_role("button", name="Speichern", exact=True).click()
    expect(page.get_by_role("alert")).to_be_focused()
    audit(page)

    page.goto(f"{live_server.url}{assessments['draft'][0].get_absolute_url()}abschliessen/")
    main(page).get_by_role("button", name="Endgültig abschließen").click()
    expect(page.get_by_role("alert")).to_be_visible()
    audit(page)


def test_editors_work_quietly(open_page, person, live_server, edition):
    person("editor").groups.add(Group.objects.get(name="Redaktion"))
    page = open_page("editor")

    page.get_by_role("link", name="Redaktion").click()
    page.locator("main, #content").first.get_by_role("link", name=re.compile("^Ausgaben")).first.click()
    page.get_by_role("link", name="2021").first.click()
    expect(page.locator("#edition_form")).to_be_visible()
    criterion = edition.clauses.first().criteria.first()
    page.goto(f"{live_server.url}/redaktion/guidelines/criterion/{criterion.pk}/change/")
    expect(page.locator("#criterion_form")).to_be_visible()
    page.wait_for_load_state("networkidle")


def test_print_has_the_content_alone(page, assess, live_server, edition):
    for path in (assess(levels=2).get_absolute_url(), "/charta/2021/1.1/", "/charta/2021/j/"):
        page.emulate_media(media="screen")
        page.goto(live_server.url + path)
        expect(page.get_by_role("navigation", name="Hauptnavigation")).to_be_visible()

        page.emulate_media(media="print")

        for away in (
            page.get_by_role("navigation"),
            page.get_by_role("button"),
            page.locator(".charta-skip"),
        ):
            assert [each.inner_text() for each in away.all() if each.is_visible()] == []
        expect(page.get_by_role("heading", level=1)).to_be_visible()


def test_the_question_page_is_light(page, assess, live_server, edition):
    loaded: dict[str, Response] = {}
    page.on(
        "response",
        lambda response: (
            loaded.update({response.url: response})
            if response.request.resource_type in {"stylesheet", "script"}
            else None
        ),
    )

    page.goto(
        f"{live_server.url}{assess(form='full').get_absolute_url()}fragen/1.1/", wait_until="networkidle"
    )

    sizes = {url: len(brotli.compress(response.body())) for url, response in loaded.items()}
    assert {url.rpartition("/")[2] for url in sizes} >= {"site.css", "questionnaire.js"}
    assert sum(sizes.values()) <= 60_000, sizes
