"""Who may do what: one table for the whole site, complete by test.

Rows are views with a method and, where it matters, the state of the assessment; columns are people. "stranger" is
the officer of another municipality, "nobody" has an account without a municipality, "editor" may edit the content,
"contributor" is in charge of clause 1.1, the one the addresses name (fixture `assess`).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.db import transaction
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from assessments.models import Comment, Exhibit, Membership, Mention, Municipality
from assessments.reports.kinds import DATA, ReportKind

pytestmark = pytest.mark.once

PEOPLE = ("visitor", "nobody", "stranger", "editor", "council", "reviewer", "contributor", "officer")
TOKEN = re.compile(rb'name="csrfmiddlewaretoken" value="[^"]+"')
LOGIN = "login"  # sent to the sign-in page
TOLD = 401  # a script, which would take the sign-in page for success
Row = tuple[int | str, ...]

EVERYBODY: Row = (200,) * 8
SIGNED_IN: Row = (LOGIN,) + (200,) * 7
NOT_ALLOWED: Row = (LOGIN,) + (405,) * 7  # this page does not know the method, whoever asks
#                visitor nobody stranger editor council reviewer contributor officer
INSIDERS: Row = (LOGIN, 404, 404, 404, 404, 200, 200, 200)
OF_THE_TOWN: Row = (LOGIN, 404, 404, 404, 200, 200, 200, 200)
OFFICERS: Row = (LOGIN, 404, 404, 404, 403, 403, 403, 200)
TO_RESULTS: Row = (LOGIN, 404, 404, 404, 302, 302, 302, 302)

# (view, method, state) -> status for each of PEOPLE; an empty POST is refused with 422 where it would be allowed
TABLE: dict[tuple[str, str, str], Row] = {
    ("assessments:overview", "GET", "any"): SIGNED_IN,
    ("assessments:overview", "POST", "any"): NOT_ALLOWED,
    ("assessments:start", "GET", "any"): (LOGIN, 403, 200, 403, 403, 403, 403, 200),
    ("assessments:start", "POST", "any"): (LOGIN, 403, 422, 403, 403, 403, 403, 422),
    ("assessments:questions", "GET", "draft"): INSIDERS,
    ("assessments:questions", "GET", "final"): TO_RESULTS,
    ("assessments:questions", "POST", "any"): NOT_ALLOWED,
    ("assessments:question", "GET", "draft"): INSIDERS,
    ("assessments:question", "GET", "final"): TO_RESULTS,
    ("assessments:question", "POST", "draft"): (LOGIN, 404, 404, 404, 404, 403, 422, 422),
    ("assessments:question", "POST", "final"): (LOGIN, 404, 404, 404, 403, 403, 409, 409),
    ("assessments:entry", "GET", "draft"): (LOGIN, 404, 404, 404, 404, 403, 200, 200),
    ("assessments:entry", "GET", "review"): (LOGIN, 404, 404, 404, 404, 403, 200, 200),
    ("assessments:entry", "POST", "review"): (LOGIN, 404, 404, 404, 404, 403, 422, 422),
    ("assessments:entry", "GET", "final"): (LOGIN, 404, 404, 404, 403, 403, 302, 302),
    ("assessments:entry", "POST", "draft"): (LOGIN, 404, 404, 404, 404, 403, 422, 422),
    ("assessments:entry", "POST", "final"): (LOGIN, 404, 404, 404, 403, 403, 409, 409),
    **{
        (view, method, state): row
        for view in ("assessments:save_answer", "assessments:save_target")
        for method, state, row in (
            ("GET", "any", (TOLD,) + (405,) * 7),
            ("POST", "draft", (TOLD, 404, 404, 404, 404, 403, 422, 422)),
            ("POST", "review", (TOLD, 404, 404, 404, 404, 403, 423, 423)),
            ("POST", "final", (TOLD, 404, 404, 404, 403, 403, 423, 423)),
        )
    },
    ("assessments:assign", "GET", "draft"): (LOGIN, 404, 404, 404, 404, 403, 403, 200),
    ("assessments:assign", "GET", "final"): (LOGIN, 404, 404, 404, 403, 403, 403, 302),
    ("assessments:assign", "POST", "draft"): (LOGIN, 404, 404, 404, 404, 403, 403, 422),
    ("assessments:assign", "POST", "final"): (LOGIN, 404, 404, 404, 403, 403, 403, 302),
    **{
        (view, method, state): row
        for view in ("assessments:correct", "assessments:discard")
        for method, state, row in (
            ("GET", "draft", (LOGIN, 404, 404, 404, 404, 403, 403, 200)),
            ("GET", "review", (LOGIN, 404, 404, 404, 404, 403, 403, 302)),
            ("GET", "final", (LOGIN, 404, 404, 404, 403, 403, 403, 302)),
            ("POST", "draft", (LOGIN, 404, 404, 404, 404, 403, 403, 422)),
            ("POST", "review", (LOGIN, 404, 404, 404, 404, 403, 403, 302)),
            ("POST", "final", (LOGIN, 404, 404, 404, 403, 403, 403, 302)),
        )
    },
    ("assessments:widen", "GET", "any"): NOT_ALLOWED,
    ("assessments:widen", "POST", "draft"): (LOGIN, 404, 404, 404, 404, 403, 403, 302),
    ("assessments:widen", "POST", "final"): (LOGIN, 404, 404, 404, 403, 403, 403, 302),
    ("assessments:results", "GET", "draft"): INSIDERS,
    ("assessments:results", "GET", "final"): OF_THE_TOWN,
    ("assessments:results", "POST", "any"): NOT_ALLOWED,
    ("assessments:finalise", "GET", "draft"): (LOGIN, 404, 404, 404, 404, 403, 403, 200),
    ("assessments:finalise", "GET", "final"): (LOGIN, 404, 404, 404, 403, 403, 403, 302),
    ("assessments:finalise", "POST", "draft"): (LOGIN, 404, 404, 404, 404, 403, 403, 422),
    ("assessments:finalise", "POST", "final"): (LOGIN, 404, 404, 404, 403, 403, 403, 302),
    ("assessments:assign", "GET", "review"): (LOGIN, 404, 404, 404, 404, 403, 403, 200),
    ("assessments:assign", "POST", "review"): (LOGIN, 404, 404, 404, 404, 403, 403, 422),
    ("assessments:questions", "GET", "review"): INSIDERS,
    ("assessments:question", "GET", "review"): INSIDERS,
    ("assessments:question", "POST", "review"): (LOGIN, 404, 404, 404, 404, 403, 409, 409),
    ("assessments:widen", "POST", "review"): (LOGIN, 404, 404, 404, 404, 403, 403, 302),
    ("assessments:results", "GET", "review"): INSIDERS,
    ("assessments:finalise", "GET", "review"): (LOGIN, 404, 404, 404, 404, 403, 403, 200),
    ("assessments:finalise", "POST", "review"): (LOGIN, 404, 404, 404, 404, 403, 403, 422),
    ("assessments:report", "GET", "review"): INSIDERS,
    ("assessments:hand_over", "GET", "draft"): (LOGIN, 404, 404, 404, 404, 403, 403, 200),
    ("assessments:hand_over", "GET", "review"): (LOGIN, 404, 404, 404, 404, 403, 403, 302),
    ("assessments:hand_over", "GET", "final"): (LOGIN, 404, 404, 404, 403, 403, 403, 302),
    ("assessments:hand_over", "POST", "draft"): (LOGIN, 404, 404, 404, 404, 403, 403, 302),
    ("assessments:hand_over", "POST", "review"): (LOGIN, 404, 404, 404, 404, 403, 403, 302),
    ("assessments:hand_over", "POST", "final"): (LOGIN, 404, 404, 404, 403, 403, 403, 302),
    ("assessments:review", "GET", "draft"): (LOGIN, 404, 404, 404, 404, 302, 302, 302),
    ("assessments:review", "GET", "review"): INSIDERS,
    ("assessments:review", "GET", "final"): TO_RESULTS,
    ("assessments:review", "POST", "draft"): (LOGIN, 404, 404, 404, 404, 302, 403, 302),
    ("assessments:review", "POST", "review"): (LOGIN, 404, 404, 404, 404, 422, 403, 422),
    ("assessments:review", "POST", "final"): (LOGIN, 404, 404, 404, 403, 302, 403, 302),
    ("assessments:take_back", "GET", "draft"): (LOGIN, 404, 404, 404, 404, 302, 403, 302),
    ("assessments:take_back", "GET", "review"): (LOGIN, 404, 404, 404, 404, 200, 403, 200),
    ("assessments:take_back", "GET", "final"): (LOGIN, 404, 404, 404, 403, 302, 403, 302),
    ("assessments:take_back", "POST", "draft"): (LOGIN, 404, 404, 404, 404, 302, 403, 302),
    ("assessments:take_back", "POST", "review"): (LOGIN, 404, 404, 404, 404, 422, 403, 422),
    ("assessments:take_back", "POST", "final"): (LOGIN, 404, 404, 404, 403, 302, 403, 302),
    ("assessments:preview", "GET", "any"): (LOGIN,) + (403,) * 7,
    ("assessments:preview", "POST", "any"): NOT_ALLOWED,
    ("assessments:report", "GET", "draft"): INSIDERS,
    ("assessments:report", "GET", "final"): OF_THE_TOWN,
    ("assessments:report", "POST", "any"): NOT_ALLOWED,
    ("assessments:report_progress", "GET", "draft"): (LOGIN, 404, 404, 404, 404, 302, 302, 302),
    ("assessments:report_progress", "GET", "final"): OF_THE_TOWN,
    ("assessments:report_progress", "POST", "draft"): (LOGIN, 404, 404, 404, 404, 302, 302, 302),
    ("assessments:report_progress", "POST", "final"): TO_RESULTS,
    ("assessments:log", "GET", "any"): (LOGIN, 404, 404, 404, 403, 403, 403, 200),
    ("assessments:log", "POST", "any"): NOT_ALLOWED,
    ("assessments:arms", "GET", "any"): (LOGIN, 404, 404, 404, 403, 403, 403, 200),
    ("assessments:arms", "POST", "any"): (LOGIN, 404, 404, 404, 403, 403, 403, 422),
    ("assessments:presence", "GET", "any"): NOT_ALLOWED,
    ("assessments:presence", "POST", "draft"): INSIDERS,
    ("assessments:presence", "POST", "review"): INSIDERS,
    ("assessments:presence", "POST", "final"): (LOGIN, 404, 404, 404, 403, 200, 200, 200),
    ("assessments:team", "GET", "any"): OFFICERS,
    ("assessments:team", "POST", "any"): NOT_ALLOWED,
    ("assessments:invite", "GET", "any"): OFFICERS,
    ("assessments:invite", "POST", "any"): (LOGIN, 404, 404, 404, 403, 403, 403, 422),
    ("assessments:member", "GET", "any"): OFFICERS,
    ("assessments:member", "POST", "any"): (LOGIN, 404, 404, 404, 403, 403, 403, 422),
    **{  # of an invitation and a member that do not exist
        (f"assessments:{view}", method, "any"): row
        for view in ("resend", "revoke", "withdraw")
        for method, row in (("GET", NOT_ALLOWED), ("POST", (LOGIN, 404, 404, 404, 403, 403, 403, 404)))
    },
    ("assessments:invitation", "GET", "any"): (404,) * 8,  # the links that work: test_team.py
    ("assessments:invitation", "POST", "any"): (404,) * 8,
    ("assessments:answer", "GET", "draft"): INSIDERS,
    ("assessments:answer", "GET", "review"): INSIDERS,
    ("assessments:restore", "POST", "review"): (LOGIN, 404, 404, 404, 404, 403, 409, 409),
    ("assessments:comment", "POST", "review"): (LOGIN, 404, 404, 404, 404, 422, 422, 422),
    ("assessments:comment-withdraw", "POST", "review"): (LOGIN, 404, 404, 404, 404, 403, 403, 302),
    ("assessments:comment-internal", "POST", "review"): (LOGIN, 404, 404, 404, 404, 403, 403, 302),
    ("assessments:exhibit", "GET", "review"): INSIDERS,
    ("assessments:exhibit-link", "POST", "review"): (LOGIN, 404, 404, 404, 404, 403, 409, 409),
    ("assessments:exhibit-file", "POST", "review"): (LOGIN, 404, 404, 404, 404, 403, 409, 409),
    ("assessments:exhibit-remove", "POST", "review"): (LOGIN, 404, 404, 404, 404, 403, 409, 409),
    ("assessments:report_progress", "GET", "review"): (LOGIN, 404, 404, 404, 404, 302, 302, 302),
    ("assessments:report_progress", "POST", "review"): (LOGIN, 404, 404, 404, 404, 302, 302, 302),
    ("assessments:answer", "GET", "final"): OF_THE_TOWN,
    ("assessments:answer", "POST", "any"): NOT_ALLOWED,
    ("assessments:restore", "GET", "any"): NOT_ALLOWED,
    ("assessments:restore", "POST", "draft"): (LOGIN, 404, 404, 404, 404, 403, 422, 422),
    ("assessments:restore", "POST", "final"): (LOGIN, 404, 404, 404, 403, 403, 409, 409),
    ("assessments:comment", "GET", "any"): NOT_ALLOWED,
    ("assessments:comment", "POST", "draft"): (LOGIN, 404, 404, 404, 404, 422, 422, 422),
    ("assessments:comment", "POST", "final"): (LOGIN, 404, 404, 404, 403, 409, 409, 409),
    ("assessments:comment-withdraw", "GET", "any"): NOT_ALLOWED,
    ("assessments:comment-withdraw", "POST", "draft"): (LOGIN, 404, 404, 404, 404, 403, 403, 302),
    ("assessments:comment-withdraw", "POST", "final"): (LOGIN, 404, 404, 404, 403, 403, 403, 409),
    ("assessments:comment-internal", "GET", "any"): NOT_ALLOWED,
    ("assessments:comment-internal", "POST", "draft"): (LOGIN, 404, 404, 404, 404, 403, 403, 302),
    ("assessments:comment-internal", "POST", "final"): (LOGIN, 404, 404, 404, 403, 403, 403, 409),
    ("assessments:mention-done", "GET", "any"): NOT_ALLOWED,
    ("assessments:mention-done", "POST", "any"): (LOGIN, 404, 404, 404, 404, 404, 404, 302),
    **{
        (f"assessments:{view}", method, state): row
        for view in ("exhibit-link", "exhibit-file")
        for method, state, row in (
            ("GET", "any", NOT_ALLOWED),
            ("POST", "draft", (LOGIN, 404, 404, 404, 404, 403, 422, 422)),
            ("POST", "review", (LOGIN, 404, 404, 404, 404, 403, 409, 409)),
            ("POST", "final", (LOGIN, 404, 404, 404, 403, 403, 409, 409)),
        )
    },
    ("assessments:exhibit", "GET", "draft"): INSIDERS,
    ("assessments:exhibit", "GET", "final"): OF_THE_TOWN,
    ("assessments:exhibit", "POST", "any"): NOT_ALLOWED,
    ("assessments:exhibit-remove", "GET", "any"): NOT_ALLOWED,
    ("assessments:exhibit-remove", "POST", "draft"): (LOGIN, 404, 404, 404, 404, 403, 302, 302),
    ("assessments:exhibit-remove", "POST", "final"): (LOGIN, 404, 404, 404, 403, 403, 409, 409),
    **{
        (f"api:{view}", "GET", state): row
        for view in ("assessment", "record", "result", "documents")
        for state, row in (
            ("draft", (TOLD, 404, 404, 404, 404, 200, 200, 200)),
            ("review", (TOLD, 404, 404, 404, 404, 200, 200, 200)),
            ("final", (TOLD, 404, 404, 404, 200, 200, 200, 200)),
        )
    },
    ("api:assessments", "GET", "any"): (TOLD,) + (200,) * 7,
    **{
        (f"api:{view}", "POST", "any"): (TOLD,) + (405,) * 7
        for view in ("assessments", "assessment", "record", "result", "documents")
    },
    ("api:missing", "GET", "any"): (404,) * 8,
    ("api:missing", "POST", "any"): (405,) * 8,
    ("tokens", "GET", "any"): SIGNED_IN,
    ("tokens", "POST", "any"): (LOGIN,) + (302,) * 7,  # say who you are once more
    ("token_revoke", "GET", "any"): NOT_ALLOWED,
    ("token_revoke", "POST", "any"): (LOGIN,) + (404,) * 7,  # those of others: test_tokens.py
    ("account", "GET", "any"): SIGNED_IN,
    ("account", "POST", "any"): NOT_ALLOWED,
    ("signed_out", "GET", "any"): (200,) + (302,) * 7,
    ("signed_out", "POST", "any"): (405,) * 8,
    ("security", "GET", "any"): (404,) * 8,  # until the operator has an address
    ("security", "POST", "any"): (405,) * 8,
} | {
    (view, method, "any"): row
    for view in (
        "guidelines:charter",
        "guidelines:edition",
        "guidelines:clause",
        "guidelines:coverage",
        "guidelines:duties",
        "guidelines:comparison",
        "api:about",
        "api:openapi",
        "api:editions",
        "api:edition",
        "legal:imprint",
        "legal:privacy",
        "legal:accessibility",
        "health",
        "robots",
    )
    for method, row in (("GET", EVERYBODY), ("POST", (405,) * 8))
}

# allauth's own pages, proven by its own tests; here: that none of them is open that should not be
DOORS: dict[str, Row] = {
    "account_login": (200,) + (302,) * 7,
    "account_logout": (302,) + (200,) * 7,
    "account_inactive": EVERYBODY,
    "account_signup": (200,) + (302,) * 7,
    "account_reauthenticate": SIGNED_IN,
    "account_change_password": SIGNED_IN,
    "account_set_password": (LOGIN,) + (302,) * 7,
    "account_reset_password": EVERYBODY,
    "account_reset_password_done": EVERYBODY,
    "account_reset_password_from_key": EVERYBODY,
    "account_reset_password_from_key_done": EVERYBODY,
    "usersessions_list": SIGNED_IN,
    "mfa_index": SIGNED_IN,
    "mfa_list_webauthn": SIGNED_IN,
    "mfa_authenticate": (LOGIN,) + (302,) * 7,  # in the middle of signing in alone
    "mfa_login_webauthn": (LOGIN,) + (302,) * 7,
    **dict.fromkeys(  # say who you are once more
        (
            "mfa_activate_totp",
            "mfa_add_webauthn",
            "mfa_edit_webauthn",
            "mfa_remove_webauthn",
            "mfa_generate_recovery_codes",
            "mfa_reauthenticate",
            "mfa_reauthenticate_webauthn",
        ),
        (LOGIN,) + (302,) * 7,
    ),
    **dict.fromkeys(  # nothing is set up yet
        ("mfa_deactivate_totp", "mfa_view_recovery_codes", "mfa_download_recovery_codes"),
        (LOGIN,) + (404,) * 7,
    ),
    **dict.fromkeys(("openid_connect_login", "openid_connect_callback"), (404,) * 8),  # no provider is set
    "socialaccount_login_cancelled": EVERYBODY,
}


def names(resolver: Any = None, namespace: str = "") -> Iterator[str]:
    """Every name an address of the site has, with its namespace."""
    for entry in (resolver or get_resolver()).url_patterns:
        if isinstance(entry, URLResolver):
            yield from names(entry, f"{namespace}{entry.namespace}:" if entry.namespace else namespace)
        elif isinstance(entry, URLPattern):
            yield f"{namespace}{entry.name}"


def address(view: str, pk: int) -> str:
    an_answer = [pk, "1.1-1"]
    comment = Comment.objects.filter(answer__assessment=pk).values_list("pk", flat=True).first() or 0
    mention = Mention.objects.filter(comment=comment).values_list("pk", flat=True).first() or 0
    files = Exhibit.objects.present().filter(answer__assessment=pk).exclude(kind="link")
    exhibit = files.values_list("pk", flat=True).first() or 0
    arguments: dict[str, list[Any]] = {
        "assessments:exhibit-link": an_answer,
        "assessments:exhibit-file": an_answer,
        "assessments:exhibit": [*an_answer, exhibit],
        "assessments:exhibit-remove": [*an_answer, exhibit],
        "assessments:answer": an_answer,
        "assessments:restore": [*an_answer, 1],
        "assessments:comment": an_answer,
        "assessments:comment-withdraw": [*an_answer, comment],
        "assessments:comment-internal": [*an_answer, comment],
        "assessments:mention-done": [*an_answer, mention],
        "assessments:question": [pk, "1.1"],
        "assessments:presence": [pk, "1.1"],
        "assessments:invitation": ["x" * 43],
        "assessments:save_answer": [pk, "1.1-1"],
        "assessments:save_target": [pk, "1.1"],
        "assessments:preview": ["2021", "1.1", "full"],
        "assessments:report": [pk, "council"],
        "assessments:report_progress": [pk, "council"],
        "api:assessment": [pk],
        "api:record": [pk],
        "api:result": [pk],
        "api:documents": [pk],
        "token_revoke": [0],
        "api:edition": ["2021"],
        "api:missing": ["v1/x"],
        "guidelines:edition": ["2021"],
        "guidelines:clause": ["2021", "1.1"],
        "guidelines:coverage": ["2021"],
        "guidelines:duties": ["2021"],
        "guidelines:comparison": ["2021", "2021"],
        "account_reset_password_from_key": ["0", "set-password"],
        "mfa_edit_webauthn": [pk],
        "mfa_remove_webauthn": [pk],
        "openid_connect_login": ["sso"],
        "openid_connect_callback": ["sso"],
    }
    member = Membership.objects.filter(role="contributor").order_by("pk").values_list("pk", flat=True).first()
    of_the_town: dict[str, list[Any]] = {
        "log": [],
        "arms": [],
        "team": [],
        "invite": [],
        "member": [member],
        "resend": [0],
        "revoke": [0],
        "withdraw": [0],
    }
    name = view.removeprefix("assessments:")
    if view.startswith("assessments:") and name in of_the_town:
        town = Municipality.objects.filter(ags="99000001").values_list("pk", flat=True)
        return reverse(view, args=[*town, *of_the_town[name]])
    of_an_assessment = view.startswith("assessments:") and view not in {
        "assessments:overview",
        "assessments:start",
    }
    return reverse(view, args=arguments.get(view, [pk] if of_an_assessment else []))


def status(response: Any) -> int | str:
    if response.status_code == 302 and response.url.startswith("/konto/login/"):
        return LOGIN
    return response.status_code


@pytest.fixture
def clients(sign_in, other_town):
    return {
        "visitor": sign_in(None),
        "stranger": sign_in("officer", other_town),
        **{role: sign_in(role) for role in PEOPLE if role not in {"visitor", "stranger"}},
    }


def test_every_page_stands_in_the_table(db):
    known = {view for view, _method, _state in TABLE} | set(DOORS)

    assert {name for name in names() if not name.startswith("admin:")} == known


@contextmanager
def undone() -> Iterator[None]:
    """Whatever is done inside is taken back, so that the next person finds the same state."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


