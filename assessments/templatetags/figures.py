"""Figures and charts in templates: everything comes from `scoring` and `charts`, nothing is computed here."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import NamedTuple

from django import template
from django.utils.safestring import SafeString, mark_safe

from assessments import charts, scoring
from assessments.exchange import paper
from assessments.record import (
    GOVERNMENTS,
    MUNICIPALITIES,
    AdviceValue,
    AnswerState,
    ClauseValue,
    CriterionValue,
    Record,
)
from assessments.scoring import ClauseResult, Duty, GuidelineResult, Result
from guidelines.models import Criterion

register = template.Library()
register.filter(scoring.with_state)
register.filter(scoring.to_weigh)


class OpenPoint(NamedTuple):
    """Something that was left open about a question, in words."""

    code: str
    title: str
    what: str


UNSETTLED = {
    "taken_over": "aus der Vorgängerin übernommen, für dieses Jahr nicht bestätigt",
    "returned": "in der Prüfung zurückgegeben",
    "unconfirmed": "nicht bestätigt",
    "unexplained": "unerfüllte Pflicht ohne Erläuterung",
}


@register.filter
def figure(value: Decimal | None) -> str:
    """One decimal with a comma, or "–"."""
    return scoring.printed(value)


@register.filter
def percent(value: Decimal | None) -> str:
    """A share as "66,7 %", or "–"."""
    return scoring.percent(value).replace("-", "\N{MINUS SIGN}")


@register.filter
def change(value: Decimal) -> str:
    """A difference with its sign, such as "+0,5"."""
    text = scoring.printed(value).replace("-", "\N{MINUS SIGN}")
    return f"+{text}" if value > 0 else text


@register.filter
def level_name(level: int) -> str:
    """The name of a level, such as "geplant"."""
    return scoring.LEVEL_NAMES[level]


@register.filter
def wording(criterion: Criterion | CriterionValue, level: int) -> str:
    """The wording of a level."""
    return criterion.levels[level]


@register.filter
def evidence_name(grade: int) -> str:
    """The name of an evidence grade, such as "Dokument"."""
    return scoring.EVIDENCE_GRADE_NAMES[grade]


@register.filter
def evidenced(criterion: CriterionValue) -> int:
    """The level that the evidence carries. Only for a rated criterion."""
    return scoring.evidenced_level(criterion)


@register.filter
def weight_name(weight: int) -> str:
    """Importance or effort in words."""
    return scoring.WEIGHT_NAMES[weight]


@register.filter
def binding_name(binding: str) -> str:
    """The binding force in words, such as "Pflicht (muss)"."""
    return str(Criterion.Binding(binding).label)


@register.filter
def rated(clause: ClauseValue) -> list[CriterionValue]:
    """The criteria that count in the clause's score."""
    return [c for c in clause.criteria if c.answer.state is AnswerState.RATED]


@register.filter
def short_code(criterion: CriterionValue) -> str:
    """The code printed beside the question, with its check letter."""
    return paper.short_code(criterion.code)


@register.filter
def target_code(clause: ClauseValue) -> str:
    """The code printed beside the target of a clause, with its check letter."""
    return paper.short_code(paper.target_code(clause.code))


@register.filter
def is_unmet_duty(criterion: CriterionValue) -> bool:
    """Whether a duty was rated below the level at which it counts as met."""
    return scoring.is_unmet_duty(criterion)


@register.filter
def without_evidence(record: Record) -> list[Duty]:
    """The rated criteria that rest on the municipality's own word, each with its clause."""
    return [
        item
        for item in scoring.with_state(record, AnswerState.RATED)
        if item.criterion.answer.evidence_grade == 0
    ]


@register.filter
def further_points(record: Record) -> list[OpenPoint]:
    """What was left open beside the unanswered questions."""
    titles = {c.code: c.short_title for clause in record.clauses for c in clause.criteria}
    return [
        OpenPoint(point.criterion, titles[point.criterion], UNSETTLED[point.kind])
        for point in getattr(record, "open_points", ())
        if point.kind in UNSETTLED
    ]


