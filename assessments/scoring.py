"""Record -> Result: every figure the product prints, computed once (METHOD). Pure: no database, no Django.

Sums and means are exact fractions; a figure leaves this module as a `Decimal`, so equal scores stay equal and
2,25 is never 2,2499…. It is rounded (half up, one decimal) only where it is printed, by `printed` and `percent`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from enum import StrEnum
from fractions import Fraction
from functools import cached_property

from assessments.record import (
    AnswerState,
    Binding,
    ClauseValue,
    CriterionValue,
    GuidelineValue,
    IdealValue,
    Kind,
    LinkKind,
    Record,
)

HIGHEST = 4
DUTY_MET_AT = 2
COVERAGE_NEEDED = Fraction(80, 100)
NOTICEABLE_CHANGE = Fraction(3, 10)
CAP_BY_EVIDENCE_GRADE = (1, 2, 3, 4, 4)
LEVEL_NAMES = (
    "nicht begonnen",
    "geplant",
    "teilweise umgesetzt",
    "umgesetzt und verankert",
    "überprüft und verbessert",
)
EVIDENCE_GRADE_NAMES = (
    "eigene Angabe",
    "interner Vermerk",
    "Dokument",
    "veröffentlicht oder vom Rat beschlossen",
    "von außen geprüft",
)
WEIGHT_NAMES = {1: "gering", 2: "mittel", 3: "hoch"}  # importance and effort
NO_FIGURE = "–"


def decimal(value: Fraction) -> Decimal:
    """A fraction as a Decimal of 28 digits: the same fraction always gives the same Decimal."""
    return Decimal(value.numerator) / Decimal(value.denominator)


def rounded(value: Decimal) -> Decimal:
    """A figure as it is printed, still as a number: one decimal, rounded half up."""
    return value.quantize(Decimal("0.1"), ROUND_HALF_UP)


def rounded_share(value: Decimal) -> Decimal:
    """A share 0–1 as `percent` prints it, still as a number: 0.667 for "66,7 %"."""
    return rounded(value * 100) / 100


def printed(value: Decimal | None, *, comma: bool = True) -> str:
    """A figure as it is printed: one decimal, rounded half up, German comma; "–" where there is none."""
    if value is None:
        return NO_FIGURE
    text = str(rounded(value))
    return text.replace(".", ",") if comma else text


def percent(value: Decimal | None) -> str:
    """A share 0–1 as it is printed: "66,7 %" with a no-break space, and "100 %" without a decimal of zero."""
    if value is None:
        return NO_FIGURE
    text = printed(value * 100).removesuffix(",0")
    return f"{text}\N{NO-BREAK SPACE}%"


def mean(values: Iterable[Fraction]) -> Fraction | None:
    """The arithmetic mean, or None of nothing."""
    values = tuple(values)
    return sum(values, Fraction()) / len(values) if values else None


@dataclass(frozen=True, slots=True)
class Exact:
    """The means of a group as exact fractions: stated, evidenced, and the bounds that open answers leave."""

    stated: Fraction | None
    evidenced: Fraction | None
    lower: Fraction | None
    upper: Fraction | None
    answered: int
    asked: int

    @classmethod
    def of_criteria(cls, criteria: Sequence[CriterionValue]) -> Exact:
        """METHOD 1: only rated criteria count; open ones stretch the range from 0 to 4."""
        rated = [c for c in criteria if c.answer.state is AnswerState.RATED]
        open_ = [c for c in criteria if c.answer.state is AnswerState.OPEN]
        levels = [Fraction(c.answer.level or 0) for c in rated]
        return cls(
            stated=mean(levels),
            evidenced=mean(Fraction(evidenced_level(c)) for c in rated),
            lower=mean(levels + [Fraction(0)] * len(open_)),
            upper=mean(levels + [Fraction(HIGHEST)] * len(open_)),
            answered=len(criteria) - len(open_),
            asked=len(criteria),
        )

    @classmethod
    def of_groups(cls, groups: Sequence[Exact]) -> Exact:
        """METHOD 2 and 3: equal weights; a group without a score stays out of the mean above it."""
        return cls(
            stated=mean(g.stated for g in groups if g.stated is not None),
            evidenced=mean(g.evidenced for g in groups if g.evidenced is not None),
            lower=mean(g.lower for g in groups if g.lower is not None),
            upper=mean(g.upper for g in groups if g.upper is not None),
            answered=sum(g.answered for g in groups),
            asked=sum(g.asked for g in groups),
        )


@dataclass(frozen=True, slots=True)
class Index:
    """A mean above clauses. While coverage is below 80 % there is no single figure, only `lower` to `upper`."""

    value: Decimal | None
    evidenced: Decimal | None
    lower: Decimal | None
    upper: Decimal | None
    answered: int
    asked: int
    coverage: Decimal
    is_provisional: bool

    @classmethod
    def of(cls, exact: Exact) -> Index:
        """METHOD 4: the threshold that decides whether a single figure may be shown."""
        coverage = Fraction(exact.answered, exact.asked) if exact.asked else Fraction()
        provisional = coverage < COVERAGE_NEEDED
        return cls(
            value=None if provisional else _decimal(exact.stated),
            evidenced=None if provisional else _decimal(exact.evidenced),
            lower=_decimal(exact.lower),
            upper=_decimal(exact.upper),
            answered=exact.answered,
            asked=exact.asked,
            coverage=decimal(coverage),
            is_provisional=provisional,
        )


@dataclass(frozen=True, slots=True)
class ClauseResult:
    """One clause: score 0–4 or None, its range, its gap to the target and the priority of closing it."""

    clause: ClauseValue
    score: Decimal | None
    evidenced: Decimal | None
    lower: Decimal | None
    upper: Decimal | None
    answered: int
    asked: int
    target: int
    gap: Decimal | None
    priority: Decimal | None
    has_unmet_duty: bool

    @classmethod
    def of(cls, clause: ClauseValue, exact: Exact) -> ClauseResult:
        """METHOD 8 and 9: gap and priority, from the exact score."""
        unmet = any(is_unmet_duty(criterion) for criterion in clause.criteria)
        target = clause.target
        gap = priority = None
        if exact.stated is not None:
            gap = max(Fraction(0), target.level - exact.stated)
            priority = gap * target.importance * (2 if unmet else 1) / target.effort
        return cls(
            clause=clause,
            score=_decimal(exact.stated),
            evidenced=_decimal(exact.evidenced),
            lower=_decimal(exact.lower),
            upper=_decimal(exact.upper),
            answered=exact.answered,
            asked=exact.asked,
            target=target.level,
            gap=_decimal(gap),
            priority=_decimal(priority),
            has_unmet_duty=unmet,
        )

    @property
    def is_open(self) -> bool:
        """Whether nothing of the clause has been answered yet."""
        return self.answered == 0

    @property
    def furthest_behind(self) -> CriterionValue | None:
        """The rated criterion to begin with: an unmet duty first, then the lowest level, then the Charter's order."""
        rated = [c for c in self.clause.criteria if c.answer.state is AnswerState.RATED]
        return min(rated, key=lambda c: (not is_unmet_duty(c), c.answer.level or 0), default=None)