@pytest.mark.parametrize("state", sorted({state for _view, _method, state in TABLE} - {"any"}))
def test_the_table_holds(state, clients, assess, person, discuss):
    """In each state of the assessment; what depends on no assessment is asked once."""
    assessment = assess(levels=2 if state == "final" else {"1.1-1": 2})
    discuss(assessment)
    if state == "review":
        assessment.hand_over(person("officer"))
    if state == "final":
        assessment.finalise(person("officer"))
    expected = {
        (view, method, when): row
        for (view, method, when), row in TABLE.items()
        if view != "assessments:report"
        and (
            when == state
            or (when == "any" and (state == "draft" or view.startswith(("assessments:", "api:"))))
        )
    }
    found: dict[tuple[str, str, str], Row] = {}

    for view, method, when in expected:
        row = []
        for who in PEOPLE:
            with undone():
                row.append(status(getattr(clients[who], method.lower())(address(view, assessment.pk))))
        found[view, method, when] = tuple(row)

    assert {key: row for key, row in found.items() if row != expected[key]} == {}


@pytest.mark.parametrize("state", ["draft", "review", "final"])
def test_the_table_holds_for_the_report(state, clients, assess):
    assessment = assess(levels=2, review=state == "review", final=state == "final")
    expected = TABLE["assessments:report", "GET", state]

    for kind in (ReportKind.COUNCIL, *DATA):
        at = reverse("assessments:report", args=[assessment.pk, kind])
        for who, code in zip(PEOPLE, expected, strict=True):
            # a PDF takes a second: one of those who get it is enough
            if code != 200 or who == "officer" or kind.is_data:
                assert (kind, who, status(clients[who].get(at))) == (kind, who, code)
            assert status(clients[who].post(at)) == (LOGIN if who == "visitor" else 405)


