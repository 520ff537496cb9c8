"""Saving one row by script: what a browser sends, and what it is told."""

from __future__ import annotations

from contextlib import contextmanager
from uuid import UUID, uuid4

import pytest
from django.db import OperationalError, connection
from django.test import Client
from django.urls import reverse

from tests.saving import save

MINE, THEIRS = "Wir haben eine Strategie.", "Die Strategie gilt seit März."


@pytest.fixture
def draft(assess):
    return assess()


@contextmanager
def just_before(statement, act):
    """Let something happen just before the first statement of this kind reaches the database."""
    due = [act]

    def watch(execute, sql, params, many, context):
        if due and sql.startswith(statement):
            due.pop()()
        return execute(sql, params, many, context)

    with connection.execute_wrapper(watch):
        yield


def test_a_save_is_stored_with_its_author_time_and_history(draft, sign_in, person, answer_of):
    response = save(sign_in("officer"), draft, person("officer"), 0, choice="3", comment=MINE)

    stored = answer_of(draft, "1.1-1")
    assert response.status_code == 200
    assert response.json()["version"] == stored.version == 1
    assert response.json()["open"] is False
    assert stored.changed_at.isoformat()[14:19] == response.json()["saved_at"][14:19]
    assert (stored.level, stored.comment, stored.changed_by) == (3, MINE, person("officer"))
    assert list(stored.history.values_list("comment", "history_user")) == [(MINE, person("officer").pk)]


def test_a_target_is_saved_alike(draft, sign_in, person):
    response = save(
        sign_in("contributor"), draft, person("contributor"), 0, row="1.1", level="4", year="2029"
    )

    stored = draft.targets.get(clause__code="1.1")
    assert response.json()["version"] == stored.version == 1
    assert (stored.level, stored.year) == (4, 2029)


def test_fields_that_do_not_come_stay_as_they_are(draft, sign_in, person, answer_of):
    client, officer = sign_in("officer"), person("officer")
    save(client, draft, officer, 0, choice="3", comment=MINE)

    save(client, draft, officer, 1, evidence="Beschluss")

    stored = answer_of(draft, "1.1-1")
    assert (stored.level, stored.comment, stored.evidence) == (3, MINE, "Beschluss")


def test_a_save_takes_few_queries(draft, sign_in, person, django_assert_num_queries):
    client, officer = sign_in("officer"), person("officer")

    # session, person, the row with the right to it; begin, row, history, commit
    with django_assert_num_queries(7):
        save(client, draft, officer, 0, choice="3")


def test_the_same_save_sent_twice_is_one_revision(draft, sign_in, person, answer_of):
    client, officer, key = sign_in("officer"), person("officer"), uuid4()

    first = save(client, draft, officer, 0, key, choice="3", comment=MINE)
    again = save(client, draft, officer, 0, key, choice="3", comment=MINE)

    assert (first.status_code, first.json()) == (again.status_code, again.json())
    assert answer_of(draft, "1.1-1").history.count() == 1


def test_a_retry_is_acknowledged_even_when_others_have_saved_since(draft, sign_in, person, answer_of):
    client, officer, key = sign_in("officer"), person("officer"), uuid4()
    save(client, draft, officer, 0, key, comment=MINE)
    save(sign_in("contributor"), draft, person("contributor"), 1, comment=THEIRS)

    again = save(client, draft, officer, 0, key, comment=MINE)

    assert (again.status_code, again.json()["version"]) == (200, 1)
    assert answer_of(draft, "1.1-1").comment == THEIRS
    assert answer_of(draft, "1.1-1").history.count() == 2


@pytest.mark.parametrize("version", [0, 1])
def test_a_key_never_lets_another_text_pass_as_saved(version, draft, sign_in, person, answer_of):
    client, officer, key = sign_in("officer"), person("officer"), uuid4()
    save(client, draft, officer, 0, key, comment=MINE)

    other = save(client, draft, officer, version, key, comment="etwas anderes")

    assert other.status_code == 409
    assert answer_of(draft, "1.1-1").comment == MINE


def test_whoever_comes_second_gets_both_texts_and_who_and_when(draft, sign_in, person, answer_of):
    save(sign_in("contributor"), draft, person("contributor"), 0, choice="3", comment=THEIRS)

    response = save(sign_in("officer"), draft, person("officer"), 0, choice="3", comment=MINE)

    told, stored = response.json(), answer_of(draft, "1.1-1")
    assert (response.status_code, told["kind"], told["version"]) == (409, "conflict", 1)
    assert told["differences"] == [{"label": "Erläuterung", "mine": MINE, "theirs": THEIRS}]
    assert told["by"] == "Contributor Musterstadt"
    assert told["at"][14:19] == stored.changed_at.isoformat()[14:19]
    assert told["values"]["comment"] == stored.comment == THEIRS
    assert MINE in told["html"]
    assert THEIRS in told["html"]


