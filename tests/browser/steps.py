"""What people do on more than one page."""

from __future__ import annotations

from typing import TYPE_CHECKING

from playwright.sync_api import expect

if TYPE_CHECKING:
    from playwright.sync_api import Locator, Page


def main(page: Page) -> Locator:
    return page.get_by_role("main")


def sign_in(page: Page, email: str, password: str, *, signed_in: bool = True) -> None:
    page.get_by_label("E-Mail", exact=True).fill(email)
    page.get_by_label("Passwort", exact=True).fill(password)
    main(page).get_by_role("button", name="Anmelden", exact=True).click()
    expect(page.get_by_role("button", name="Abmelden")).to_have_count(int(signed_in))


def click_card(page: Page, name: str, at: int = 0) -> None:
    """Choose the card of this name for the page's first question, or the one `at` this place."""
    question = main(page).locator("[data-charta-answer]").nth(at)
    question.locator(".charta-level label").filter(
        has_text=name
    ).click()  # the whole card is the radio's label
