"""When an edition is complete, and what may still be mended in a published one."""

from __future__ import annotations

from collections.abc import Callable
from io import StringIO
from typing import Any

import pytest
from django.core.management import call_command
from django.core.management.base import SystemCheckError
from django.db import IntegrityError, transaction

from guidelines.content import Content
from guidelines.models import Advice, Clause, Criterion, CriterionLink, Edition, Ideal, Paragraph, Stakeholder
from guidelines.publishing import (
    Incomplete,
    LastOne,
    WrongState,
    copy,
    discard,
    edition_of,
    faults,
    place_of,
    publish,
    withdraw,
)
from guidelines.spelling import is_mended_typo
from guidelines.transfer import write
from tests.assessments.test_saving import side_by_side

pytestmark = pytest.mark.django_db


def messages(edition: Edition) -> list[str]:
    return [str(fault) for fault in faults(edition)]


def criterion(edition: Edition, code: str) -> Criterion:
    return Criterion.objects.get(clause__edition=edition, code=code)


def paragraph(edition: Edition, clause: str, number: int) -> Paragraph:
    return Paragraph.objects.get(clause__edition=edition, clause__code=clause, number=number)


def test_the_edition_of_2021_is_complete(
    edition: Edition, django_assert_num_queries: Callable[..., Any]
) -> None:
    # stakeholders, ideals, guidelines, clauses, paragraphs, advice, criteria, links,
    # who is addressed, also covered paragraphs, served ideals
    with django_assert_num_queries(11):
        found = faults(edition)

    assert found == []


def test_no_paragraph_of_the_charter_is_forgotten(edition: Edition) -> None:
    counted = {clause.code: clause.paragraphs.count() for clause in edition.clauses.all()}

    expected = {"1.1": 2, "1.2": 1, "1.3": 2, "2.1": 2, "2.2": 3, "2.3": 1, "3.1": 2, "3.2": 4, "3.3": 2}
    expected |= {"4.1": 1, "4.2": 3, "4.3": 3, "a": 1, "b": 1, "c": 2, "d": 2, "e": 3, "f": 2, "g": 3}
    expected |= {"h": 1, "i": 3, "j": 4, "k": 2, "l": 2}
    assert counted == expected
    for each in Paragraph.objects.filter(clause__edition=edition):
        covered = each.criteria.exists() or each.further_criteria.exists()
        assert covered != bool(each.no_demand), f"{each}: covered, or a reason why not, and never both"


def test_every_criterion_names_its_place_and_the_verb_that_binds(edition: Edition) -> None:
    for each in Criterion.objects.filter(clause__edition=edition).select_related("place"):
        assert each.place.clause_id == each.clause_id
        assert each.binding_note


def test_missing_level_text_is_named_with_its_place(draft: Edition) -> None:
    Criterion.objects.filter(pk=criterion(draft, "1.1-2").pk).update(level_3=" ")

    [fault] = faults(draft)

    assert str(fault) == "Abschnitt 1.1, Prüffrage 1.1-2: „Stufe 3 – umgesetzt und verankert“ fehlt."
    assert fault.at == criterion(draft, "1.1-2")


def test_equal_level_texts_are_a_fault_however_they_are_spaced(draft: Edition) -> None:
    each = criterion(draft, "a-1")
    Criterion.objects.filter(pk=each.pk).update(level_4=each.level_1.replace(" ", "  ").upper())

    assert messages(draft) == ["Abschnitt a, Prüffrage a-1: Die Texte der Stufen 1 und 4 sind gleich."]


def test_a_clause_without_key_criterion_is_a_fault(draft: Edition) -> None:
    Criterion.objects.filter(pk=criterion(draft, "2.2-1").pk).update(is_key=False)

    assert messages(draft) == ["Abschnitt 2.2: Es gibt keine Schlüsselfrage."]


