"""The Record: everything one assessment says, as plain frozen values.

One shape in three places: what scoring reads, what `manage.py export` writes, and what is frozen when an
assessment becomes final. Pure: no database, no Django.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from datetime import date
from enum import StrEnum
from typing import Annotated, Literal, Protocol

from pydantic import BaseModel, ConfigDict, Field, model_validator

from guidelines.spelling import is_mended_typo

GOVERNMENTS = frozenset({"Bund", "Länder"})  # stakeholders whom a council asks for something
MUNICIPALITIES = "Kommunen"  # the stakeholder whose part the criteria ask for

Level = Annotated[int, Field(ge=0, le=4, strict=True)]
Weight = Annotated[int, Field(ge=1, le=3, strict=True)]


class AnswerState(StrEnum):
    """What can be answered (METHOD, "What can be answered")."""

    OPEN = "open"
    RATED = "rated"
    NOT_APPLICABLE = "not_applicable"
    NOT_OUR_COMPETENCE = "not_our_competence"


class Form(StrEnum):
    """The short form asks the key criteria alone, the full form all."""

    SHORT = "short"
    FULL = "full"


class Kind(StrEnum):
    """The two halves of the Charter."""

    PRINCIPLE = "principle"
    RECOMMENDATION = "recommendation"


class Binding(StrEnum):
    """Binding force of a criterion; a `must` is a duty."""

    MUST = "must"
    SHOULD = "should"
    MAY = "may"


class Value(BaseModel):
    """A frozen value; unknown fields are refused, so that a foreign file never passes for a Record."""

    model_config = ConfigDict(frozen=True, extra="forbid")


def _left_out(value: object) -> bool:
    """Fields added after the first release stay out of the file while empty: an older one keeps its checksum."""
    return not value


class MunicipalityValue(Value):
    """Who assesses itself."""

    ags: str
    name: str
    kind: str
    federal_state: str
    district: str
    population: int | None
    arms: str = Field(default="", exclude_if=_left_out)  # SHA-256 of the picture that the reports show


class TargetValue(Value):
    """What the municipality aims at in one clause, and how it weighs the clause."""

    level: Level = 3
    year: int | None = None
    reason: str = ""
    importance: Weight = 2
    effort: Weight = 2


class RemarkValue(Value):
    """A comment that is meant for the report: who wrote it, by role, and on which day."""

    role: str
    text: str
    day: date


class ExhibitKind(StrEnum):
    """A link, or the kind of a file."""

    LINK = "link"
    PDF = "pdf"
    PNG = "png"
    JPEG = "jpeg"
    DOCX = "docx"
    XLSX = "xlsx"
    ODT = "odt"
    ODS = "ods"


class ExhibitValue(Value):
    """One piece of evidence: a link with its address, or a file with its name, size in bytes and SHA-256."""

    kind: ExhibitKind
    title: str
    address: str = ""
    file_name: str = ""
    size: Annotated[int, Field(ge=0, strict=True)] = 0
    sha256: str = ""


class AnswerValue(Value):
    """One answer. A level stands exactly with state "rated"; the other states need their reasons."""

    state: AnswerState = AnswerState.OPEN
    level: Level | None = None
    reason: str = ""
    competent_body: str = ""
    demand: str = ""
    evidence_grade: Level = 0
    evidence: str = ""
    comment: str = ""
    answered_by: str = Field(default="", exclude_if=_left_out)  # names of roles, never of people
    confirmed_by: str = Field(default="", exclude_if=_left_out)
    remarks: tuple[RemarkValue, ...] = Field(default=(), exclude_if=_left_out)
    exhibits: tuple[ExhibitValue, ...] = Field(default=(), exclude_if=_left_out)

    @model_validator(mode="after")
    def _complete(self) -> AnswerValue:
        if (self.state is AnswerState.RATED) != (self.level is not None):
            raise ValueError("Eine Stufe gehört genau zu einer bewerteten Antwort.")
        if self.state is AnswerState.NOT_APPLICABLE and not self.reason.strip():
            raise ValueError("„Trifft nicht zu“ braucht eine Begründung.")
        if self.state is AnswerState.NOT_OUR_COMPETENCE and not (
            self.competent_body.strip() and self.demand.strip()
        ):
            raise ValueError(
                "„Andere Ebene zuständig“ braucht die zuständige Stelle und die Forderung an sie."
            )
        return self


def wording(levels: Sequence[str], level: int) -> str:
    """What a level says by itself: the highest adds to the one below it, which therefore stands first."""
    return " ".join(levels[level - 1 : level + 1]) if level == len(levels) - 1 else levels[level]


class Question(Protocol):
    """What `Record.asks_alike` needs to know of a question, in the Record or in the edition."""

    @property
    def code(self) -> str: ...

    @property
    def meaning(self) -> tuple[str, ...]: ...


class CriterionValue(Value):
    """One question as it was worded when it was answered, with its answer."""

    code: str
    is_key: bool
    short_title: str
    question: str
    levels: tuple[str, str, str, str, str]
    steps: tuple[str, str, str, str]
    binding: Binding
    place: str
    ideals: tuple[str, ...]
    answer: AnswerValue = AnswerValue()

    @property
    def meaning(self) -> tuple[str, ...]:
        """What an answer refers to; see `Record.asks_alike`."""
        return (self.question, *self.levels)

    @property
    def level_text(self) -> str:
        """What the chosen level says; "" of a criterion that is not rated."""
        return "" if self.answer.level is None else wording(self.levels, self.answer.level)

    @property
    def next_step(self) -> str:
        """What leads to the next level; "" above the highest, and of a criterion that is not rated."""
        level = self.answer.level
        return "" if level is None or level == len(self.steps) else self.steps[level]


class AdviceValue(Value):
    """What a recommendation asks of others than the municipality."""

    stakeholders: tuple[str, ...]
    text: str

    @property
    def is_for_others(self) -> bool:
        """Whether it addresses, alone or among others, somebody else than municipalities."""
        return bool({*self.stakeholders} - {MUNICIPALITIES})


class ClauseValue(Value):
    """A principle (with the code of its guideline) or a recommendation (without)."""

    code: str
    kind: Kind
    guideline: str | None
    title: str
    short_title: str
    summary: str
    advice: tuple[AdviceValue, ...]
    target: TargetValue = TargetValue()
    criteria: tuple[CriterionValue, ...]

    @model_validator(mode="after")
    def _placed(self) -> ClauseValue:
        if (self.kind is Kind.PRINCIPLE) != (self.guideline is not None):
            raise ValueError("Ein Grundsatz gehört zu einer Leitlinie, eine Handlungsempfehlung zu keiner.")
        return self


class LinkKind(StrEnum):
    """How two criteria stand to each other."""

    SUPPORTS = "supports"
    WEIGH = "weigh"


class LinkValue(Value):
    """Two criteria, by code: one helps the other, or the council has to weigh them against each other."""

    criterion: str
    kind: LinkKind
    other: str
    sentence: str


class GuidelineValue(Value):
    """One of the four Leitlinien."""

    code: str
    title: str
    short_title: str


class IdealValue(Value):
    """One of the eight attributes of a Smart City."""

    code: str
    title: str


class EditionValue(Value):
    """The edition of the Charter that was assessed."""

    code: str
    title: str
    subtitle: str
    publisher: str
    terms: str = ""  # fields added after the first release have defaults: an older file stays readable
    issued: date
    guidelines: tuple[GuidelineValue, ...]
    ideals: tuple[IdealValue, ...]


class PointKind(StrEnum):
    """Why something about a question is not settled, in the order in which it is told."""

    UNANSWERED = "unanswered"
    TAKEN_OVER = "taken_over"  # from the predecessor, and confirmed by nobody for this year
    RETURNED = "returned"
    UNCONFIRMED = "unconfirmed"  # told once the assessment has been handed over for review
    UNEXPLAINED = "unexplained"  # an unmet duty without a comment


class OpenPoint(Value):
    """Something about one question, by code, that is not settled; in a final assessment it was left open."""

    criterion: str
    kind: PointKind


class Record(Value):
    """One assessment, whole. `clauses` stand in the Charter's order: principles first."""

    format: Literal["charta-check/1"] = "charta-check/1"
    title: str
    reference_date: date
    form: Form
    municipality: MunicipalityValue
    edition: EditionValue
    clauses: tuple[ClauseValue, ...]
    links: tuple[LinkValue, ...] = ()
    open_points: tuple[OpenPoint, ...] = Field(default=(), exclude_if=_left_out)
    open_reason: str = Field(default="", exclude_if=_left_out)  # why they were left open

    @model_validator(mode="after")
    def _consistent(self) -> Record:
        guidelines = [guideline.code for guideline in self.edition.guidelines]
        codes = [clause.code for clause in self.clauses]
        criteria = [criterion.code for clause in self.clauses for criterion in clause.criteria]
        for names in (guidelines, codes, criteria):
            if len(set(names)) != len(names):
                raise ValueError("Eine Nummer kommt doppelt vor.")
        if {code for link in self.links for code in (link.criterion, link.other)} - {*criteria}:
            raise ValueError("Eine Verbindung nennt eine Prüffrage, die es nicht gibt.")
        if {point.criterion for point in self.open_points} - {*criteria}:
            raise ValueError("Ein offener Punkt nennt eine Prüffrage, die es nicht gibt.")
        if {clause.guideline for clause in self.clauses} - {None, *guidelines}:
            raise ValueError("Ein Grundsatz nennt eine Leitlinie, die es nicht gibt.")
        return self

    @property
    def unconfirmed(self) -> tuple[CriterionValue, ...]:
        """The questions that are answered and whose answer nobody has confirmed."""
        criteria = (criterion for clause in self.clauses for criterion in clause.criteria)
        return tuple(
            criterion
            for criterion in criteria
            if criterion.answer.state is not AnswerState.OPEN and not criterion.answer.confirmed_by
        )

    def criterion(self, code: str) -> CriterionValue:
        """The question of this code. Raises `KeyError`."""
        for clause in self.clauses:
            for criterion in clause.criteria:
                if criterion.code == code:
                    return criterion
        raise KeyError(code)

    def asks_alike(self, edition: str, question: Question) -> bool:
        """Whether this Record asks the question of an edition (by its code) in the same sense: an answer fits both.

        Within one edition always, for once published it takes corrections of spelling alone. In another edition, if
        the desk would let the difference pass as such a correction.
        """
        asked = {criterion.code: criterion for clause in self.clauses for criterion in clause.criteria}
        if question.code not in asked or edition == self.edition.code:
            return question.code in asked
        here = asked.pop(question.code).meaning
        return all(
            is_mended_typo(before, after, (text for other in asked.values() for text in other.meaning))
            for before, after in zip(here, question.meaning, strict=True)
        )

    def canonical(self) -> str:
        """The one JSON text of this Record: sorted keys, no spaces, UTF-8; equal Records give equal bytes."""
        return json.dumps(
            self.model_dump(mode="json"), ensure_ascii=False, sort_keys=True, separators=(",", ":")
        )

    @property
    def sha256(self) -> str:
        """SHA-256 of the canonical JSON, 64 hexadecimal digits."""
        return fingerprint(self.canonical())


def fingerprint(text: str) -> str:
    """SHA-256 of a text in UTF-8, 64 hexadecimal digits."""
    return hashlib.sha256(text.encode()).hexdigest()
