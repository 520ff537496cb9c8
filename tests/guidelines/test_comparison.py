"""Two editions side by side."""

from __future__ import annotations

import pytest
from django.test import Client

from guidelines.comparison import Kind, Piece, compare, marked
from guidelines.content import Content
from guidelines.models import Clause, Criterion, CriterionLink, Edition, Paragraph

pytestmark = pytest.mark.django_db


def test_a_copy_differs_in_nothing(edition: Edition, draft: Edition) -> None:
    assert compare(Content.of(edition), Content.of(draft)) == []


def test_every_kind_of_change_is_named_at_its_place(edition: Edition, draft: Edition) -> None:
    CriterionLink.objects.filter(criterion__clause__edition=draft).delete()
    CriterionLink.objects.filter(criterion__clause__edition=edition).delete()
    criteria = Criterion.objects.filter(clause__edition=draft)
    changed = criteria.get(code="1.1-1")
    changed.binding, changed.question = "may", "Ist das neu?"
    changed.save()
    changed.ideals.set(draft.ideals.filter(code="safe"))
    criteria.get(code="1.2-3").delete()
    Paragraph.objects.create(
        clause=Clause.objects.get(edition=draft, code="a"), number=2, gist="Ein neuer Absatz."
    )

    changes = compare(Content.of(edition), Content.of(draft))

    assert [(change.kind, change.place, change.field) for change in changes] == [
        (Kind.ADDED, "Abschnitt a, Absatz 2", ""),
        (Kind.WORDING, "Abschnitt 1.1, Prüffrage 1.1-1", "Frage"),
        (Kind.BINDING, "Abschnitt 1.1, Prüffrage 1.1-1", ""),
        (Kind.ORDER, "Abschnitt 1.1, Prüffrage 1.1-1", "dient den Leitbildern"),
        (Kind.REMOVED, "Abschnitt 1.2, Prüffrage 1.2-3", ""),
    ]


def test_a_new_title_of_a_clause_is_one_change_and_not_one_for_each_criterion(
    edition: Edition, draft: Edition
) -> None:
    Clause.objects.filter(edition=draft, code="1.1").update(title="Anders")

    [change] = compare(Content.of(edition), Content.of(draft))

    assert (change.place, change.field) == ("Abschnitt 1.1", "Titel")


def test_words_that_differ_are_marked() -> None:
    before, after = marked("Der Rat hat beschlossen.", "Der Rat beschließt.")

    assert before == (Piece("Der Rat ", False), Piece("hat beschlossen", True), Piece(".", False))
    assert after == (Piece("Der Rat ", False), Piece("beschließt", True), Piece(".", False))


def test_both_versions_stand_on_the_page(edition: Edition, draft: Edition, editor: Client) -> None:
    Criterion.objects.filter(clause__edition=draft, code="1.1-1").update(question="Ist das neu?")

    page = editor.get("/charta/2021/vergleich/2027/").content.decode()

    assert "1 Unterschied: 1 × Wortlaut geändert." in page
    assert "<ins>Ist" in page
    assert "<del>" in page
