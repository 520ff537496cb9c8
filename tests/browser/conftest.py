"""A real Chromium against a real server. Where there is none, `make test` names the tests that did not run."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest
from axe_playwright_python.sync_playwright import Axe

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

    from charta_app.models import User

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
PASSWORD = "ein-langes-Passwort-2026"  # noqa: S105  # of people who exist in the test database alone
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]

# Playwright keeps an event loop in this thread; the tests' own queries are meant to run beside it.
os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark everything here as needing a browser."""
    for item in items:
        if "tests/browser/" in item.path.as_posix():
            item.add_marker("browser")


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict[str, Any]) -> dict[str, Any]:
    """Debian's Chromium, quiet: it asks no other host for anything."""
    assert CHROMIUM, "Chromium fehlt: apt-get install chromium"
    return browser_type_launch_args | {"executable_path": CHROMIUM, "args": ARGUMENTS}


@pytest.fixture(scope="session")
def browser_context_args(browser_context_args: dict[str, Any]) -> dict[str, Any]:
    """German, on a common desktop screen."""
    return browser_context_args | {"locale": "de-DE", "viewport": {"width": 1280, "height": 900}}


@pytest.fixture
def enter(live_server: Any, person: Callable[..., User]) -> Callable[..., None]:
    """`enter(page, "officer")`: sign in by the form, as a person does."""

    def sign_in(page: Page, role: str) -> None:
        user = person(role)
        user.set_password(PASSWORD)
        user.save()
        page.set_default_timeout(4000); r = page.goto(f"{live_server.url}/konto/login/"); print(r.status, page.content()[:3000])
        page.get_by_label("E-Mail-Adresse").fill(user.email)
        page.get_by_label("Passwort", exact=True).fill(PASSWORD)
        page.get_by_role("main").get_by_role("button", name="Anmelden").click()
        page.wait_for_url("**/einschaetzungen/")

    return sign_in


@pytest.fixture
def audit() -> Callable[[Page], None]:
    """`audit(page)`: no axe finding (WCAG 2.2 AA), nothing wider than the screen, no request to another host."""

    def check(page: Page) -> None:
        found = Axe().run(page, options={"runOnly": {"type": "tag", "values": RULES}})
        assert found.violations_count == 0, f"{page.url}\n{found.generate_report()}"
        width = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        assert width <= 0, f"{page.url} ist {width} Pixel breiter als der Bildschirm"

    return check


@pytest.fixture
def without_script(browser: Browser, browser_context_args: dict[str, Any]) -> Any:
    """A page of a browser whose JavaScript is off."""
    context = browser.new_context(**browser_context_args, java_script_enabled=False)
    yield context.new_page()
    context.close()


@pytest.fixture(autouse=True)
def no_other_host(request: pytest.FixtureRequest) -> Any:
    """Every page asks our own server alone, and the browser's console stays free of errors."""
    if "page" not in request.fixturenames:
        yield
        return
    page = request.getfixturevalue("page")
    asked: set[str] = set()
    complaints: list[str] = []
    page.on("request", lambda r: asked.add(r.url.split("/")[2] if "//" in r.url else "data"))
    page.on("console", lambda m: complaints.append(m.text) if m.type == "error" else None)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    yield
    assert {host for host in asked if not host.startswith(("localhost", "127.0.0.1"))} <= {"data", ""}
    expected = ("409", "422", "403", "404")
    assert [text for text in complaints if not any(f"status of {code}" in text for code in expected)] == []
