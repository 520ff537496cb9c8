"""Typing in from paper: codes that notice a slip, lines that are understood or named, and nothing lost."""

from __future__ import annotations

import re
from collections.abc import Callable
from html import unescape
from typing import TYPE_CHECKING

import pytest

from assessments.exchange.paper import LETTERS, read, short_code, target_code
from assessments.models import Answer
from guidelines.models import Clause, Criterion

if TYPE_CHECKING:
    from django.http import HttpResponse
    from django.test import Client

    from assessments.models import Assessment

CODES = {short_code(code).upper(): code for code in ("1.1-1", "1.2-1", "a-1", "1.1-Z")}
A, B, C, T = CODES


# The codes


@pytest.mark.django_db
def test_one_wrong_or_two_swapped_characters_never_make_another_code() -> None:
    codes = {short_code(code).upper() for code in Criterion.objects.values_list("code", flat=True)}
    codes |= {short_code(target_code(code)).upper() for code in Clause.objects.values_list("code", flat=True)}
    assert len(codes) == 72 + 24

    for code in codes:
        slips = {
            code[:place] + other + code[place + 1 :]
            for place in range(len(code))
            for other in "0123456789.-" + LETTERS
        }
        slips |= {code[:at] + code[at + 1] + code[at] + code[at + 2 :] for at in range(len(code) - 1)}
        assert slips & codes == {code}


# The lines


@pytest.mark.parametrize(
    ("line", "choice", "fields"),
    [
        (f"{A} 3", "3", {}),
        (f"  {A.lower()}\t0  ", "0", {}),
        (f"{A} 2 Mit  Worten; und mehr", "2", {"comment": "Mit  Worten; und mehr"}),
        (f"{A} 4 | 2 Beschluss 12", "4", {"evidence_grade": "2", "evidence": "Beschluss 12"}),
        (f"{A} 4 Wort | 0", "4", {"comment": "Wort", "evidence_grade": "0"}),
        (f"{A} N Gibt es nicht", "not_applicable", {"reason": "Gibt es nicht"}),
        (
            f"{A} a Land: Bitte: regeln",
            "not_our_competence",
            {"competent_body": "Land", "demand": "Bitte: regeln"},
        ),
    ],
)
def test_a_line_says_what_stands_on_the_sheet(line: str, choice: str, fields: dict[str, str]) -> None:
    (typed,) = read(line, CODES)

    assert (typed.code, dict(typed.fields), typed.fault) == ("1.1-1", fields | {"choice": choice}, "")


@pytest.mark.parametrize(
    ("words", "fields"),
    [
        ("3", {"level": "3"}),
        ("0 2028", {"level": "0", "year": "2028"}),
        ("4 3/1", {"level": "4", "importance": "3", "effort": "1"}),
        ("2 Der Rat  will es", {"level": "2", "reason": "Der Rat  will es"}),
        (
            "2 2028 12 Schulen warten darauf",
            {"level": "2", "year": "2028", "reason": "12 Schulen warten darauf"},
        ),
        (
            "2 2030 1/2 Bis 2030: fertig",
            {"level": "2", "year": "2030", "importance": "1", "effort": "2", "reason": "Bis 2030: fertig"},
        ),
    ],
)
def test_a_line_says_what_is_aimed_at(words: str, fields: dict[str, str]) -> None:
    (typed,) = read(f"{T.lower()} {words}", CODES)

    assert (typed.code, dict(typed.fields), typed.fault) == ("1.1-Z", fields, "")


@pytest.mark.parametrize(
    ("line", "fault"),
    [
        (A, "Es fehlt die Antwort"),
        (f"{A} 5", "Die Antwort „5“ gibt es nicht"),
        (f"{A} 3 Wort | Beschluss", "zuerst der Grad des Belegs"),
        ("1.1-1 3", "fehlt der Prüfbuchstabe"),
        (f"1.1-1{'A' if A[-1] != 'A' else 'B'} 3", "passen nicht zusammen"),
        ("9.9-9X 3", "gibt es hier nicht"),
        ("3", "gibt es hier nicht"),
        (T, "eine Stufe von 0 bis 4"),
        (f"{T} n", "eine Stufe von 0 bis 4"),
        (f"{T} 3 4/1", "gehen von 1 bis 3"),
        (f"{T} 3 20288", "„20288“ passt hier nicht"),
        (f"{T} 3 202 Der Rat will es", "„202“ passt hier nicht"),
        (f"{T} 3 2028 3/ Der Rat will es", "„3/“ passt hier nicht"),
        (f"{T} 3 3/1 2028", "„2028“ passt hier nicht"),
        ("1.1-Z 3", "fehlt der Prüfbuchstabe"),
    ],
)
def test_a_line_that_cannot_be_understood_says_why(line: str, fault: str) -> None:
    (typed,) = read(line, CODES)

    assert fault in typed.fault
    assert (typed.code, typed.text) == ("", line)