def test_the_database_refuses_two_key_criteria_in_a_clause(draft: Edition) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        Criterion.objects.filter(pk=criterion(draft, "2.2-2").pk).update(is_key=True)


def test_numbers_of_everything_are_checked(draft: Edition) -> None:
    Ideal.objects.filter(edition=draft, code="safe").update(code="other")
    Stakeholder.objects.create(edition=draft, code="eu", position=10, title="Europäische Union")
    Clause.objects.filter(edition=draft, code="l").update(code="m")
    clause = Clause.objects.get(edition=draft, code="m")
    for n, each in enumerate(clause.criteria.order_by("position"), start=1):
        Criterion.objects.filter(pk=each.pk).update(code=f"m-{n}")

    assert messages(draft) == [
        "Ausgabe 2027: Handlungsempfehlungen: Es fehlt l.",
        "Ausgabe 2027: Handlungsempfehlungen: Nicht vorgesehen ist m.",
        "Ausgabe 2027: Es sind 10 Angesprochene; nötig sind 9.",
    ]


def test_too_few_criteria_are_a_fault_of_the_full_form(draft: Edition) -> None:
    CriterionLink.objects.filter(criterion__clause__edition=draft).delete()
    criterion(draft, "1.2-3").delete()

    assert messages(draft) == ["Abschnitt 1.2: Es sind 2 Prüffragen; nötig sind 3 bis 5."]


def test_the_key_criteria_alone_are_complete_for_the_short_form(draft: Edition) -> None:
    CriterionLink.objects.filter(criterion__clause__edition=draft).delete()
    Criterion.objects.filter(clause__edition=draft, is_key=False).delete()
    for each in Paragraph.objects.filter(clause__edition=draft, criteria=None, further_criteria=None):
        Paragraph.objects.filter(pk=each.pk).update(no_demand="Nur in der Vollform gefragt.")

    assert messages(draft) == []


def test_an_uncovered_paragraph_is_a_fault_and_so_is_a_needless_excuse(draft: Edition) -> None:
    Paragraph.objects.filter(pk=paragraph(draft, "e", 2).pk).update(no_demand="")
    Paragraph.objects.filter(pk=paragraph(draft, "a", 1).pk).update(no_demand="Warum auch immer.")

    assert messages(draft) == [
        "Abschnitt a, Absatz 1: Der Absatz soll nichts von Kommunen verlangen, aber eine Prüffrage nimmt ihn auf.",
        "Abschnitt e, Absatz 2: Keine Prüffrage nimmt den Absatz auf, und es steht nicht da, "
        "warum er nichts verlangt.",
    ]


def test_advice_must_be_there_and_addressed(draft: Edition) -> None:
    Advice.objects.filter(paragraph=paragraph(draft, "h", 1)).delete()
    Advice.objects.get(paragraph=paragraph(draft, "a", 1), position=1).stakeholders.clear()

    assert messages(draft) == [
        "Abschnitt h, Absatz 1: Es steht nicht da, wem der Absatz was empfiehlt.",
        "Abschnitt a, Absatz 1, Empfehlung 1: Niemand ist genannt, an den sich die Empfehlung richtet.",
    ]


def test_a_place_in_another_clause_and_a_missing_ideal_are_faults(draft: Edition) -> None:
    each = criterion(draft, "4.1-1")
    each.also_covers.add(paragraph(draft, "1.1", 1))
    each.ideals.clear()

    assert messages(draft) == [
        "Abschnitt 4.1, Prüffrage 4.1-1: Kein Leitbild ist genannt, dem die Frage dient.",
        "Abschnitt 4.1, Prüffrage 4.1-1: Eine Fundstelle liegt in einem anderen Abschnitt.",
    ]


def test_order_and_codes_must_agree(draft: Edition) -> None:
    first, last = draft.clauses.get(code="1.1"), draft.clauses.get(code="l")
    Clause.objects.filter(pk=first.pk).update(position=last.position)

    assert messages(draft) == [
        "Ausgabe 2027: Grundsätze: Die Reihenfolge weicht von 1.1 bis 4.3 ab.",
        "Abschnitt 1.1: Die Reihenfolge 24 ist mehrfach vergeben.",
        "Abschnitt l: Die Reihenfolge 24 ist mehrfach vergeben.",
    ]