def _lowest(clauses: Sequence[ClauseResult]) -> tuple[ClauseResult, ...]:
    lowest = min((c.score for c in clauses if c.score is not None), default=None)
    return tuple(c for c in clauses if c.score is not None and c.score == lowest)


@dataclass(frozen=True, slots=True)
class GuidelineResult:
    """One Leitlinie: the mean of its principles."""

    guideline: GuidelineValue
    index: Index
    clauses: tuple[ClauseResult, ...]

    @property
    def weakest(self) -> tuple[ClauseResult, ...]:
        """METHOD 5, beside this mean too."""
        return _lowest(self.clauses)


@dataclass(frozen=True, slots=True)
class Part:
    """One half of the Charter with its index; the halves are never merged (METHOD 3)."""

    index: Index
    clauses: tuple[ClauseResult, ...]
    attainment: Decimal | None

    @property
    def weakest(self) -> tuple[ClauseResult, ...]:
        """METHOD 5: the clause with the lowest score; several when they tie, none before a score exists."""
        return _lowest(self.clauses)


@dataclass(frozen=True, slots=True)
class Duty:
    """One `must` criterion and the clause it stands in."""

    clause: ClauseValue
    criterion: CriterionValue


@dataclass(frozen=True, slots=True)
class Conflict:
    """Two questions that stand in each other's way, and what has to be weighed."""

    one: CriterionValue
    other: CriterionValue
    sentence: str


@dataclass(frozen=True, slots=True)
class Duties:
    """METHOD 6: counted and named, never averaged. `exempt` do not apply or lie with another level."""

    met: tuple[Duty, ...]
    unmet: tuple[Duty, ...]
    open: tuple[Duty, ...]
    exempt: tuple[Duty, ...]

    @property
    def counted(self) -> int:
        """How many duties apply here, answered or not: the 17 in "14 von 17"."""
        return len(self.met) + len(self.unmet) + len(self.open)


@dataclass(frozen=True, slots=True)
class RankedGap:
    """A gap in the order of priority; equal priorities share a rank."""

    rank: int
    result: ClauseResult


@dataclass(frozen=True, slots=True)
class IdealResult:
    """How the questions that serve one ideal stand: counted, for METHOD knows no mean over ideals.

    `levels` counts the rated ones from level 0 to 4; `exempt` do not apply or lie with another level of government.
    """

    ideal: IdealValue
    levels: tuple[int, ...]
    open: int
    exempt: int

    @property
    def asked(self) -> int:
        """How many of the asked questions serve it."""
        return sum(self.levels) + self.open + self.exempt


