"""A real Chromium against a real server. Where there is none, `make test` names the tests that did not run."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

if TYPE_CHECKING:
    from playwright.sync_api import BrowserContext, ConsoleMessage, Page, Request, Response

    from assessments.models import Municipality
    from charta_app.models import User

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
PASSWORD = "ein-langes-Passwort-2026"  # of people who exist in the test database alone
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
DESKTOP = {"width": 1280, "height": 900}
PHONE = {"width": 320, "height": 640}
PATIENCE = 20_000  # milliseconds until a page that does not come fails its test; no passing test waits for it
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
expect.set_options(timeout=PATIENCE)


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
    """German, on a common desktop screen; what has the focus is there at once, not scrolled to slowly."""
    return browser_context_args | {"locale": "de-DE", "viewport": DESKTOP, "reduced_motion": "reduce"}


def axe_options(*, contrast: bool) -> dict[str, Any]:
    """Contrast takes axe most of its time and does not depend on the width: checking it once is enough."""
    rules = {"color-contrast": {"enabled": contrast}}
    tags = {"type": "tag", "values": RULES}
    # no preload: axe would copy imported style sheets into the page, which the content policy rightly forbids
    return {"runOnly": tags, "rules": rules, "resultTypes": ["violations"], "preload": False}


class Watch:
    """What a browser asks for and complains about, on all its pages."""

    def __init__(self, context: BrowserContext, home: str) -> None:
        self.home = home
        self.complaints: list[str] = []
        context.on("request", self._request)
        context.on("response", self._response)
        context.on("console", self._console)
        context.on("weberror", lambda error: self.complaints.append(f"{error.page.url}: {error.error}"))

    def _request(self, request: Request) -> None:
        if not request.url.startswith((self.home, "data:")):
            self.complaints.append(f"fremder Host: {request.url}")

    def _response(self, response: Response) -> None:
        # A page itself may be refused, or a save, and the test says how; a style sheet or script never.
        if response.status >= 400 and response.request.resource_type not in {"document", "fetch"}:
            self.complaints.append(f"{response.status} {response.url}")

    def _console(self, message: ConsoleMessage) -> None:
        told_already = message.text.startswith("Failed to load resource")
        if message.type in {"error", "warning"} and not told_already:
            self.complaints.append(f"{message.location.get('url')}: {message.text}")


@pytest.fixture
def open_page(
    new_context: Callable[..., BrowserContext], live_server: Any, person: Callable[..., User]
) -> Iterator[Callable[..., Page]]:
    """`open_page("officer", java_script_enabled=False)`: the overview in a browser of this person's own.

    `open_page(None)` is a visitor's, on the sign-in page. When the test ends, no browser may have asked another
    host, missed a file or complained in its console (errors, warnings, violations of the content policy).
    """
    watches: list[Watch] = []

    def open_one(role: str | None = "officer", at: Municipality | None = None, **options: Any) -> Page:
        from django.test import Client

        context = new_context(**options)
        context.set_default_timeout(PATIENCE)
        watches.append(Watch(context, live_server.url))
        page = context.new_page()
        if role is None:
            page.goto(f"{live_server.url}/konto/login/")
            return page
        client = Client()
        client.force_login(person(role, at))
        session = client.cookies["sessionid"].value
        context.add_cookies([{"name": "sessionid", "value": session, "url": live_server.url}])
        page.goto(f"{live_server.url}/einschaetzungen/")
        return page

    yield open_one
    assert [complaint for watch in watches for complaint in watch.complaints] == []


@pytest.fixture
def page(open_page: Callable[..., Page]) -> Page:
    """The officer's browser."""
    return open_page("officer")


@pytest.fixture
def credentials(person: Callable[..., User]) -> Callable[[str], tuple[str, str]]:
    """`credentials("officer")`: e-mail address and password of the person, for the sign-in form."""

    def give(role: str) -> tuple[str, str]:
        user = person(role)
        user.set_password(PASSWORD)
        user.save()
        return user.email, PASSWORD

    return give


@pytest.fixture
def audit() -> Callable[..., None]:
    """`audit(page)`: no axe finding (WCAG 2.2 AA) and nothing wider than the screen, on a desktop and on a phone.

    Everything that can be unfolded is, so that nothing hides from the check. `axe_on_phone=False` only measures there.
    """

    def check(page: Page, *, axe_on_phone: bool = True) -> None:
        page.wait_for_function("document.readyState === 'complete'")
        page.evaluate("document.querySelectorAll('details').forEach(box => { box.open = true })")
        for screen, options in ((DESKTOP, axe_options(contrast=True)), (PHONE, axe_options(contrast=False))):
            page.set_viewport_size(screen)
            width = page.evaluate(
                "document.documentElement.scrollWidth - document.documentElement.clientWidth"
            )
            assert width <= 0, f"{page.url} ist {width} Pixel breiter als {screen['width']} Pixel"
            if axe_on_phone or screen is DESKTOP:
                found = Axe().run(page, options=options)
                assert found.violations_count == 0, f"{page.url}\n{found.generate_report()}"
        page.set_viewport_size(DESKTOP)

    return check