@pytest.mark.parametrize("method", ["put", "patch", "delete"])
def test_no_page_knows_other_methods(method, clients, assess):
    assessment = assess()

    for view in sorted({view for view, _method, _state in TABLE}):
        for who in ("visitor", "officer"):
            found = status(getattr(clients[who], method)(address(view, assessment.pk)))
            assert (view, who, found) in {(view, who, 405), (view, "visitor", LOGIN), (view, "visitor", TOLD)}


def test_the_doors_are_as_open_as_they_should_be(clients):
    found = {view: tuple(status(clients[who].get(address(view, 0))) for who in PEOPLE) for view in DOORS}

    assert found == DOORS


@pytest.mark.parametrize(
    "view",
    [
        "assessments:questions",
        "assessments:question",
        "assessments:results",
        "assessments:correct",
        "assessments:discard",
        "assessments:hand_over",
        "assessments:review",
        "assessments:take_back",
        "assessments:finalise",
        "assessments:report",
        "assessments:report_progress",
        "api:assessment",
        "api:record",
        "api:result",
        "api:documents",
    ],
)
def test_a_foreign_assessment_answers_exactly_like_a_missing_one(view, sign_in, other_town, assess):
    assessment = assess(levels=2, final=True)
    stranger = sign_in("officer", other_town)

    foreign = stranger.get(address(view, assessment.pk))
    missing = stranger.get(address(view, assessment.pk + 1_000))

    assert foreign.status_code == missing.status_code == 404
    assert TOKEN.sub(b"", foreign.content) == TOKEN.sub(b"", missing.content)