@dataclass(frozen=True)
class Result:
    """Every figure of one Record."""

    record: Record
    coverage: Decimal
    answered: int
    asked: int
    guidelines: tuple[GuidelineResult, ...]
    principles: Part
    recommendations: Part
    duties: Duties

    @cached_property
    def clauses(self) -> tuple[ClauseResult, ...]:
        """All clauses in the Charter's order."""
        return self.principles.clauses + self.recommendations.clauses

    @cached_property
    def is_provisional(self) -> bool:
        """Whether an index of this result is "vorläufig"."""
        return self.principles.index.is_provisional or self.recommendations.index.is_provisional

    @cached_property
    def gaps(self) -> tuple[RankedGap, ...]:
        """Clauses below their target, highest priority first; ties share a rank and keep the Charter's order."""
        below = [c for c in self.clauses if c.gap is not None and c.gap > 0]
        below.sort(key=lambda c: -(c.priority or 0))
        priorities = [c.priority for c in below]
        return tuple(RankedGap(priorities.index(c.priority) + 1, c) for c in below)

    @cached_property
    def without_score(self) -> tuple[ClauseResult, ...]:
        """Clauses that show "–"."""
        return tuple(c for c in self.clauses if c.score is None)

    @cached_property
    def ideals(self) -> tuple[IdealResult, ...]:
        """The second profile, in the edition's order; a question counts once with each ideal that it serves."""
        counted = Counter(
            (code, criterion.answer.state if criterion.answer.level is None else criterion.answer.level)
            for clause in self.record.clauses
            for criterion in clause.criteria
            for code in {*criterion.ideals}
        )
        return tuple(
            IdealResult(
                ideal=ideal,
                levels=tuple(counted[ideal.code, level] for level in range(HIGHEST + 1)),
                open=counted[ideal.code, AnswerState.OPEN],
                exempt=counted[ideal.code, AnswerState.NOT_APPLICABLE]
                + counted[ideal.code, AnswerState.NOT_OUR_COMPETENCE],
            )
            for ideal in self.record.edition.ideals
        )


@dataclass(frozen=True, slots=True)
class Step:
    """METHOD 11: the way from an earlier result toward the target, for one clause."""

    clause: ClauseResult
    start: Decimal
    change: Decimal
    share: Decimal | None
    is_noticeable: bool


class Obstacle(StrEnum):
    """Why two values of a clause are not put side by side, in the order in which it is told."""

    OTHER_QUESTIONS = "other_questions"
    UNANSWERED = "unanswered"
    OTHERS_RATED = "others_rated"  # a question counts in one year and does not apply in the other
    NOT_RATED = "not_rated"


OBSTACLE_NAMES = {
    Obstacle.OTHER_QUESTIONS: "andere Fragen gestellt",
    Obstacle.UNANSWERED: "nicht in beiden vollständig beantwortet",
    Obstacle.OTHERS_RATED: "nicht dieselben Fragen bewertet",
    Obstacle.NOT_RATED: "in beiden keine Frage bewertet",
}


@dataclass(frozen=True, slots=True)
class Progress:
    """METHOD 11 for a whole result: the clauses that can be compared with an earlier one, and those that cannot."""

    steps: tuple[Step, ...]
    not_compared: tuple[tuple[ClauseResult, Obstacle], ...]

    @property
    def obstacles(self) -> list[tuple[str, list[ClauseValue]]]:
        """Each obstacle that there is, in words, with its clauses in the Charter's order."""
        found = [
            (OBSTACLE_NAMES[each], [item.clause for item, obstacle in self.not_compared if obstacle is each])
            for each in Obstacle
        ]
        return [(name, clauses) for name, clauses in found if clauses]


def evaluate(record: Record) -> Result:
    """Compute the Result of a Record. Costs one pass over its criteria; raises nothing."""
    exact = {clause.code: Exact.of_criteria(clause.criteria) for clause in record.clauses}
    results = [ClauseResult.of(clause, exact[clause.code]) for clause in record.clauses]
    guidelines: list[GuidelineResult] = []
    means: list[Exact] = []
    for guideline in record.edition.guidelines:
        mine = [r for r in results if r.clause.guideline == guideline.code]
        means.append(Exact.of_groups([exact[r.clause.code] for r in mine]))
        guidelines.append(GuidelineResult(guideline, Index.of(means[-1]), tuple(mine)))
    principles = [r for r in results if r.clause.kind is Kind.PRINCIPLE]
    recommendations = [r for r in results if r.clause.kind is Kind.RECOMMENDATION]
    whole = Exact.of_groups(list(exact.values()))
    return Result(
        record=record,
        coverage=Index.of(whole).coverage,
        answered=whole.answered,
        asked=whole.asked,
        guidelines=tuple(guidelines),
        principles=_part(Exact.of_groups(means), principles, exact),
        recommendations=_part(
            Exact.of_groups([exact[r.clause.code] for r in recommendations]), recommendations, exact
        ),
        duties=_duties(record),
    )