def test_two_criteria_are_linked_once_whichever_comes_first(draft: Edition) -> None:
    one, other = criterion(draft, "1.1-1"), criterion(draft, "3.2-1")
    CriterionLink.objects.create(criterion=one, other=other, kind="weigh", sentence="Beides kostet Zeit.")
    assert messages(draft) == []

    CriterionLink.objects.create(
        criterion=other, other=one, kind="supports", sentence="Eins hilft dem andern."
    )

    assert messages(draft) == ["Verbindung 3.2-1 – 1.1-1: Diese beiden Prüffragen sind mehrfach verbunden."]


def test_the_system_check_refuses_an_incomplete_published_edition(edition: Edition) -> None:
    Criterion.objects.filter(pk=criterion(edition, "1.1-1").pk).update(level_0="")

    with pytest.raises(
        SystemCheckError, match=r"Abschnitt 1\.1, Prüffrage 1\.1-1: „Stufe 0 – nicht begonnen“ fehlt\."
    ):
        call_command("check", databases=["default"], stderr=StringIO())


def test_the_system_check_lets_a_draft_be_incomplete(draft: Edition) -> None:
    Criterion.objects.filter(pk=criterion(draft, "1.1-1").pk).update(level_0="")

    call_command("check", databases=["default"])


def test_publishing_an_incomplete_draft_changes_nothing(draft: Edition) -> None:
    Criterion.objects.filter(pk=criterion(draft, "1.1-1").pk).update(question="")

    with pytest.raises(Incomplete) as refusal:
        publish(draft)

    assert [str(fault) for fault in refusal.value.faults] == [
        "Abschnitt 1.1, Prüffrage 1.1-1: „Frage“ fehlt."
    ]
    draft.refresh_from_db()
    assert draft.state == Edition.State.DRAFT


def test_draft_published_withdrawn_and_no_way_back(draft: Edition) -> None:
    publish(draft)
    assert Edition.objects.get(pk=draft.pk).state == Edition.State.PUBLISHED
    with pytest.raises(WrongState):
        publish(draft)

    withdraw(draft)
    assert Edition.objects.get(pk=draft.pk).state == Edition.State.WITHDRAWN
    with pytest.raises(WrongState):
        withdraw(draft)
    with pytest.raises(WrongState):
        publish(draft)

    assert [row.history_change_reason for row in draft.history.all()] == [
        "zurückgezogen",
        "veröffentlicht",
        "angelegt aus der Ausgabe 2021",
    ]


@pytest.mark.django_db(transaction=True)
def test_of_the_last_two_published_editions_one_stays_even_if_both_are_withdrawn_at_once(
    edition: Edition,
) -> None:
    other = publish(copy(edition, "2027"))

    def withdrawn(each: Edition) -> Callable[[], bool]:
        def run() -> bool:
            try:
                withdraw(each)
            except LastOne:
                return False
            return True

        return run

    done = side_by_side(withdrawn(edition), withdrawn(other))

    assert sorted(done) == [False, True]
    assert [*Edition.objects.published()] == [other if done[0] else edition]


def test_a_copy_is_whole_and_a_draft(edition: Edition) -> None:
    one, other = criterion(edition, "1.1-1"), criterion(edition, "3.2-1")
    CriterionLink.objects.get_or_create(
        criterion=one, other=other, defaults={"kind": "weigh", "sentence": "Wägen."}
    )

    draft = copy(edition, "2027")

    assert draft.state == Edition.State.DRAFT
    assert write(draft) == write(edition).replace("'2021'", "'2027'").replace(
        "state: published", "state: draft"
    )
    assert {edition_of(part) for part in Content.of(draft).parts()} == {draft}


