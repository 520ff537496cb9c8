"""Result -> JSON: every figure METHOD names, each as it is printed and unrounded."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Annotated

from pydantic import Field

from assessments.record import AnswerState, CriterionValue, Form, Kind, Value
from assessments.scoring import (
    HIGHEST,
    OBSTACLE_NAMES,
    ClauseResult,
    Duties,
    Duty,
    IdealResult,
    Index,
    Obstacle,
    Part,
    Result,
    Step,
    evidenced_level,
    printed,
    progress,
)

Exact = Annotated[
    str,
    Field(
        pattern=r"^-?[0-9]+(\.[0-9]+)?$",
        description="Ungerundet, als Dezimalzahl mit bis zu 28 Stellen. Hiermit rechnen und vergleichen.",
    ),
]


class Figure(Value):
    """A score, gap or priority."""

    printed: float = Field(
        description="So gedruckt auf Seite und in Berichten: auf eine Stelle gerundet, ab 5 nach oben."
    )
    exact: Exact

    @classmethod
    def of(cls, value: Decimal) -> Figure:
        """A figure, twice."""
        return cls(printed=_rounded(value), exact=f"{value:f}")


class Share(Value):
    """A part of a whole."""

    percent: float = Field(description="So gedruckt: Prozent, auf eine Stelle gerundet, ab 5 nach oben.")
    exact: Exact

    @classmethod
    def of(cls, value: Decimal) -> Share:
        """A share 0–1, twice."""
        return cls(percent=_rounded(value * 100), exact=f"{value:f}")


def _rounded(value: Decimal) -> float:
    return float(printed(value, comma=False))


def _figure(value: Decimal | None) -> Figure | None:
    """None where a dash is printed."""
    return None if value is None else Figure.of(value)


def _share(value: Decimal | None) -> Share | None:
    """None where a dash is printed."""
    return None if value is None else Share.of(value)


class IndexFigures(Value):
    """A mean above clauses."""

    value: Figure | None = Field(
        description="Angegebener Wert; leer, solange der Index vorläufig ist: dann gilt nur die Spanne."
    )
    evidenced: Figure | None = Field(
        description="Belegter Wert: dieselben Mittelwerte über die belegten Stufen."
    )
    lower: Figure | None = Field(description="Untere Grenze der Spanne: jede offene Frage zählt 0.")
    upper: Figure | None = Field(description="Obere Grenze der Spanne: jede offene Frage zählt 4.")
    answered: int = Field(description="Beantwortete Fragen.")
    asked: int = Field(description="Gestellte Fragen.")
    coverage: Share = Field(description="answered ÷ asked.")
    is_provisional: bool = Field(description="Vorläufig: weniger als 80 % beantwortet.")

    @classmethod
    def of(cls, index: Index) -> IndexFigures:
        """The figures of an Index."""
        return cls(
            value=_figure(index.value),
            evidenced=_figure(index.evidenced),
            lower=_figure(index.lower),
            upper=_figure(index.upper),
            answered=index.answered,
            asked=index.asked,
            coverage=Share.of(index.coverage),
            is_provisional=index.is_provisional,
        )


class PartFigures(Value):
    """One half of the Charter."""

    index: IndexFigures
    weakest: tuple[str, ...] = Field(description="Die Abschnitte mit dem niedrigsten Wert, nach Nummer.")
    attainment: Share | None = Field(
        description="Zielerreichung: Summe der kleineren von Wert und Ziel ÷ Summe der Ziele. Leer, solange vorläufig."
    )

    @classmethod
    def of(cls, part: Part) -> PartFigures:
        """The figures of a Part, as far as they are printed."""
        return cls(
            index=IndexFigures.of(part.index),
            weakest=tuple(item.clause.code for item in part.weakest),
            attainment=None if part.index.is_provisional else _share(part.attainment),
        )


class CriterionFigures(Value):
    """One question."""

    code: str
    state: AnswerState
    level: int | None = Field(description="Angegebene Stufe, 0 bis 4.")
    evidenced_level: int | None = Field(description="Belegte Stufe: die angegebene, höchstens Beleggrad + 1.")

    @classmethod
    def of(cls, criterion: CriterionValue) -> CriterionFigures:
        """The levels of an answer."""
        is_rated = criterion.answer.state is AnswerState.RATED
        return cls(
            code=criterion.code,
            state=criterion.answer.state,
            level=criterion.answer.level,
            evidenced_level=evidenced_level(criterion) if is_rated else None,
        )


class ClauseFigures(Value):
    """One principle or recommendation."""

    code: str
    kind: Kind
    guideline: str | None
    title: str
    short_title: str
    score: Figure | None = Field(
        description="Mittelwert der Stufen der bewerteten Fragen; leer ohne bewertete Frage."
    )
    evidenced: Figure | None = Field(description="Mittelwert der belegten Stufen.")
    lower: Figure | None = Field(description="Untere Grenze: jede offene Frage zählt 0.")
    upper: Figure | None = Field(description="Obere Grenze: jede offene Frage zählt 4.")
    answered: int
    asked: int
    target: int = Field(description="Ziel, 0 bis 4.")
    importance: int = Field(description="Wichtigkeit, 1 bis 3.")
    effort: int = Field(description="Aufwand, 1 bis 3.")
    gap: Figure | None = Field(description="Lücke: Ziel − Wert, mindestens 0.")
    priority: Figure | None = Field(
        description="Lücke × Wichtigkeit × (2 bei unerfüllter Pflicht, sonst 1) ÷ Aufwand."
    )
    rank: int | None = Field(
        description="Platz unter den Lücken, die dringendste zuerst; gleiche Prioritäten teilen ihn."
    )
    has_unmet_duty: bool
    criteria: tuple[CriterionFigures, ...]

    @classmethod
    def of(cls, item: ClauseResult, rank: int | None) -> ClauseFigures:
        """The figures of a clause and its place among the gaps."""
        clause = item.clause
        return cls(
            code=clause.code,
            kind=clause.kind,
            guideline=clause.guideline,
            title=clause.title,
            short_title=clause.short_title,
            score=_figure(item.score),
            evidenced=_figure(item.evidenced),
            lower=_figure(item.lower),
            upper=_figure(item.upper),
            answered=item.answered,
            asked=item.asked,
            target=item.target,
            importance=clause.target.importance,
            effort=clause.target.effort,
            gap=_figure(item.gap),
            priority=_figure(item.priority),
            rank=rank,
            has_unmet_duty=item.has_unmet_duty,
            criteria=tuple(map(CriterionFigures.of, clause.criteria)),
        )


class GuidelineFigures(Value):
    """One Leitlinie."""

    code: str
    title: str
    short_title: str
    index: IndexFigures
    weakest: tuple[str, ...] = Field(description="Ihre Grundsätze mit dem niedrigsten Wert, nach Nummer.")


class DutiesFigures(Value):
    """The `must` criteria, by code."""

    counted: int = Field(description="Pflichten, die hier gelten: das Ganze in „14 von 17“.")
    met: tuple[str, ...] = Field(description="Erfüllt: Stufe 2 oder mehr.")
    unmet: tuple[str, ...] = Field(description="Nicht erfüllt.")
    open: tuple[str, ...] = Field(description="Noch nicht beantwortet.")
    exempt: tuple[str, ...] = Field(
        description="Nicht mitgezählt: trifft nicht zu, oder eine andere Ebene ist zuständig."
    )

    @classmethod
    def of(cls, duties: Duties) -> DutiesFigures:
        """The duties by what became of them."""
        return cls(
            counted=duties.counted,
            met=_codes(duties.met),
            unmet=_codes(duties.unmet),
            open=_codes(duties.open),
            exempt=_codes(duties.exempt),
        )


def _codes(duties: Sequence[Duty]) -> tuple[str, ...]:
    return tuple(duty.criterion.code for duty in duties)


class IdealFigures(Value):
    """How the questions that serve one ideal stand. A question may serve several, so the rows do not add up."""

    code: str
    title: str
    asked: int = Field(description="Gestellte Fragen, die dem Leitbild dienen.")
    levels: tuple[int, ...] = Field(
        min_length=HIGHEST + 1,
        max_length=HIGHEST + 1,
        description="Wie viele davon auf den Stufen 0 bis 4 stehen, der Reihe nach.",
    )
    open: int = Field(description="Noch nicht beantwortet.")
    exempt: int = Field(
        description="Nicht zu bewerten: trifft nicht zu, oder eine andere Ebene ist zuständig."
    )

    @classmethod
    def of(cls, item: IdealResult) -> IdealFigures:
        """The counts of an ideal."""
        return cls(
            code=item.ideal.code,
            title=item.ideal.title,
            asked=item.asked,
            levels=item.levels,
            open=item.open,
            exempt=item.exempt,
        )


class StepFigures(Value):
    """The way of one clause toward its target."""

    code: str
    start: Figure = Field(description="Wert der Vorgängerin.")
    now: Figure | None
    change: Figure
    is_noticeable: bool = Field(description="Falsch: „unverändert“, die Änderung ist kleiner als 0,3.")
    share: Share | None = Field(description="(jetzt − vorher) ÷ (Ziel − vorher).")

    @classmethod
    def of(cls, step: Step) -> StepFigures:
        """The figures of a step."""
        return cls(
            code=step.clause.clause.code,
            start=Figure.of(step.start),
            now=_figure(step.clause.score),
            change=Figure.of(step.change),
            is_noticeable=step.is_noticeable,
            share=_share(step.share),
        )


class NotCompared(Value):
    """A clause whose values cannot be put side by side."""

    code: str
    reason: Obstacle = Field(
        description="; ".join(f"{obstacle}: {name}" for obstacle, name in OBSTACLE_NAMES.items()) + "."
    )


class ProgressFigures(Value):
    """What became of it since the predecessor."""

    title: str = Field(description="Titel der Vorgängerin.")
    reference_date: date
    edition: str
    clauses: tuple[StepFigures, ...] = Field(
        description="Abschnitte, in denen beide dieselben Fragen stellen, vollständig beantworten und bewerten."
    )
    not_compared: tuple[NotCompared, ...] = Field(description="Die übrigen Abschnitte, mit dem Grund.")


class ResultFigures(Value):
    """Every figure of one Record, and how it stands to its predecessor's."""

    sha256: str = Field(description="Prüfsumme des Datensatzes, aus dem gerechnet wurde.")
    title: str
    reference_date: date
    form: Form
    edition: str
    answered: int
    asked: int
    coverage: Share = Field(description="Beantwortet: answered ÷ asked.")
    guideline_index: PartFigures = Field(description="Leitlinienindex, über die Grundsätze 1.1 bis 4.3.")
    implementation_index: PartFigures = Field(description="Umsetzungsindex, über die Empfehlungen a bis l.")
    guidelines: tuple[GuidelineFigures, ...]
    clauses: tuple[ClauseFigures, ...]
    duties: DutiesFigures
    ideals: tuple[IdealFigures, ...] = Field(description="Das zweite Profil: gezählt, nicht gemittelt.")
    progress: ProgressFigures | None = Field(description="Leer ohne Vorgängerin.")

    @classmethod
    def of(cls, result: Result, start: Result | None) -> ResultFigures:
        """The figures of a Result; `start` is the predecessor's."""
        record = result.record
        ranks = {gap.result.clause.code: gap.rank for gap in result.gaps}
        return cls(
            sha256=record.sha256,
            title=record.title,
            reference_date=record.reference_date,
            form=record.form,
            edition=record.edition.code,
            answered=result.answered,
            asked=result.asked,
            coverage=Share.of(result.coverage),
            guideline_index=PartFigures.of(result.principles),
            implementation_index=PartFigures.of(result.recommendations),
            guidelines=tuple(
                GuidelineFigures(
                    code=item.guideline.code,
                    title=item.guideline.title,
                    short_title=item.guideline.short_title,
                    index=IndexFigures.of(item.index),
                    weakest=tuple(clause.clause.code for clause in item.weakest),
                )
                for item in result.guidelines
            ),
            clauses=tuple(ClauseFigures.of(item, ranks.get(item.clause.code)) for item in result.clauses),
            duties=DutiesFigures.of(result.duties),
            ideals=tuple(map(IdealFigures.of, result.ideals)),
            progress=_progress(result, start) if start else None,
        )


def _progress(now: Result, start: Result) -> ProgressFigures:
    found = progress(now, start)
    return ProgressFigures(
        title=start.record.title,
        reference_date=start.record.reference_date,
        edition=start.record.edition.code,
        clauses=tuple(map(StepFigures.of, found.steps)),
        not_compared=tuple(
            NotCompared(code=item.clause.code, reason=obstacle) for item, obstacle in found.not_compared
        ),
    )