def progress(now: Result, start: Result) -> Progress:
    """METHOD 11 for every clause whose values are means over the same answered questions in both results."""
    earlier = {c.clause.code: c for c in start.clauses}
    steps: list[Step] = []
    not_compared: list[tuple[ClauseResult, Obstacle]] = []
    for clause in now.clauses:
        before = earlier.get(clause.clause.code)
        obstacle = _obstacle(clause, before, now.record.edition.code, start.record)
        if obstacle or before is None or before.score is None or clause.score is None:
            not_compared.append((clause, obstacle or Obstacle.NOT_RATED))
            continue
        change = clause.score - before.score
        steps.append(
            Step(
                clause=clause,
                start=before.score,
                change=change,
                share=progress_share(before.score, clause.score, clause.target),
                is_noticeable=abs(change) >= decimal(NOTICEABLE_CHANGE),
            )
        )
    return Progress(tuple(steps), tuple(not_compared))


def _obstacle(
    now: ClauseResult, before: ClauseResult | None, edition: str, earlier: Record
) -> Obstacle | None:
    if before is None or not _asks_alike(now.clause, before.clause, edition, earlier):
        return Obstacle.OTHER_QUESTIONS
    if now.answered < now.asked or before.answered < before.asked:
        return Obstacle.UNANSWERED
    return None if _rated(now.clause) == _rated(before.clause) else Obstacle.OTHERS_RATED


def _rated(clause: ClauseValue) -> list[str]:
    return [c.code for c in clause.criteria if c.answer.state is AnswerState.RATED]


def _asks_alike(now: ClauseValue, before: ClauseValue, edition: str, earlier: Record) -> bool:
    """Whether the earlier Record asks the same of a clause: the same criteria, each in the same sense."""
    return [c.code for c in now.criteria] == [c.code for c in before.criteria] and all(
        earlier.asks_alike(edition, c) for c in now.criteria
    )


def progress_share(start: Decimal, now: Decimal, target: int) -> Decimal | None:
    """(now − start) ÷ (target − start). From a start at or above the target: 1 while it is held, else None."""
    if start < target:
        return (now - start) / (target - start)
    return Decimal(1) if now >= target else None


def with_state(record: Record, state: str) -> list[Duty]:
    """The criteria whose answer has this state, each with its clause."""
    return [Duty(clause, c) for clause in record.clauses for c in clause.criteria if c.answer.state == state]


def to_weigh(record: Record) -> list[Conflict]:
    """The pairs of questions that the council has to weigh against each other."""
    criteria = {c.code: c for clause in record.clauses for c in clause.criteria}
    return [
        Conflict(criteria[link.criterion], criteria[link.other], link.sentence)
        for link in record.links
        if link.kind is LinkKind.WEIGH
    ]


def evidenced_level(criterion: CriterionValue) -> int:
    """METHOD 7: the level that the evidence carries. Only for a rated criterion."""
    return min(criterion.answer.level or 0, CAP_BY_EVIDENCE_GRADE[criterion.answer.evidence_grade])


def is_unmet_duty(criterion: CriterionValue) -> bool:
    """A duty that was rated below level 2; an open one is not known yet."""
    answer = criterion.answer
    return (
        criterion.binding is Binding.MUST
        and answer.state is AnswerState.RATED
        and (answer.level or 0) < DUTY_MET_AT
    )


def _duties(record: Record) -> Duties:
    kinds: dict[str, list[Duty]] = {"met": [], "unmet": [], "open": [], "exempt": []}
    for clause in record.clauses:
        for criterion in clause.criteria:
            if criterion.binding is not Binding.MUST:
                continue
            match criterion.answer.state:
                case AnswerState.RATED:
                    kind = "unmet" if is_unmet_duty(criterion) else "met"
                case AnswerState.OPEN:
                    kind = "open"
                case _:
                    kind = "exempt"
            kinds[kind].append(Duty(clause, criterion))
    return Duties(**{kind: tuple(duties) for kind, duties in kinds.items()})


def _part(index: Exact, clauses: Sequence[ClauseResult], exact: dict[str, Exact]) -> Part:
    reached = aimed = Fraction()
    for clause in clauses:
        score = exact[clause.clause.code].stated
        if score is not None and clause.target > 0:
            reached += min(score, Fraction(clause.target))
            aimed += clause.target
    return Part(Index.of(index), tuple(clauses), decimal(reached / aimed) if aimed else None)


def _decimal(value: Fraction | None) -> Decimal | None:
    return None if value is None else decimal(value)
