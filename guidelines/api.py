"""The Charter as data, for everybody: the published editions with all that they ask."""

from __future__ import annotations

from collections import defaultdict
from datetime import date
from functools import lru_cache
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from ninja import Router
from pydantic import BaseModel, ConfigDict, Field

from guidelines.content import Content, key_of
from guidelines.models import Clause, ContentState, Criterion, CriterionLink, Edition, Paragraph

KEPT = 4  # editions in each process, of a few hundred kilobytes

router = Router(tags=["Charta"], auth=None)  # for everybody


class Text(BaseModel):
    """A frozen value of the Charter's content."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class EditionEntry(Text):
    """An edition in the list."""

    code: str
    title: str
    subtitle: str
    publisher: str
    issued: date = Field(description="Der erste Tag des Monats, in dem die Ausgabe erschien.")
    href: str = Field(description="Die ganze Ausgabe als Daten.")
    page: str = Field(description="Die Ausgabe als Seite.")


class EditionList(Text):
    """All published editions."""

    items: tuple[EditionEntry, ...] = Field(description="Die neueste zuerst.")


class NamedText(Text):
    """A stakeholder."""

    code: str
    title: str


class SummedText(NamedText):
    """An ideal."""

    summary: str


class GuidelineText(SummedText):
    """One of the four Leitlinien."""

    short_title: str


class AdviceText(Text):
    """What a paragraph asks of whom."""

    stakeholders: tuple[str, ...] = Field(description="Gerichtet an: Kürzel aus stakeholders.")
    text: str


class ParagraphText(Text):
    """One paragraph of the Charter in our words."""

    number: int = Field(description="Gezählt ab der Überschrift des Abschnitts.")
    gist: str = Field(description="Inhalt in eigenen Worten.")
    no_demand: str = Field(description="Warum der Absatz nichts von Kommunen verlangt; sonst leer.")
    advice: tuple[AdviceText, ...]


class PlaceText(Text):
    """A paragraph by its clause and number."""

    clause: str
    paragraph: int


class CriterionText(Text):
    """One question with its five levels."""

    code: str
    is_key: bool = Field(description="Schlüsselfrage: die eine des Abschnitts, die auch die Kurzform stellt.")
    short_title: str
    question: str
    help: str
    levels: tuple[str, str, str, str, str] = Field(description="Die Stufen 0 bis 4.")
    steps: tuple[str, str, str, str] = Field(description="Der nächste Schritt zur Stufe 1 bis 4.")
    evidence_hint: str = Field(description="Mögliche Belege.")
    binding: Criterion.Binding = Field(
        description="Verbindlichkeit: must (Pflicht), should (Erwartung), may (Anregung)."
    )
    binding_note: str
    place: PlaceText = Field(description="Fundstelle in der Charta.")
    also_covers: tuple[PlaceText, ...] = Field(description="Weitere Absätze, die die Frage aufnimmt.")
    ideals: tuple[str, ...] = Field(description="Leitbilder, denen sie dient: Kürzel aus ideals.")


class ClauseText(Text):
    """A principle or a recommendation."""

    code: str
    kind: Clause.Kind
    guideline: str | None = Field(description="Die Leitlinie eines Grundsatzes; leer bei einer Empfehlung.")
    title: str
    short_title: str
    summary: str
    paragraphs: tuple[ParagraphText, ...]
    criteria: tuple[CriterionText, ...]


class LinkText(Text):
    """How two criteria stand to each other."""

    criterion: str
    kind: CriterionLink.Kind = Field(description="supports: unterstützt; weigh: ist abzuwägen mit.")
    other: str
    sentence: str


class EditionText(Text):
    """A whole edition."""

    code: str
    title: str
    subtitle: str
    publisher: str
    issued: date
    summary: str
    terms: str
    stakeholders: tuple[NamedText, ...]
    ideals: tuple[SummedText, ...]
    guidelines: tuple[GuidelineText, ...]
    clauses: tuple[ClauseText, ...] = Field(description="In der Reihenfolge der Charta.")
    links: tuple[LinkText, ...]


@router.api_operation(
    ["GET", "HEAD"], "/editions", response=EditionList, summary="Veröffentlichte Ausgaben der Charta"
)
def editions(request: HttpRequest) -> EditionList:
    return EditionList(
        items=tuple(
            EditionEntry(
                code=edition.code,
                title=edition.title,
                subtitle=edition.subtitle,
                publisher=edition.publisher,
                issued=edition.issued,
                href=reverse("api:edition", args=[edition.code]),
                page=reverse("guidelines:edition", args=[edition.code]),
            )
            for edition in Edition.objects.published().order_by("-issued", "-pk")
        )
    )


@router.api_operation(
    ["GET", "HEAD"],
    "/editions/{slug:code}",
    response=EditionText,
    summary="Eine Ausgabe mit Leitlinien, Abschnitten und Prüffragen",
    description="Die Prüffragen mit dem Wortlaut aller Stufen, ihrer Verbindlichkeit und ihrer Fundstelle.",
)
def edition(request: HttpRequest, code: str) -> HttpResponse:
    """Two queries, and twelve more after any change to any edition.

    The stamp is read before what is kept under it; what changes in between is kept under a stamp that is gone.
    """
    stamp = ContentState.objects.stamp()
    pk = get_object_or_404(Edition.objects.published(), code=code).pk
    text = _json(pk, stamp) if stamp else _json.__wrapped__(pk, "")
    return HttpResponse(text, "application/json; charset=utf-8")


@lru_cache(KEPT)
def _json(pk: int, stamp: str) -> str:
    """A whole edition as it stands; `stamp` is part of the key alone."""
    return _text(Content.of(Edition.objects.get(pk=pk))).model_dump_json()


def _text(content: Content) -> EditionText:
    paragraphs: dict[int, list[ParagraphText]] = defaultdict(list)
    advice: dict[int, list[AdviceText]] = defaultdict(list)
    criteria: dict[int, list[CriterionText]] = defaultdict(list)
    for piece in content.advice:
        addressed = tuple(each.code for each in content.addressed[key_of(piece)])
        advice[piece.paragraph_id].append(AdviceText(stakeholders=addressed, text=piece.text))
    for each in content.paragraphs:
        paragraphs[each.clause_id].append(
            ParagraphText(
                number=each.number, gist=each.gist, no_demand=each.no_demand, advice=tuple(advice[each.pk])
            )
        )
    for criterion in content.criteria:
        criteria[criterion.clause_id].append(_criterion(content, criterion))
    edition = content.edition
    return EditionText(
        code=edition.code,
        title=edition.title,
        subtitle=edition.subtitle,
        publisher=edition.publisher,
        issued=edition.issued,
        summary=edition.summary,
        terms=edition.terms,
        stakeholders=tuple(NamedText(code=each.code, title=each.title) for each in content.stakeholders),
        ideals=tuple(SummedText(**_fields(each, "code", "title", "summary")) for each in content.ideals),
        guidelines=tuple(
            GuidelineText(**_fields(each, "code", "title", "short_title", "summary"))
            for each in content.guidelines
        ),
        clauses=tuple(
            ClauseText(
                **_fields(clause, "code", "title", "short_title", "summary"),
                kind=Clause.Kind(clause.kind),
                guideline=clause.guideline.code if clause.guideline else None,
                paragraphs=tuple(paragraphs[clause.pk]),
                criteria=tuple(criteria[clause.pk]),
            )
            for clause in content.clauses
        ),
        links=tuple(
            LinkText(
                criterion=link.criterion.code,
                kind=CriterionLink.Kind(link.kind),
                other=link.other.code,
                sentence=link.sentence,
            )
            for link in content.links
        ),
    )


def _criterion(content: Content, criterion: Criterion) -> CriterionText:
    return CriterionText(
        **_fields(criterion, "code", "is_key", "short_title", "question", "help", "levels", "steps"),
        **_fields(criterion, "evidence_hint", "binding_note"),
        binding=Criterion.Binding(criterion.binding),
        place=_place(criterion.place),
        also_covers=tuple(map(_place, content.also_covered[key_of(criterion)])),
        ideals=tuple(ideal.code for ideal in content.ideals_served[key_of(criterion)]),
    )


def _place(paragraph: Paragraph) -> PlaceText:
    return PlaceText(clause=paragraph.clause.code, paragraph=paragraph.number)


def _fields(row: Any, *names: str) -> dict[str, Any]:
    return {name: getattr(row, name) for name in names}
