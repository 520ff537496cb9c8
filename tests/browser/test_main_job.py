"""The whole main job as a person does it: sign in, answer the 24 questions, see the gaps, hold the PDF."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any
from urllib.parse import urljoin

import pytest

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = pytest.mark.django_db(transaction=True)

QUESTIONS = 24


def start_assessment(page: Page) -> None:
    page.get_by_role("link", name=re.compile("Neue Einschätzung|Einschätzung beginnen")).first.click()
    page.get_by_label("Stichtag").fill("2026-06-30")
    page.get_by_role("main").get_by_role("button", name=re.compile("anlegen|beginnen", re.I)).click()
    page.wait_for_url("**/fragen/")


def pdf_of(page: Page) -> bytes:
    """The PDF behind the page's link, fetched with the session of the browser."""
    address = page.get_by_role("link", name=re.compile("PDF")).first.get_attribute("href")
    response = page.request.get(urljoin(page.url, address))
    assert response.status == 200
    return response.body()


def test_the_main_job(page: Page, enter: Any, audit: Any, edition: Any):
    enter(page, "officer")
    start_assessment(page)
    page.get_by_role("link", name=re.compile(r"1\.1")).first.click()
    for n in range(QUESTIONS):
        page.keyboard.press("2" if n % 5 else "4")
        if n == 3:
            page.get_by_label("Trifft nicht zu").check()
            page.get_by_label("Warum trifft das nicht zu?").fill("Das gibt es in Musterstadt nicht.")
        if n == 0:
            page.get_by_label("Erläuterung").fill("Der Rat hat es am 3. Mai beschlossen.")
        page.get_by_role("button", name=re.compile("Speichern und (weiter|zur Liste)")).click()
    page.wait_for_url("**/fragen/")

    page.get_by_role("link", name=re.compile("Ergebnis")).first.click()

    assert page.get_by_role("main").get_by_text("24 von 24").count() >= 1
    audit(page)
    assert pdf_of(page).startswith(b"%PDF-1.7")


def test_the_main_job_without_javascript(without_script: Page, enter: Any, edition: Any):
    page = without_script
    enter(page, "officer")
    start_assessment(page)
    page.get_by_role("link", name=re.compile(r"1\.1")).first.click()
    for _n in range(QUESTIONS):
        page.get_by_label(re.compile("Stufe 3")).first.check()
        page.get_by_role("button", name=re.compile("Speichern und (weiter|zur Liste)")).click()
    page.wait_for_url("**/fragen/")

    page.get_by_role("link", name=re.compile("Ergebnis")).first.click()

    assert page.get_by_role("main").get_by_text("3,0").count() >= 2
    assert pdf_of(page).startswith(b"%PDF-1.7")