@pytest.mark.parametrize(
    "way",
    [
        "kommentare/{comment}/zurueckziehen/",
        "kommentare/{comment}/intern/",
        "erwaehnungen/{mention}/erledigt/",
        "belege/{exhibit}/entfernen/",
        "fassungen/1/",
    ],
)
def test_what_belongs_to_another_answer_is_not_found_by_way_of_ones_own(
    way, sign_in, other_town, assess, discuss
):
    """Not even one's own words in a municipality one has left."""
    mine, theirs = assess(), assess(levels=2, at=other_town)
    discuss(theirs)
    ids = {
        "comment": Comment.objects.get().pk,
        "mention": Mention.objects.get().pk,
        "exhibit": Exhibit.objects.first().pk,
    }
    before = Comment.objects.values().get(), Mention.objects.values().get(), [*Exhibit.objects.values()]

    response = sign_in("officer").post(
        f"/einschaetzungen/{mine.pk}/antworten/1.1-1/{way.format(**ids)}", {"version": 0}
    )

    assert response.status_code == 404
    assert before == (
        Comment.objects.values().get(),
        Mention.objects.values().get(),
        [*Exhibit.objects.values()],
    )


def test_words_of_a_municipality_never_reach_another(sign_in, other_town, assess, person, discuss):
    canary = "Kanarienvogel"
    for final in (False, True):
        assessment = assess(title=f"{canary} {final}", year=2025 + final)
        answer = assessment.answers.first()
        answer.comment = canary
        answer.save_based_on(0, person("officer"))
        discuss(assessment, text=canary)
        if final:
            assessment.finalise(person("officer"))
    stranger = sign_in("officer", other_town)
    mine = sign_in("officer")

    def pages(client):
        for view in sorted({view for view, _method, _state in TABLE}):
            yield client.get(address(view, assessment.pk)).content

    assert any(canary.encode() in content for content in pages(mine))
    assert not any(canary.encode() in content for content in pages(stranger))


class TestAdmin:
    """The admin: editors touch the content alone, everybody else is kept out."""

    def pages(self) -> list[str]:
        return sorted(
            name for name in names() if name.startswith("admin:") and name.endswith(("_changelist", "_add"))
        )

    def test_only_staff_come_in(self, clients):
        for view in [*self.pages(), "admin:index"]:
            for who in PEOPLE:
                response = clients[who].get(reverse(view), follow=True)
                if who == "visitor":
                    assert response.redirect_chain[-1][0].startswith("/konto/login/"), view
                elif who != "editor":
                    assert response.status_code == 403, (view, who)

    def test_staff_without_a_permission_see_nothing(self, clients):
        for view in self.pages():
            assert clients["editor"].get(reverse(view)).status_code == 403, view

    def test_the_group_of_editors_touches_the_content_alone(self, clients, person):
        from django.contrib.auth.models import Group

        person("editor").groups.add(Group.objects.get(name="Redaktion"))

        for view in self.pages():
            allowed = view.startswith("admin:guidelines_")
            found = clients["editor"].get(reverse(view)).status_code
            assert found in ({200, 302, 403} if allowed else {403}), (view, found)
        assert clients["editor"].get(reverse("admin:guidelines_edition_changelist")).status_code == 200