@register.filter
def not_to_be_rated(result: Result) -> list[ClauseResult]:
    """The clauses that have no score although every question is answered."""
    return [clause for clause in result.without_score if clause.answered == clause.asked > 0]


@register.filter
def clauses_of(items: Sequence[Duty]) -> list[str]:
    """The codes of the clauses these criteria stand in, each once."""
    return list(dict.fromkeys(item.clause.code for item in items))


@register.filter
def for_others(clause: ClauseValue) -> list[AdviceValue]:
    """The Charter's advice that addresses, alone or among others, somebody else than municipalities."""
    return [advice for advice in clause.advice if advice.is_for_others]


@register.filter
def with_advice_for_others(record: Record) -> list[ClauseValue]:
    """The clauses that ask something of others than municipalities."""
    return [clause for clause in record.clauses if for_others(clause)]


@register.filter
def asked_of_others(record: Record, kind: str) -> list[tuple[str, list[tuple[ClauseValue, str]]]]:
    """Whom the Charter asks for what, the Bund and the Länder first: each clause with its sentences together.

    The council reads what addresses others alone, and whatever asks the Bund or a Land; the full report adds the rest
    that others share with the municipality.
    """
    asked: dict[tuple[str, ...], dict[str, tuple[ClauseValue, str]]] = {}
    for clause in record.clauses:
        for advice in for_others(clause):
            is_shared = MUNICIPALITIES in advice.stakeholders and GOVERNMENTS.isdisjoint(advice.stakeholders)
            if kind == "full" or not is_shared:
                others = tuple(name for name in advice.stakeholders if name != MUNICIPALITIES)
                of_party = asked.setdefault(others, {})
                _clause, before = of_party.get(clause.code, (clause, ""))
                of_party[clause.code] = clause, f"{before} {advice.text}".strip()
    parties = sorted(asked, key=GOVERNMENTS.isdisjoint)
    return [(", ".join(party), list(asked[party].values())) for party in parties]


@register.filter
def scored(clauses: Sequence[ClauseResult]) -> list[ClauseResult]:
    """The clauses that count in the mean above them."""
    return [clause for clause in clauses if clause.score is not None]


@register.filter
def scores(clauses: Sequence[ClauseResult]) -> list[Decimal]:
    """The terms of the implementation index."""
    return [clause.score for clause in clauses if clause.score is not None]


@register.filter
def guideline_terms(result: Result) -> list[Decimal]:
    """The terms of the guideline index; none while one of them may not be shown."""
    indices = [item.index for item in result.guidelines]
    if any(index.is_provisional for index in indices):
        return []
    return [index.value for index in indices if index.value is not None]


@register.filter
def example(result: Result) -> ClauseResult | None:
    """The clause that shows the calculation: the most urgent gap, else the first clause with a score."""
    if result.gaps:
        return result.gaps[0].result
    return next(iter(scored(result.clauses)), None)


@register.filter
def example_guideline(result: Result) -> GuidelineResult | None:
    """The first Leitlinie whose mean may be shown."""
    return next((item for item in result.guidelines if item.index.value is not None), None)


@register.simple_tag
def evidence_caps() -> Sequence[tuple[str, int]]:
    """Each evidence grade's name with the highest level it carries."""
    return tuple(zip(scoring.EVIDENCE_GRADE_NAMES, scoring.CAP_BY_EVIDENCE_GRADE, strict=True))


@register.simple_tag
def paper_grades() -> Sequence[str]:
    """The evidence grades in few words, so that all of them stand in one line of the printed questionnaire."""
    return ("eigene Angabe", "Vermerk", "Dokument", "öffentlich oder Ratsbeschluss", "von außen geprüft")


@register.simple_tag
def radar(result: Result) -> SafeString:
    """The chart of the principles as inline SVG."""
    return mark_safe(charts.radar(result))  # noqa: S308 - escaped by ElementTree


@register.simple_tag
def bars(result: Result, wide: bool = False) -> SafeString:
    """The chart of the recommendations as inline SVG; `wide` for paper, where the titles have room at the side."""
    return mark_safe(charts.bars(result, wide=wide))  # noqa: S308 - escaped by ElementTree
