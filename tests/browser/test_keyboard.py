"""From the sign-in page to a saved answer without a mouse: everything reachable, the focus always to be seen."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from assessments.models import Assessment

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = pytest.mark.django_db(transaction=True)

MOST_STOPS = 150  # more presses of Tab than any page of ours has stops

NAME = """() => {
    const here = document.activeElement;
    if (here === document.body) return "";
    const name = here.labels?.[0]?.innerText || here.getAttribute("aria-label") || here.innerText || here.id;
    return name.trim().replace(/\\s+/g, " ");
}"""

# A stop is seen if it lies on the screen and has a ring, itself or the card around it. (Nothing has one otherwise.)
IS_SEEN = """() => {
    const here = document.activeElement;
    const ring = (element) => {
        const { outlineStyle, outlineWidth } = getComputedStyle(element);
        return outlineStyle !== "none" && parseFloat(outlineWidth) >= 2;
    };
    const marked = [here, here.parentElement, here.parentElement.parentElement].find(ring);
    if (!marked) return false;
    const box = marked.getBoundingClientRect();
    return box.width > 0 && box.height > 0
        && box.bottom > 0 && box.right > 0 && box.top < innerHeight && box.left < innerWidth;
}"""


def stop(page: Page, key: str = "Tab") -> str:
    """Press Tab once: the name of what has the focus now, which must be to be seen."""
    page.keyboard.press(key)
    name = page.evaluate(NAME)
    if name:
        assert page.evaluate(IS_SEEN), f"{page.url}: Der Fokus auf „{name}“ ist nicht zu sehen"
    return name


def tab_to(page: Page, name: str) -> None:
    """Press Tab until the focus is on something with this name."""
    stops = []
    while len(stops) < MOST_STOPS:
        stops.append(stop(page))
        if stops[-1].removesuffix(" – optional") == name:
            return
    raise AssertionError(f"{page.url}: „{name}“ ist mit Tab nicht zu erreichen, nur {stops}")


def heading(page: Page, text: str) -> None:
    expect(page.get_by_role("heading", level=1)).to_have_text(text)
    page.wait_for_load_state()


def test_the_way_to_a_saved_answer(open_page, credentials, edition):
    email, password = credentials("officer")
    page = open_page(None)

    assert stop(page) == "Zum Inhalt springen"
    page.keyboard.press("Enter")
    expect(page.locator("main")).to_be_focused()
    tab_to(page, "E-Mail")
    page.keyboard.type(email)
    tab_to(page, "Passwort")
    page.keyboard.type(password)
    page.keyboard.press("Enter")

    heading(page, "Ihre Einschätzungen")
    tab_to(page, "Neue Einschätzung beginnen")
    page.keyboard.press("Enter")
    heading(page, "Neue Einschätzung beginnen")
    tab_to(page, "Einschätzung anlegen")
    page.keyboard.press("Space")
    expect(page.get_by_role("heading", level=1)).to_contain_text("Alle Fragen")
    page.wait_for_load_state()
    tab_to(page, "Mit der ersten Frage beginnen")
    page.keyboard.press("Enter")

    first = edition.clauses.first()
    heading(page, f"{first.code} {first.title}")
    tab_to(page, "Alle Fragen")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Alle Fragen", exact=True)).to_be_focused()
    assert stop(page).startswith(first.code)
    tab_to(page, "Stufe 0 nicht begonnen")
    page.keyboard.press("Space")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    expect(page.get_by_role("radio", name="Stufe 2")).to_be_checked()
    tab_to(page, "Beleg")
    page.keyboard.press("ArrowDown")
    tab_to(page, "Erläuterung")
    page.keyboard.type("Nur mit Tasten. 3 von 4 Ämtern.")
    page.keyboard.press("Control+Enter")

    second = edition.clauses.all()[1]
    heading(page, f"{second.code} {second.title}")
    answer = Assessment.objects.get().answers.get(criterion__code="1.1-1")
    assert (answer.level, answer.evidence_grade, answer.comment) == (2, 1, "Nur mit Tasten. 3 von 4 Ämtern.")


@pytest.mark.parametrize("place", ["fragen/1.1/", ""], ids=["question", "results"])
def test_tab_goes_through_the_whole_page_and_back(place, page, assess, live_server, edition):
    assessment = assess(levels={"1.1-1": 2})
    page.goto(f"{live_server.url}{assessment.get_absolute_url()}{place}")
    expect(page.get_by_role("heading", level=1)).to_be_visible()

    there = [stop(page)]
    while there[-1] != "Barrierefreiheit":
        assert len(there) < MOST_STOPS, f"Hier geht es nicht weiter: {there[-3:]}"
        there.append(stop(page))
    back = [stop(page, "Shift+Tab") for _each in there[:-1]]

    assert there[0] == back[-1] == "Zum Inhalt springen"
    assert back == there[-2::-1]


def test_the_digit_keys_can_be_switched_off(page, assess, live_server, edition):
    page.goto(f"{live_server.url}{assess().get_absolute_url()}fragen/1.1/")
    page.keyboard.press("3")
    expect(page.get_by_role("radio", name="Stufe 3")).to_be_checked()

    page.get_by_label("Die Tasten 0 bis 4").uncheck()
    page.keyboard.press("1")

    expect(page.get_by_role("radio", name="Stufe 3")).to_be_checked()
    page.get_by_label("Erläuterung").press("1")
    expect(page.get_by_label("Erläuterung")).to_have_value("1")
