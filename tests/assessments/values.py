"""Small Records for tests of the arithmetic, and hypothesis strategies that make any Record."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from hypothesis import strategies as st

from assessments.record import (
    AnswerState,
    AnswerValue,
    Binding,
    ClauseValue,
    CriterionValue,
    EditionValue,
    Form,
    GuidelineValue,
    Kind,
    MunicipalityValue,
    Record,
    TargetValue,
)

PRINCIPLES = tuple(f"{guideline}.{n}" for guideline in range(1, 5) for n in range(1, 4))
RECOMMENDATIONS = tuple("abcdefghijkl")
OPEN = AnswerValue()
NOT_APPLICABLE = AnswerValue(state=AnswerState.NOT_APPLICABLE, reason="gibt es hier nicht")
NOT_OURS = AnswerValue(state=AnswerState.NOT_OUR_COMPETENCE, competent_body="Land", demand="Bitte regeln")


def rated(level: int, evidence_grade: int = 4) -> AnswerValue:
    """A rated answer, by default with evidence that carries every level."""
    return AnswerValue(state=AnswerState.RATED, level=level, evidence_grade=evidence_grade)


def criterion(
    code: str, answer: AnswerValue = OPEN, *, binding: Binding = Binding.SHOULD, is_key: bool = False
) -> CriterionValue:
    """A criterion whose texts do not matter."""
    return CriterionValue(
        code=code,
        is_key=is_key,
        short_title=f"Kurz {code}",
        question="Frage?",
        levels=("nichts", "geplant", "da", "verankert", "geprüft"),
        steps=("planen", "anfangen", "verankern", "prüfen"),
        binding=binding,
        place="1.1, Absatz 1",
        ideals=(),
        answer=answer,
    )


def clause(
    code: str, answers: Sequence[AnswerValue], *, binding: Binding = Binding.SHOULD, **target: Any
) -> ClauseValue:
    """A clause with one criterion for each answer; keywords set its target."""
    principle = code in PRINCIPLES
    return ClauseValue(
        code=code,
        kind=Kind.PRINCIPLE if principle else Kind.RECOMMENDATION,
        guideline=code[0] if principle else None,
        title=f"Titel {code}",
        short_title=f"Kurz {code}",
        summary="",
        advice=(),
        target=TargetValue(**target),
        criteria=tuple(
            criterion(f"{code}-{n}", answer, binding=binding, is_key=n == 1)
            for n, answer in enumerate(answers, 1)
        ),
    )


def record(clauses: Sequence[ClauseValue]) -> Record:
    """A Record of these clauses."""
    return Record(
        title="Einschätzung",
        reference_date=date(2026, 6, 30),
        form=Form.FULL,
        municipality=MunicipalityValue(
            ags="99000001",
            name="Musterstadt",
            kind="Stadt",
            federal_state="Musterland",
            district="",
            population=None,
        ),
        edition=EditionValue(
            code="2021",
            title="Smart City Charta",
            subtitle="",
            publisher="",
            terms="",
            issued=date(2021, 5, 1),
            guidelines=tuple(
                GuidelineValue(code=str(n), title=f"Leitlinie {n}", short_title=f"Leitlinie {n}")
                for n in range(1, 5)
            ),
            ideals=(),
        ),
        clauses=tuple(clauses),
    )


def principles(answers: Sequence[AnswerValue]) -> Record:
    """The twelve principles with one criterion each, as METHOD's vectors have them."""
    return record([clause(code, [answer]) for code, answer in zip(PRINCIPLES, answers, strict=True)])


answers = st.one_of(
    st.just(OPEN),
    st.just(NOT_APPLICABLE),
    st.just(NOT_OURS),
    st.builds(rated, st.integers(0, 4), st.integers(0, 4)),
)


@st.composite
def records(draw: st.DrawFn) -> Record:
    """Any Record with all 24 clauses, one to three criteria each."""
    return record(
        [
            clause(
                code,
                draw(st.lists(answers, min_size=1, max_size=3)),
                binding=draw(st.sampled_from(Binding)),
                level=draw(st.integers(0, 4)),
                importance=draw(st.integers(1, 3)),
                effort=draw(st.integers(1, 3)),
            )
            for code in PRINCIPLES + RECOMMENDATIONS
        ]
    )


def with_answers(value: Record, new: dict[str, AnswerValue]) -> Record:
    """The same Record with other answers to the criteria named."""
    return value.model_copy(
        update={
            "clauses": tuple(
                c.model_copy(
                    update={
                        "criteria": tuple(
                            k.model_copy(update={"answer": new.get(k.code, k.answer)}) for k in c.criteria
                        )
                    }
                )
                for c in value.clauses
            )
        }
    )