def test_empty_lines_do_not_count_but_keep_their_numbers() -> None:
    lines = read(f"\n{A} 1\n\n  \n{B} 2\n", CODES)

    assert [(line.number, line.code) for line in lines] == [(2, "1.1-1"), (5, "1.2-1")]


def test_a_question_that_comes_twice_is_a_fault() -> None:
    first, second = read(f"{A} 1\n{A} 2", CODES)

    assert not first.fault
    assert "schon in Zeile 1" in second.fault


# The page


@pytest.fixture
def sent(
    assess: Callable[..., Assessment], sign_in: Callable[..., Client]
) -> Callable[[str], tuple[Assessment, Callable[..., HttpResponse]]]:
    def begin(role: str = "officer") -> tuple[Assessment, Callable[..., HttpResponse]]:
        assessment, client = assess(), sign_in(role)

        def send(lines: str, after: HttpResponse | None = None) -> HttpResponse:
            data = {"lines": lines}
            if after is not None:
                found = re.search(r'name="versions" value="([^"]*)"', after.content.decode())
                data |= {"save": "1", "versions": found[1] if found else ""}
            return client.post(f"/einschaetzungen/{assessment.pk}/eingabe/", data)

        return assessment, send

    return begin


def told(response: HttpResponse) -> str:
    return unescape(re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", response.content.decode())))


def test_lines_are_checked_first_and_saved_when_that_was_seen(sent, answer_of) -> None:
    assessment, send = sent()
    lines = f"{A} 3 Gilt seit Mai. | 2 Dienstanweisung\n{B} n Gibt es nicht.\n{C} a Land: Bitte regeln."

    checked = send(lines)
    before = answer_of(assessment, "1.1-1").state
    saved = send(lines, checked)

    assert checked.status_code == 200
    assert "Stufe 3 – umgesetzt und verankert" in told(checked)
    assert before == Answer.State.OPEN
    assert saved.status_code == 302
    first, second, third = (answer_of(assessment, CODES[code]) for code in (A, B, C))
    assert (first.level, first.comment, first.evidence_grade, first.evidence) == (
        3,
        "Gilt seit Mai.",
        2,
        "Dienstanweisung",
    )
    assert (second.state, second.reason) == (Answer.State.NOT_APPLICABLE, "Gibt es nicht.")
    assert (third.competent_body, third.demand) == ("Land", "Bitte regeln.")
    assert first.history.count() == 1


def test_each_fault_stands_at_its_line_and_nothing_is_lost_or_saved(sent, answer_of) -> None:
    assessment, send = sent()
    lines = f"{A} 3 Text mit <b> & Zeichen\n{B} n\nUnsinn"

    refused = send(lines)
    forced = send(lines, refused)

    for response in (refused, forced):
        assert response.status_code == 422
        assert "Bitte begründen Sie, warum die Frage nicht zutrifft." in told(response)
        assert "Den Code „Unsinn“ gibt es hier nicht." in told(response)
        assert "Text mit &lt;b&gt; &amp; Zeichen" in response.content.decode()
        assert 'name="save"' not in response.content.decode()
    assert answer_of(assessment, "1.1-1").version == 0


def test_saving_unseen_is_checking(sent, answer_of) -> None:
    assessment, send = sent()

    response = send(f"{A} 3\n{B} 2", send(f"{A} 3"))

    assert response.status_code == 200
    assert answer_of(assessment, "1.1-1").version == 0


def test_what_a_line_does_not_name_stays(sent, answer_of, person) -> None:
    assessment, send = sent()
    answer = answer_of(assessment, "1.1-1")
    answer.state, answer.level, answer.comment, answer.evidence = "rated", 1, "Steht da", "Beschluss"
    answer.save_based_on(0, person("officer"))

    send(f"{A} 3", send(f"{A} 3"))

    after = answer_of(assessment, "1.1-1")
    assert (after.level, after.comment, after.evidence) == (3, "Steht da", "Beschluss")


def test_who_was_overtaken_sees_both_and_decides(sent, answer_of, person) -> None:
    assessment, send = sent()
    lines = f"{A} 3\n{B} 2"
    checked = send(lines)
    other = answer_of(assessment, "1.1-1")
    other.state, other.level, other.comment = "rated", 1, "Von jemand anderem"
    other.save_based_on(0, person("contributor"))

    overtaken = send(lines, checked)
    kept = answer_of(assessment, "1.1-1").level
    decided = send(f"{A} 3", overtaken)

    assert overtaken.status_code == 409
    assert "jetzt gespeichert" in told(overtaken)
    assert answer_of(assessment, "1.2-1").level == 2
    assert kept == 1
    assert decided.status_code == 302
    assert answer_of(assessment, "1.1-1").level == 3
    assert answer_of(assessment, "1.1-1").comment == "Von jemand anderem"


def test_targets_are_typed_in_beside_the_answers(sent, answer_of) -> None:
    assessment, send = sent()
    target = assessment.targets.get(clause__code="1.1")
    lines = f"{A} 3\n{T} 4 2028 3/1 Der Rat will es."

    checked = send(lines)
    saved = send(lines, checked)

    assert "Ziel für 1.1" in told(checked)
    assert "Stufe 4" in told(checked)
    assert saved.status_code == 302
    assert answer_of(assessment, "1.1-1").level == 3
    target.refresh_from_db()
    assert (target.level, target.year, target.importance, target.effort) == (4, 2028, 3, 1)
    assert (target.reason, target.version, target.history.count()) == ("Der Rat will es.", 1, 1)


def test_a_target_year_that_is_over_is_told(sent) -> None:
    assessment, send = sent()

    checked = send(f"{T} 4 2001")

    assert checked.status_code == 422
    assert "Das Jahr liegt vor dem Stichtag." in told(checked)
    assert assessment.targets.get(clause__code="1.1").year is None


def test_a_target_that_somebody_else_has_set_meanwhile_is_not_overwritten(sent, person) -> None:
    assessment, send = sent()
    checked = send(f"{T} 4")
    target = assessment.targets.get(clause__code="1.1")
    target.level = 1
    target.save_based_on(0, person("contributor"))

    overtaken = send(f"{T} 4", checked)

    assert overtaken.status_code == 409
    assert "jetzt gespeichert" in told(overtaken)
    assert assessment.targets.get(clause__code="1.1").level == 1


def test_under_review_no_target_is_typed_in(sent, person) -> None:
    assessment, send = sent()
    assessment.hand_over(person("officer"))

    assert "wird gerade geprüft" in told(send(f"{T} 4"))


def test_a_contributor_types_in_what_is_theirs(sent, answer_of) -> None:
    assessment, send = sent("contributor")  # in charge of 1.1

    refused = send(f"{A} 3\n{B} 2")
    refused_target = send(f"{short_code('1.2-Z')} 2")
    lines = f"{A} 3\n{T} 2"
    send(lines, send(lines))

    assert "den andere beantworten" in told(refused)
    assert "den andere beantworten" in told(refused_target)
    assert assessment.targets.get(clause__code="1.1").level == 2
    assert answer_of(assessment, "1.1-1").level == 3
    assert answer_of(assessment, "1.2-1").level is None


def test_lines_that_come_too_late_stand_there_to_be_kept(sent, person) -> None:
    assessment, send = sent()
    assessment.finalise(person("officer"))

    response = send(f"{A} 3 Ein Satz")

    assert response.status_code == 409
    assert "Ein Satz" in told(response)
    assert not assessment.answers.filter(version__gt=0).exists()


@pytest.mark.parametrize("count", [1, 20])
def test_it_takes_the_same_queries_however_many_lines(
    count, sent, django_assert_max_num_queries, edition
) -> None:
    assessment, send = sent()
    codes = assessment.answers.values_list("criterion__code", flat=True)[:count]
    lines = "\n".join(f"{short_code(code)} 2" for code in [*codes, "1.1-Z"])
    checked = send(lines)

    with django_assert_max_num_queries(12):
        saved = send(lines, checked)

    assert saved.status_code == 302
