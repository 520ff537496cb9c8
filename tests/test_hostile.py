"""Whatever is typed or sent: a clear message, or stored and shown harmlessly. Never a server error.

`make proof` sends a thousand inputs through each text field of the site; here every field gets a few.
"""

from __future__ import annotations

from typing import Any
from urllib.parse import quote_from_bytes, urljoin
from uuid import uuid4

import pytest
from django.db import transaction
from django.utils.html import escape
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from assessments.forms import AnswerForm, TargetForm
from tests.pages import form_data, forms
from tests.proof import PROOF, times
from tests.saving import address_and_prefix
from tests.test_access import DOORS, TABLE, address

INPUTS, THROUGH_VIEWS, SWEEP = times(50, 1_000), times(4, 1_000), times(1, 1_000)
MEBIBYTE = 2**20

TEXTS = ("reason", "competent_body", "demand", "evidence", "comment")  # of an answer
CONTROL = {"\x00", "\x07", "\x1b", "\r", "\x85", "\u2028", "\ud800"}
MARKUP = "<script>kanarienvogel</script>"
BRICKS = [
    "\x00",
    "\ud800",
    "\udfff",
    "\u202e",
    "\u2066",
    "\u200b",
    "\ufeff",
    "\x1b[2J",
    "\x07",
    "\x85",
    "\u2028",
    "\r\n",
    "\t",
    "🏙️",
    "e\u0301" * 50,
    MARKUP,
    '"><img src=x onerror=alert(1)>',
    "</textarea></script>]]>",
    "{{ 7*7 }}{% debug %}",
    "&#0;&lt;&amp;",
    '=HYPERLINK("http://x")',
    "@SUM(1+1)*cmd|' /C calc'!A0",
    "'; DROP TABLE assessments_answer; --",
    "%00%ff%s%(x)s",
    "../../etc/passwd",
    "NaN",
    "1e999",
    "-" * 300,
    "W" * 5_000,
]
hostile = st.lists(
    st.one_of(st.sampled_from(BRICKS), st.text(st.characters(exclude_categories=()), max_size=20)),
    min_size=1,
    max_size=3,
).map("".join)
quick = settings(deadline=None, database=None, suppress_health_check=list(HealthCheck), derandomize=not PROOF)


def body(fields: dict[str, str]) -> bytes:
    """A form as an attacker sends it: halves of characters as the bytes that they would be."""
    pairs = ((name, value.encode("utf-8", "surrogatepass")) for name, value in fields.items())
    return "&".join(f"{name}={quote_from_bytes(value)}" for name, value in pairs).encode()


def send(client: Any, to: str, fields: dict[str, str], **headers: str) -> Any:
    return client.post(to, body(fields), content_type="application/x-www-form-urlencoded", headers=headers)


@pytest.mark.once
def test_a_form_takes_a_text_or_says_why_not(assess):
    assessment = assess()
    answer = assessment.answers.select_related("criterion", "assessment").get(criterion__code="1.1-1")
    target = assessment.targets.select_related("assessment").get(clause__code="1.1")

    @settings(quick, max_examples=INPUTS)
    @given(st.tuples(*[hostile] * (len(TEXTS) + 1)))
    def holds(texts):
        sent = {f"frage-1.1-1-{name}": text for name, text in zip(TEXTS, texts, strict=False)}
        sent |= {"frage-1.1-1-version": "0", "ziel-version": "0", "ziel-reason": texts[-1]}
        for form, names in (AnswerForm(sent, row=answer), TEXTS), (TargetForm(sent, row=target), ["reason"]):
            form.is_valid()
            for name in names:
                stored = getattr(form.instance, name)
                assert form.errors.get(name) or (stored.encode() and not CONTROL & set(stored)) or not stored

    holds()