def test_a_draft_is_discarded_whole_and_a_published_edition_never(edition: Edition, draft: Edition) -> None:
    discard(draft)

    assert list(Edition.objects.all()) == [edition]
    assert not Criterion.objects.exclude(clause__edition=edition).exists()
    with pytest.raises(WrongState):
        discard(edition)


def test_places_read_as_an_editor_would_say_them(edition: Edition) -> None:
    assert place_of(edition) == "Ausgabe 2021"
    assert place_of(edition.guidelines.get(code="1")) == "Leitlinie 1"
    assert place_of(paragraph(edition, "3.2", 4)) == "Abschnitt 3.2, Absatz 4"
    assert place_of(Advice.objects.get(paragraph=paragraph(edition, "j", 1), position=1)) == (
        "Abschnitt j, Absatz 1, Empfehlung 1"
    )


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("Die Stratgie ist beschlosen.", "Die Strategie ist beschlossen."),
        ("Rat hat es beschlossen", "Der Rat hat es beschlossen."),
        ("dass dass es gilt", "dass es gilt"),
        ("Die Daten Bank steht", "Die Datenbank steht"),
        ("Haushaltspaln", "Haushaltsplan"),
        ("Ein Satz ohne Punkt", "Ein Satz ohne Punkt."),
        ("unverändert", "unverändert"),
    ],
)
def test_a_typing_error_may_be_mended(before: str, after: str) -> None:
    assert is_mended_typo(before, after)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("ist nicht geprüft", "ist geprüft"),
        ("ein Plan", "kein Plan"),
        ("mindestens einmal im Jahr", "mindestens keinmal im Jahr"),
        ("Der Plan ist abhängig davon", "Der Plan ist unabhängig davon"),
        ("alle zwei Jahre", "alle drei Jahre"),
        ("bis 2025", "bis 2026"),
        ("Kommunen sollen prüfen", "Kommunen sollten prüfen"),
        ("Der Rat hat beschlossen", "Der Stadtrat hat beschlossen"),
        ("Der Plan ist beschlossen", "Der Plan ist beschlossen und veröffentlicht"),
        ("mindestens jährlich", "nie"),
        ("Text", ""),
        ("", "Text"),
    ],
)
def test_a_change_of_meaning_is_no_typing_error(before: str, after: str) -> None:
    assert not is_mended_typo(before, after)


EDITION = (
    "Der Rat hat beschlossen, wie die Lücke geschlossen wird. Stellen werten kommunale Daten aus und werden geprüft.",
    "Der Haushaltsplan nennt die kommunalen Mittel; die Kommune wendet sie an. Die Ämter wenden sich an den Rat.",
)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("Der Plan ist beschlossen", "Der Plan ist geschlossen"),
        ("Der Plan ist geschlossen", "Der Plan ist beschlossen"),
        ("Die Daten werden geprüft", "Die Daten werten geprüft"),
    ],
)
def test_one_word_of_the_edition_is_no_slip_of_another(before: str, after: str) -> None:
    assert is_mended_typo(before, after)
    assert not is_mended_typo(before, after, EDITION)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("Der Plan ist beschlosen", "Der Plan ist beschlossen"),
        ("Der Haushaltspaln steht", "Der Haushaltsplan steht"),
        ("Der Plan den der Rat beschlossen hat", "Der Plan, den der Rat beschlossen hat"),
        ("Der Plan ist ist beschlossen", "Der Plan ist beschlossen"),
        ("die kommunale Mittel", "die kommunalen Mittel"),
        ("die Kommune wenden", "die Kommune wendet"),
        ("der rat Hat beschlossen", "der Rat hat beschlossen"),
        ("Haushalts Plan", "Haushaltsplan"),
    ],
)
def test_an_ordinary_correction_passes_whatever_else_the_edition_says(before: str, after: str) -> None:
    assert is_mended_typo(before, after, EDITION)