def test_after_seeing_both_a_save_on_the_newer_version_decides(draft, sign_in, person, answer_of):
    save(sign_in("contributor"), draft, person("contributor"), 0, comment=THEIRS)
    client, officer = sign_in("officer"), person("officer")
    told = save(client, draft, officer, 0, comment=MINE).json()

    response = save(client, draft, officer, told["version"], comment=f"{MINE} {THEIRS}")

    assert response.status_code == 200
    assert answer_of(draft, "1.1-1").comment == f"{MINE} {THEIRS}"


@pytest.mark.parametrize("comment", ["", THEIRS])
def test_who_changed_nothing_or_the_same_gets_what_is_stored(comment, draft, sign_in, person):
    save(sign_in("contributor"), draft, person("contributor"), 0, choice="3", comment=THEIRS)

    response = save(
        sign_in("officer"), draft, person("officer"), 0, choice="3" if comment else "", comment=comment
    )

    assert response.status_code == 200
    assert response.json()["version"] == 1
    if not comment:
        assert response.json()["values"]["comment"] == THEIRS


def test_what_is_missing_is_told_field_by_field(draft, sign_in, person, answer_of):
    response = save(
        sign_in("officer"), draft, person("officer"), 0, choice="not_applicable", comment="x" * 4_001
    )

    told = response.json()
    assert (response.status_code, told["kind"]) == (422, "refused")
    assert told["errors"]["reason"] == ["Bitte begründen Sie, warum die Frage nicht zutrifft."]
    assert set(told["errors"]) == {"reason", "comment"}
    assert answer_of(draft, "1.1-1").version == 0


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"If-Match": '"0"'},
        {"Idempotency-Key": str(UUID(int=1))},
        {"If-Match": 'W/""', "Idempotency-Key": "x"},
    ],
)
def test_a_save_without_version_or_key_is_refused(headers, draft, sign_in, person):
    at = reverse("assessments:save_answer", args=[draft.pk, "1.1-1"])

    response = sign_in("officer").post(at, {"person": person("officer").pk}, headers=headers)

    assert response.status_code == 422


def test_after_finalising_nothing_is_written(draft, sign_in, person, answer_of):
    draft.finalise(person("officer"))

    response = save(sign_in("officer"), draft, person("officer"), 0, comment=MINE)

    assert (response.status_code, response.json()["kind"]) == (423, "final")
    assert answer_of(draft, "1.1-1").comment == ""


def test_finalised_between_reading_and_writing(draft, sign_in, person, answer_of):
    client, officer = sign_in("officer"), person("officer")

    with just_before("SAVEPOINT", lambda: draft.finalise(officer)):
        response = save(client, draft, officer, 0, comment=MINE)

    assert (response.status_code, response.json()["kind"]) == (423, "final")
    assert answer_of(draft, "1.1-1").comment == ""


def test_a_visitor_is_told_so_and_not_led_away(draft, sign_in, person):
    response = save(sign_in(None), draft, person("officer"), 0, comment=MINE)

    assert (response.status_code, response.json()["kind"]) == (401, "signed-out")


def test_a_text_is_never_saved_under_the_name_of_who_signed_in_next(draft, sign_in, person, answer_of):
    response = save(sign_in("officer"), draft, person("contributor"), 0, comment=MINE)

    assert (response.status_code, response.json()["kind"]) == (403, "person")
    assert answer_of(draft, "1.1-1").version == 0


def test_a_missing_csrf_token_is_told_in_json(draft, person):
    client = Client(enforce_csrf_checks=True)
    client.force_login(person("officer"))

    response = save(client, draft, person("officer"), 0, comment=MINE)

    assert (response.status_code, response.json()["kind"]) == (403, "csrf")


def test_a_missing_second_factor_is_told_in_json(draft, sign_in, person, town):
    town.requires_second_factor = True
    town.save()

    response = save(sign_in("officer"), draft, person("officer"), 0, comment=MINE)

    assert (response.status_code, response.json()["kind"]) == (403, "second-factor")


def test_a_database_that_is_away_is_told_in_json(draft, sign_in, person):
    client = sign_in("officer")
    client.raise_request_exception = False

    def away():
        raise OperationalError

    with just_before("UPDATE", away):
        response = save(client, draft, person("officer"), 0, comment=MINE)

    assert (response.status_code, response.json()["kind"]) == (503, "unavailable")
    assert int(response["Retry-After"]) > 0


def test_a_fault_of_ours_is_told_in_json_with_the_id_that_stands_in_the_log(
    draft, sign_in, person, monkeypatch
):
    client = sign_in("officer")
    client.raise_request_exception = False
    monkeypatch.setattr("assessments.views.autosave.ANSWER", None)

    response = save(client, draft, person("officer"), 0, comment=MINE)

    assert (response.status_code, response.json()["kind"]) == (500, "error")
    assert f"(Kennung {response['X-Request-ID']})" in response.json()["message"]


@pytest.mark.parametrize("code", ["9.9-9", "1.1-99"])
def test_a_question_that_is_not_asked_is_not_found(code, draft, sign_in, person):
    assert save(sign_in("officer"), draft, person("officer"), 0, row=code).status_code == 404


def test_an_absurd_number_is_not_found(sign_in):
    at = reverse("assessments:save_answer", args=[10**30, "1.1-1"])

    assert sign_in("officer").post(at).status_code == 404
