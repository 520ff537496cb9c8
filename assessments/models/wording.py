"""What the Record says of the edition: the same for all its assessments, and read anew only after a change."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import groupby

from assessments.models.prepared import Prepared
from assessments.record import (
    AdviceValue,
    Binding,
    ClauseValue,
    CriterionValue,
    EditionValue,
    GuidelineValue,
    IdealValue,
    Kind,
    LinkKind,
    LinkValue,
)
from guidelines.models import Advice, Clause, ContentState, Criterion, CriterionLink, Edition

STAMP = Prepared(  # what `ContentState.objects.stamp` asks
    ContentState.objects.values_list("stamp", flat=True)
)
KEPT = 4  # editions in each process, of a few hundred kilobytes


@dataclass(frozen=True, slots=True)
class Wording:
    """The edition with its clauses, in order, and the questions of each, by id and in order, without an answer."""

    edition: EditionValue
    clauses: tuple[tuple[int, ClauseValue], ...]
    criteria: dict[int, dict[int, CriterionValue]]
    links: tuple[LinkValue, ...]

    def links_between(self, codes: Sequence[str]) -> tuple[LinkValue, ...]:
        """The links between questions that are asked, in the order of the questions."""
        asked = set(codes)
        return tuple(link for link in self.links if link.criterion in asked and link.other in asked)


def wording_of(edition: int) -> Wording:
    """The wording of an edition (id) as it stands now: one query, and seven more after any change to any edition.

    The stamp is read before what is kept under it; what changes in between is kept under a stamp that is gone.
    """
    stamp = next(iter(STAMP.all()), "")
    return _read(edition, stamp) if stamp else _read.__wrapped__(edition, "")


@lru_cache(KEPT)
def _read(pk: int, stamp: str) -> Wording:  # noqa: ARG001  # part of the key
    edition = Edition.objects.get(pk=pk)
    ideals, served = _ideals_of(edition)
    advice = _advice_of(edition)
    clauses = {
        clause.pk: ClauseValue(
            code=clause.code,
            kind=Kind(clause.kind),
            guideline=clause.guideline.code if clause.guideline else None,
            title=clause.title,
            short_title=clause.short_title,
            summary=clause.summary,
            advice=advice.get(clause.pk, ()),
            criteria=(),
        )
        for clause in Clause.objects.filter(edition=edition).select_related("guideline").order_by("position")
    }
    criteria: dict[int, dict[int, CriterionValue]] = {clause: {} for clause in clauses}
    rows = Criterion.objects.filter(clause__edition=edition).select_related("place").order_by("position")
    for criterion in rows:
        criteria[criterion.clause_id][criterion.pk] = CriterionValue(
            code=criterion.code,
            is_key=criterion.is_key,
            short_title=criterion.short_title,
            question=criterion.question,
            levels=criterion.levels,
            steps=criterion.steps,
            binding=Binding(criterion.binding),
            place=f"{clauses[criterion.clause_id].code}, Absatz {criterion.place.number}",
            ideals=served.get(criterion.pk, ()),
        )
    guidelines = edition.guidelines.values_list("code", "title", "short_title")
    return Wording(
        edition=EditionValue(
            code=edition.code,
            title=edition.title,
            subtitle=edition.subtitle,
            publisher=edition.publisher,
            terms=edition.terms,
            issued=edition.issued,
            guidelines=tuple(
                GuidelineValue(code=code, title=title, short_title=short_title)
                for code, title, short_title in guidelines
            ),
            ideals=ideals,
        ),
        clauses=tuple(clauses.items()),
        criteria=criteria,
        links=_links_of(edition, [value.code for group in criteria.values() for value in group.values()]),
    )


def _ideals_of(edition: Edition) -> tuple[tuple[IdealValue, ...], dict[int, tuple[str, ...]]]:
    """The ideals, and the codes of those that each criterion serves, by its id (one query)."""
    ideals: dict[str, IdealValue] = {}
    served: dict[int, tuple[str, ...]] = {}
    rows = edition.ideals.order_by("position").values_list("code", "title", "criteria")
    for code, title, criterion in rows:
        ideals[code] = IdealValue(code=code, title=title)
        served[criterion] = (*served.get(criterion, ()), code)
    return tuple(ideals.values()), served


def _links_of(edition: Edition, codes: Sequence[str]) -> tuple[LinkValue, ...]:
    """The links between these questions, in their order (one query)."""
    place = {code: n for n, code in enumerate(codes)}
    rows = CriterionLink.objects.filter(criterion__clause__edition=edition).order_by()
    links = [
        LinkValue(criterion=one, kind=LinkKind(kind), other=other, sentence=sentence)
        for one, kind, other, sentence in rows.values_list(
            "criterion__code", "kind", "other__code", "sentence"
        )
        if one in place and other in place
    ]
    return tuple(sorted(links, key=lambda link: (place[link.criterion], place[link.other])))


def _advice_of(edition: Edition) -> dict[int, tuple[AdviceValue, ...]]:
    """The advice of each clause, by its id (one query: a row for each piece and one of its stakeholders)."""
    order = ("paragraph__clause__position", "paragraph__number", "position")
    rows = Advice.objects.filter(paragraph__clause__edition=edition).order_by(
        *order, "stakeholders__position"
    )
    values = rows.values_list("paragraph__clause", "pk", "text", "stakeholders__title")
    found: dict[int, tuple[AdviceValue, ...]] = {}
    for (clause, _pk, text), group in groupby(values, key=lambda row: row[:3]):
        titles = tuple(title for *_piece, title in group if title)
        found[clause] = (*found.get(clause, ()), AdviceValue(stakeholders=titles, text=text))
    return found