@pytest.mark.parametrize("script", [True, False], ids=["script", "form"])
@pytest.mark.parametrize("row", ["1.1-1", "1.1"], ids=["answer", "target"])
def test_what_is_sent_is_stored_or_refused_and_shown_harmlessly(row, script, assess, sign_in, person):
    assessment, client, officer = assess(), sign_in("officer"), person("officer")
    page = f"{assessment.get_absolute_url()}fragen/1.1/"
    by_script, prefix = address_and_prefix(assessment, row)
    stored = assessment.answers if "-" in row else assessment.targets
    line = stored.get(**({"criterion__code": row} if "-" in row else {"clause__code": row}))
    names = TEXTS if "-" in row else ("reason",)

    def post(texts):
        line.refresh_from_db()
        fields = {f"{prefix}-{name}": text for name, text in texts.items()}
        if not script:
            return send(client, page, form_data(client.get(page), f"{prefix}-version") | fields)
        head = {"if_match": f'"{line.version}"', "idempotency_key": str(uuid4())}
        return send(client, by_script, fields | {"person": str(officer.pk)}, **head)

    @settings(quick, max_examples=THROUGH_VIEWS)
    @given(st.tuples(*[hostile] * len(names)))
    @example((f"=1+1 \u202e{MARKUP}",) * len(names))
    @example(("\x00",) * len(names))
    def holds(texts):
        sent = dict(zip(names, texts, strict=True))
        response = post(sent)
        answered = response.content.decode()
        if response.status_code == 422:
            refused = {
                name
                for name in names
                if (name in response.json()["errors"] if script else f"{prefix}-{name}_error" in answered)
            }
            assert refused
            response = post({name: text for name, text in sent.items() if name not in refused})
        assert response.status_code == (200 if script else 302)
        line.refresh_from_db()
        shown = client.get(page).content.decode()
        assert all(escape(getattr(line, name)) in shown for name in names)
        assert MARKUP not in answered + shown

    holds()


@pytest.mark.once
def test_no_text_field_of_the_site_takes_it_down(assess, sign_in, settings):
    """Every form that its page offers to write into; what was stored before is shown on the pages after it."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    assessment = assess(levels={"1.1-1": 2})
    views = {view for view, method, _state in TABLE if method == "GET"} - {"assessments:report"}
    flooded: dict[tuple[str, str], set[int]] = {}

    for role in ("officer", "reviewer", None):
        client = sign_in(role)
        for view in sorted(views | set(DOORS)):
            response = client.get(address(view, assessment.pk))
            if response.status_code != 200 or not response["Content-Type"].startswith("text/html"):
                continue
            assert MARKUP not in response.content.decode()
            for form in forms(response):
                for name in form.texts:
                    if (view, name) not in flooded:
                        to = urljoin(response.request["PATH_INFO"], form.action)
                        with transaction.atomic():
                            flooded[view, name] = flood(client, to, form.fields, name)
                            assessment.refresh_from_db(fields=["state"])
                            transaction.set_rollback(not assessment.is_draft)  # the next pages need a draft

    names = {name for _view, name in flooded}
    assert names >= {"title", "frage-1.1-1-comment", "ziel-reason", "kommentar-text", "login", "password"}
    assert set().union(*flooded.values()) <= {200, 302, 400, 403, 404, 409, 422, 429}
    print(
        f"{len(flooded)} text fields, {SWEEP} hostile inputs each: {sorted(set().union(*flooded.values()))}"
    )


def flood(client: Any, to: str, fields: dict[str, str], name: str) -> set[int]:
    """The statuses with which this field answers hostile texts."""
    statuses: set[int] = set()

    @settings(quick, max_examples=SWEEP)
    @given(hostile)
    def holds(text):
        response = send(client, to, fields | {name: text})
        statuses.add(response.status_code)
        assert response.status_code < 500
        assert MARKUP not in response.content.decode(errors="replace")

    holds()
    return statuses


@pytest.mark.once
@pytest.mark.parametrize("script", [True, False], ids=["script", "form"])
def test_ten_megabytes_get_a_clear_message(script, assess, sign_in, person):
    assessment, client = assess(), sign_in("officer")
    page = f"{assessment.get_absolute_url()}fragen/1.1/"

    response = send(
        client,
        address_and_prefix(assessment, "1.1-1")[0] if script else page,
        {"frage-1.1-1-version": "0", "frage-1.1-1-comment": "ä" * 5 * MEBIBYTE},
    )

    assert response.status_code == 413
    if script:
        assert response.json()["message"] == "Ihr Text ist zu lang. Bitte kürzen Sie ihn."
    else:
        assert "Ihr Text steht noch darin" in response.content.decode()


@pytest.mark.once
@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"if_match": '"-1"'}, 422),
        ({"if_match": '"99999999999999999999"'}, 422),
        ({"if_match": "*"}, 422),
        ({"if_match": '"0", "1"'}, 422),
        ({"idempotency_key": "\x00" * 9}, 422),
        ({"idempotency_key": "x" * 5_000}, 422),
    ],
)
def test_a_crooked_head_is_refused(headers, status, assess, sign_in, person):
    to, prefix = address_and_prefix(assess(), "1.1-1")
    sane = {"if_match": '"0"', "idempotency_key": str(uuid4())}

    response = send(
        sign_in("officer"),
        to,
        {"person": str(person("officer").pk), f"{prefix}-comment": "x"},
        **sane | headers,
    )

    assert response.status_code == status
