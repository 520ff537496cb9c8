"""The arithmetic: METHOD's vectors, and laws that hold for every Record."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assessments.record import AnswerState, Binding, IdealValue, Record
from assessments.scoring import (
    ClauseResult,
    Progress,
    Result,
    decimal,
    evaluate,
    percent,
    printed,
    progress,
    progress_share,
)
from tests.assessments.values import (
    NOT_APPLICABLE,
    NOT_OURS,
    OPEN,
    PRINCIPLES,
    clause,
    criterion,
    principles,
    rated,
    record,
    records,
    with_answers,
)

pytestmark = pytest.mark.once


def by_code(result: Result) -> dict[str, ClauseResult]:
    return {c.clause.code: c for c in result.clauses}


class TestVectors:
    def test_all_at_two(self):
        part = evaluate(principles([rated(2)] * 12)).principles

        assert printed(part.index.value) == "2,0"
        assert {printed(c.score) for c in part.weakest} == {"2,0"}
        assert percent(part.attainment) == "66,7\N{NO-BREAK SPACE}%"

    def test_eleven_at_three_and_one_at_nought(self):
        part = evaluate(principles([rated(3)] * 11 + [rated(0)])).principles

        assert part.index.value == Decimal("2.75")
        assert printed(part.index.value) == "2,8"
        assert [c.clause.code for c in part.weakest] == ["4.3"]
        assert printed(part.weakest[0].score) == "0,0"

    def test_nine_at_four_and_three_open_is_provisional(self):
        index = evaluate(principles([rated(4)] * 9 + [OPEN] * 3)).principles.index

        assert index.coverage == Decimal("0.75")
        assert index.is_provisional
        assert (index.value, index.evidenced) == (None, None)
        assert (printed(index.lower), printed(index.upper)) == ("3,0", "4,0")

    def test_own_statement_carries_level_one(self):
        result = evaluate(principles([rated(4, evidence_grade=0)] * 12))

        assert printed(result.principles.index.value) == "4,0"
        assert printed(result.principles.index.evidenced) == "1,0"

    def test_gap_and_priority(self):
        one = clause("1.1", [rated(1), rated(2)], binding=Binding.MUST, level=3, importance=3, effort=1)

        found = by_code(evaluate(record([one])))["1.1"]

        assert (printed(found.score), printed(found.gap), printed(found.priority)) == ("1,5", "1,5", "9,0")

    @pytest.mark.parametrize(
        ("start", "now", "target", "share"),
        [
            (1, 2, 3, "50\N{NO-BREAK SPACE}%"),
            (3, 3, 3, "100\N{NO-BREAK SPACE}%"),
            (3, 2, 3, "–"),
            (4, 3, 3, "100\N{NO-BREAK SPACE}%"),
        ],
    )
    def test_progress(self, start, now, target, share):
        assert percent(progress_share(Decimal(start), Decimal(now), target)) == share

    def test_a_clause_that_does_not_apply_stays_out_of_its_guideline(self):
        answers = [NOT_APPLICABLE, rated(1), rated(2)] + [rated(4)] * 9

        result = evaluate(principles(answers))

        assert printed(by_code(result)["1.1"].score) == "–"
        assert printed(result.guidelines[0].index.value) == "1,5"


@pytest.mark.parametrize(
    ("fraction", "text"),
    [("2.25", "2,3"), ("2.24", "2,2"), ("0.05", "0,1"), ("2.75", "2,8"), ("4", "4,0"), ("0", "0,0")],
)
def test_figures_are_rounded_half_up_when_printed(fraction, text):
    assert printed(decimal(Fraction(fraction))) == text


def test_coverage_of_exactly_eighty_percent_is_not_provisional():
    one = clause("1.1", [rated(2)] * 4 + [OPEN])

    index = evaluate(record([one])).guidelines[0].index

    assert index.coverage == Decimal("0.8")
    assert index.value == 2


def test_the_two_indices_are_never_merged():
    both = record([clause("1.1", [rated(4)]), clause("a", [rated(0)])])

    result = evaluate(both)

    assert (result.principles.index.value, result.recommendations.index.value) == (4, 0)


def test_duties_are_counted_by_what_is_known_of_them():
    answers = {"1.1": rated(2), "1.2": rated(1), "1.3": OPEN, "2.1": NOT_APPLICABLE, "2.2": NOT_OURS}
    result = evaluate(
        record([clause(code, [answer], binding=Binding.MUST) for code, answer in answers.items()])
    )

    duties = result.duties

    assert [d.criterion.code for d in duties.met] == ["1.1-1"]
    assert [d.criterion.code for d in duties.unmet] == ["1.2-1"]
    assert [d.criterion.code for d in duties.open] == ["1.3-1"]
    assert [d.criterion.code for d in duties.exempt] == ["2.1-1", "2.2-1"]
    assert duties.counted == 3


def test_equal_priorities_share_a_rank():
    result = evaluate(
        record([clause("1.1", [rated(1)]), clause("1.2", [rated(2)]), clause("1.3", [rated(1)])])
    )

    assert [(g.rank, g.result.clause.code) for g in result.gaps] == [(1, "1.1"), (1, "1.3"), (3, "1.2")]


def test_thirds_add_up_exactly():
    third = [rated(1), rated(1), rated(2)]

    result = evaluate(record([clause(code, third) for code in PRINCIPLES]))

    assert {c.score for c in result.clauses} == {result.principles.index.value}


def test_progress_calls_a_small_change_unchanged():
    start = evaluate(record([clause("1.1", [rated(2)] * 4), clause("1.2", [rated(2)])]))
    now = evaluate(record([clause("1.1", [rated(2)] * 3 + [rated(3)]), clause("1.2", [rated(3)])]))

    found = progress(now, start)

    assert [(step.clause.clause.code, step.change, step.is_noticeable) for step in found.steps] == [
        ("1.1", Decimal("0.25"), False),
        ("1.2", Decimal(1), True),
    ]
    assert found.not_compared == ()


class TestOnlyLikeIsComparedWithLike:
    @pytest.mark.parametrize("code", ["2021", "2030"])
    def test_a_clause_that_asks_something_else(self, code):
        """Within one edition another wording is a mended spelling; between two it may be another question."""
        start = record([clause("1.1", [rated(1)]), clause("1.2", [rated(1)]), clause("1.3", [rated(1)])])
        edition = start.edition.model_copy(update={"code": code})
        reworded = clause("1.2", [rated(2)])
        reworded = reworded.model_copy(
            update={"criteria": (reworded.criteria[0].model_copy(update={"question": "Eine andere Frage?"}),)}
        )
        more = clause("1.3", [rated(2), rated(2)])
        new = clause("2.1", [rated(2)])
        now = record([clause("1.1", [rated(2)]), reworded, more, new]).model_copy(update={"edition": edition})

        found = progress(evaluate(now), evaluate(start))

        alike, others = (
            (["1.1", "1.2"], ["1.3", "2.1"]) if code == "2021" else (["1.1"], ["1.2", "1.3", "2.1"])
        )
        assert [step.clause.clause.code for step in found.steps] == alike
        assert told(found) == [("andere Fragen gestellt", others)]

    def test_a_clause_that_is_answered_in_part(self):
        start = record([clause("1.1", [rated(2)] * 4), clause("1.2", [rated(2), OPEN])])
        now = record([clause("1.1", [rated(4), OPEN, OPEN, OPEN]), clause("1.2", [rated(2), rated(2)])])

        found = progress(evaluate(now), evaluate(start))

        assert found.steps == ()
        assert told(found) == [("nicht in beiden vollständig beantwortet", ["1.1", "1.2"])]

    def test_a_low_value_that_no_longer_counts_is_no_progress(self):
        start = record([clause("1.1", [rated(4), rated(0)]), clause("1.2", [rated(4), NOT_OURS])])
        now = record([clause("1.1", [rated(4), NOT_APPLICABLE]), clause("1.2", [rated(4), NOT_APPLICABLE])])

        found = progress(evaluate(now), evaluate(start))

        assert [(step.clause.clause.code, step.change) for step in found.steps] == [("1.2", 0)]
        assert told(found) == [("nicht dieselben Fragen bewertet", ["1.1"])]

    def test_a_clause_without_a_value(self):
        either = evaluate(record([clause("1.1", [NOT_APPLICABLE])]))

        assert told(progress(either, either)) == [("in beiden keine Frage bewertet", ["1.1"])]


def told(found: Progress) -> list[tuple[str, list[str]]]:
    return [(name, [clause.code for clause in clauses]) for name, clauses in found.obstacles]


@given(records(), st.data())
def test_the_range_contains_whatever_completing_the_open_answers_gives(before: Record, data: st.DataObject):
    open_ones = [k.code for c in before.clauses for k in c.criteria if k.answer.state is AnswerState.OPEN]
    completion = {
        code: data.draw(st.one_of(st.just(NOT_APPLICABLE), st.just(NOT_OURS), st.integers(0, 4).map(rated)))
        for code in open_ones
    }

    old, new = evaluate(before), evaluate(with_answers(before, completion))

    for was, now in ((old.principles, new.principles), (old.recommendations, new.recommendations)):
        if now.index.value is not None:
            assert was.index.lower is not None
            assert was.index.upper is not None
            assert within(was.index.lower, now.index.value, was.index.upper)


def within(lower: Decimal, value: Decimal, upper: Decimal) -> bool:
    """Figures leave `scoring` rounded to 28 digits; the last one may differ."""
    return lower - Decimal("1e-26") <= value <= upper + Decimal("1e-26")


@given(records(), st.data())
def test_raising_a_level_lowers_nothing_but_gaps_and_priorities(before: Record, data: st.DataObject):
    raisable = [
        k
        for c in before.clauses
        for k in c.criteria
        if k.answer.state is AnswerState.RATED and k.answer.level != 4
    ]
    if not raisable:
        return
    chosen = data.draw(st.sampled_from(raisable))
    higher = chosen.answer.model_copy(update={"level": chosen.answer.level + 1})

    old, new = evaluate(before), evaluate(with_answers(before, {chosen.code: higher}))

    for was, now in zip(figures(old), figures(new), strict=True):
        assert (was is None) == (now is None)
        assert was is None or now >= was - Decimal("1e-26")
    assert len(new.duties.met) >= len(old.duties.met)
    for earlier, later in zip(old.clauses, new.clauses, strict=True):
        assert earlier.gap is None or later.gap <= earlier.gap
        assert earlier.priority is None or later.priority <= earlier.priority


def figures(result: Result) -> list[Decimal | None]:
    """Every figure that may only rise with a level."""
    found: list[Decimal | None] = [result.coverage]
    for part in (result.principles, result.recommendations):
        found += [part.index.value, part.index.evidenced, part.index.lower, part.index.upper, part.attainment]
        found.append(part.weakest[0].score if part.weakest else None)
    for guideline in result.guidelines:
        found += [guideline.index.value, guideline.index.lower, guideline.index.upper]
    for one in result.clauses:
        found += [one.score, one.evidenced, one.lower, one.upper]
    return found


@given(records(), st.randoms())
def test_the_order_of_answers_changes_nothing(before: Record, random):
    shuffled = before.model_copy(
        update={
            "clauses": tuple(
                c.model_copy(update={"criteria": tuple(random.sample(c.criteria, len(c.criteria)))})
                for c in before.clauses
            )
        }
    )

    assert figures(evaluate(before)) == figures(evaluate(shuffled))


@st.composite
def records_with_ideals(draw: st.DrawFn) -> Record:
    """Records of an edition with eight ideals, whose criteria serve any of them, or one that is not among them."""
    value = draw(records())
    codes = [f"ideal-{n}" for n in range(8)]
    served = st.lists(st.sampled_from([*codes, "unbekannt"]), max_size=4).map(tuple)
    clauses = tuple(
        c.model_copy(
            update={"criteria": tuple(k.model_copy(update={"ideals": draw(served)}) for k in c.criteria)}
        )
        for c in value.clauses
    )
    ideals = tuple(IdealValue(code=code, title=code) for code in codes)
    edition = value.edition.model_copy(update={"ideals": ideals})
    return value.model_copy(update={"edition": edition, "clauses": clauses})


@given(records_with_ideals())
def test_each_asked_question_counts_once_with_every_ideal_it_serves(value: Record):
    found = evaluate(value).ideals

    assert tuple(item.ideal for item in found) == value.edition.ideals
    for item in found:
        serving = [k for c in value.clauses for k in c.criteria if item.ideal.code in k.ideals]
        assert item.asked == sum(item.levels) + item.open + item.exempt == len(serving)
        assert item.open == sum(k.answer.state is AnswerState.OPEN for k in serving)
        assert len(item.levels) == 5


@given(records_with_ideals(), st.data())
def test_answering_a_question_moves_it_for_each_ideal_it_serves(before: Record, data: st.DataObject):
    codes = [k.code for c in before.clauses for k in c.criteria]
    code = data.draw(st.sampled_from(codes))
    level = data.draw(st.integers(0, 4))
    cleared = evaluate(with_answers(before, {code: OPEN}))

    for answer, moved in ((rated(level), "level"), (NOT_APPLICABLE, "exempt"), (NOT_OURS, "exempt")):
        answered = evaluate(with_answers(before, {code: answer}))

        for was, now in zip(cleared.ideals, answered.ideals, strict=True):
            serves = was.ideal.code in before.criterion(code).ideals
            assert (was.asked, was.open - now.open) == (now.asked, serves)
            assert now.exempt - was.exempt == (serves and moved == "exempt")
            assert now.levels[level] - was.levels[level] == (serves and moved == "level")


@given(records())
def test_every_figure_lies_where_it_must(value: Record):
    result = evaluate(value)

    for part in (result.principles, result.recommendations):
        index = part.index
        assert index.is_provisional == (index.answered * 100 < 80 * index.asked)
        if index.is_provisional:
            assert index.value is None
        if index.value is not None:
            assert within(index.lower, index.value, index.upper)
            assert index.evidenced <= index.value
        assert part.attainment is None or 0 <= part.attainment <= 1
    for one in result.clauses:
        if one.score is not None:
            assert 0 <= one.score <= 4
            assert one.gap == max(Decimal(0), one.target - one.score) or within(
                one.gap, one.target - one.score, one.gap
            )


def test_exempting_a_criterion_needs_a_reason():
    with pytest.raises(ValueError, match="Begründung"):
        criterion("1.1-1", NOT_APPLICABLE.model_validate({"state": "not_applicable", "reason": " "}))
