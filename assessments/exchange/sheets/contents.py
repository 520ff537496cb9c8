"""Result -> workbook: what the sheets say. The same rounding and the same words as on the page.

Heads and codes are meant to last: an import finds a column by its head, and a question by the number that its cell
begins with ("1.1-1").
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from operator import itemgetter
from typing import TypeVar

from django.utils import timezone

from assessments.exchange.office import GENERATOR, clean
from assessments.exchange.sheets.workbook import Cell, Change, Head, Share, Sheet, Workbook
from assessments.models import Answer
from assessments.record import AnswerState, ClauseValue, CriterionValue, ExhibitValue, Form, Record
from assessments.scoring import (
    CAP_BY_EVIDENCE_GRADE,
    EVIDENCE_GRADE_NAMES,
    HIGHEST,
    LEVEL_NAMES,
    NO_FIGURE,
    OBSTACLE_NAMES,
    WEIGHT_NAMES,
    ClauseResult,
    Duties,
    Duty,
    GuidelineResult,
    IdealResult,
    Index,
    Part,
    Progress,
    RankedGap,
    Result,
    Step,
    evidenced_level,
    printed,
    progress,
    rounded,
    rounded_share,
    with_state,
)
from guidelines.models import Criterion

DRAFT = "Entwurf"
PROVISIONAL = "vorläufig"
UNCHANGED = "unverändert"
FORMS = {
    Form.SHORT: "Kurzform: eine Schlüsselfrage je Abschnitt",
    Form.FULL: "Vollform: alle Fragen",
}

Item = TypeVar("Item")


def workbook(
    result: Result, *, start: Result | None = None, finalised_at: datetime | None = None
) -> Workbook:
    """Everything an assessment says. Without `finalised_at` it calls itself a draft; `start` is its predecessor's."""
    record = result.record
    reference = datetime(*record.reference_date.timetuple()[:3], tzinfo=timezone.get_default_timezone())
    sheets = [
        _overview(result, finalised_at),
        figures(result),
        _ideals(result),
        answers(result),
        _gaps(result),
        _duties(result.duties),
        _demands(record),
    ]
    if start:
        sheets.append(_progress(progress(result, start)))
    sheets.append(_levels(record))
    standing = () if finalised_at else (f"{DRAFT}: Antworten und Zahlen können sich noch ändern",)
    return Workbook(
        title=clean(f"{record.municipality.name}: {record.title}"),
        header=clean(" · ".join((record.municipality.name, record.title, *standing))),
        seal=f"{GENERATOR} · Prüfsumme der Daten {record.sha256[:12]}",
        day=finalised_at or reference,
        sheets=tuple(sheets),
    )


def on_its_own(sheet: Sheet, record: Record, *, is_final: bool) -> Sheet:
    """A sheet that leaves the workbook: each row says first whose it is, so that files of several can be joined."""
    town = record.municipality
    heads = (
        Head("Kommune", 20),
        Head("AGS", 10),
        Head("Einschätzung", 24),
        Head("Stichtag", 11),
        Head("Stand", 14),
    )
    whose = (
        clean(town.name),
        town.ags,
        clean(record.title),
        record.reference_date,
        "abgeschlossen" if is_final else DRAFT,
    )
    return Sheet(sheet.title, heads + sheet.heads, tuple(whose + row for row in sheet.rows))


def _sheet(
    title: str, items: Iterable[Item], *columns: tuple[Head, Callable[[Item], Cell]], fixed: int = 1
) -> Sheet:
    """A row for each item, a cell for each column."""
    rows = tuple(tuple(_cell(value(item)) for _head, value in columns) for item in items)
    return Sheet(title, tuple(head for head, _value in columns), rows, fixed)


def _cell(value: Cell) -> Cell:
    return clean(value) if isinstance(value, str) else value


# Figures as the page prints them


def _figure(value: Decimal | None) -> Cell:
    return NO_FIGURE if value is None else rounded(value)


def _share(value: Decimal | None) -> Cell:
    return NO_FIGURE if value is None else Share(rounded_share(value))


def _settled(index: Index, cell: Cell) -> Cell:
    """A cell that waits until enough is answered."""
    return PROVISIONAL if index.is_provisional and index.lower is not None else cell


def _change(step: Step) -> Cell:
    return Change(rounded(step.change)) if step.is_noticeable else UNCHANGED


# The sheets


def _overview(result: Result, finalised_at: datetime | None) -> Sheet:
    return _sheet(
        "Überblick",
        (
            *_about(result.record, finalised_at),
            ("Antworten", "Fragen beantwortet", result.answered),
            ("Antworten", "Fragen gestellt", result.asked),
            ("Antworten", "Anteil beantwortet", _share(result.coverage)),
            *_key_figures("Leitlinienindex", result.principles),
            *_key_figures("Umsetzungsindex", result.recommendations),
            *_counted(result.duties),
            *_legend(),
        ),
        (Head("Bereich", 18), lambda line: line[0]),
        (Head("Angabe", 30), lambda line: line[1]),
        (Head("Wert", 80), lambda line: line[2]),
        fixed=0,
    )


Line = tuple[str, str, Cell]


def _about(record: Record, finalised_at: datetime | None) -> Iterator[Line]:
    town, edition, name = record.municipality, record.edition, "Einschätzung"
    yield name, "Kommune", town.name
    yield name, "Art", town.kind
    yield name, "Kreis", town.district or None
    yield name, "Land", town.federal_state
    yield name, "Amtlicher Gemeindeschlüssel", town.ags
    yield name, "Einwohnerzahl", town.population
    yield name, "Titel", record.title
    yield name, "Stichtag", record.reference_date
    yield name, "Umfang", FORMS[record.form]
    yield name, "Stand", "abgeschlossen" if finalised_at else DRAFT
    yield name, "Abgeschlossen am", timezone.localdate(finalised_at) if finalised_at else None
    if record.open_reason:
        yield name, "Warum Punkte offen blieben", record.open_reason
    yield name, "Maßstab", f"{edition.title}, Ausgabe {edition.code}"
    yield name, "Herausgeber", edition.publisher
    yield name, "Prüfsumme der Daten (SHA-256)", record.sha256


def _key_figures(name: str, part: Part) -> Iterator[Line]:
    index = part.index
    yield name, "angegeben", _settled(index, _figure(index.value))
    yield name, "belegt", _settled(index, _figure(index.evidenced))
    yield name, "Spanne von", _figure(index.lower)
    yield name, "Spanne bis", _figure(index.upper)
    yield name, "Fragen beantwortet", index.answered
    yield name, "Fragen gestellt", index.asked
    yield name, "Anteil beantwortet", _share(index.coverage)
    yield name, "Ziele erreicht", _settled(index, _share(part.attainment))
    yield name, "am schwächsten", _weakest(part)


def _weakest(mean: Part | GuidelineResult) -> str:
    if not mean.weakest:
        return NO_FIGURE
    each = "je " if len(mean.weakest) > 1 else ""
    names = ", ".join(_name(item.clause) for item in mean.weakest)
    return f"{names} ({each}{printed(mean.weakest[0].score)})"


def _counted(duties: Duties) -> Iterator[Line]:
    name = "Pflichten"
    yield name, "erfüllt", len(duties.met)
    yield name, "von mitgezählten", duties.counted
    yield name, "unerfüllt", len(duties.unmet)
    yield name, "offen", len(duties.open)
    yield name, "nicht mitgezählt", len(duties.exempt)


def _legend() -> Iterator[Line]:
    name = "Lesehilfe"
    yield name, "Stufen", "\n".join(f"{level} {text}" for level, text in enumerate(LEVEL_NAMES))
    yield (
        name,
        "Beleggrade",
        "\n".join(
            f"{grade} {text}, trägt bis Stufe {CAP_BY_EVIDENCE_GRADE[grade]}"
            for grade, text in enumerate(EVIDENCE_GRADE_NAMES)
        ),
    )
    yield name, "Wichtigkeit, Aufwand", "\n".join(f"{n} {text}" for n, text in WEIGHT_NAMES.items())
    yield name, "belegt", "„Belegt“ zählt nur, was der genannte Beleg trägt."
    yield (
        name,
        PROVISIONAL,
        "Weniger als 80 % der Fragen sind beantwortet: Es gibt keinen einzelnen Wert, nur die Spanne, in der er "
        "am Ende liegen wird.",
    )
    yield name, NO_FIGURE, "Es gibt keinen Wert, etwa weil keine Frage zutrifft oder noch keine bewertet ist."


@dataclass(frozen=True, slots=True)
class _Standing:
    """One row of figures: of an index, a Leitlinie or a clause; only a clause has a target of its own."""

    kind: str
    name: str
    of: Index | ClauseResult
    stated: Cell
    evidenced: Cell
    coverage: Cell = None
    weakest: Cell = None
    attainment: Cell = None

    @classmethod
    def of_mean(
        cls, kind: str, name: str, mean: Part | GuidelineResult, attainment: Cell = None
    ) -> _Standing:
        index = mean.index
        stated, evidenced = (_settled(index, _figure(value)) for value in (index.value, index.evidenced))
        share = _share(index.coverage)
        return cls(kind, name, index, stated, evidenced, share, _weakest(mean), attainment)

    @classmethod
    def of_part(cls, name: str, part: Part) -> _Standing:
        return cls.of_mean("Index", name, part, _settled(part.index, _share(part.attainment)))

    @classmethod
    def of_clause(cls, kind: str, item: ClauseResult) -> _Standing:
        name = f"{item.clause.code} {item.clause.title}"
        return cls(kind, name, item, _figure(item.score), _figure(item.evidenced))


def figures(result: Result) -> Sheet:
    """Every index, Leitlinie, principle and recommendation with its figures, in the Charter's order."""
    rows = [_Standing.of_part("Leitlinienindex", result.principles)]
    for item in result.guidelines:
        name = f"{item.guideline.code} {item.guideline.title}"
        rows.append(_Standing.of_mean("Leitlinie", name, item))
        rows.extend(_Standing.of_clause("Grundsatz", clause) for clause in item.clauses)
    rows.append(_Standing.of_part("Umsetzungsindex", result.recommendations))
    rows.extend(_Standing.of_clause("Empfehlung", clause) for clause in result.recommendations.clauses)

    def of_clause(value: Callable[[ClauseResult], Cell]) -> Callable[[_Standing], Cell]:
        return lambda row: value(row.of) if isinstance(row.of, ClauseResult) else None

    return _sheet(
        "Kennzahlen",
        rows,
        (Head("Was", 12), lambda row: row.kind),
        (Head("Name", 52), lambda row: row.name),
        (Head("Ist", 10, True), lambda row: row.stated),
        (Head("Belegt", 10, True), lambda row: row.evidenced),
        (Head("Spanne von", 9, True), lambda row: _figure(row.of.lower)),
        (Head("Spanne bis", 9, True), lambda row: _figure(row.of.upper)),
        (Head("Fragen beantwortet", 12, True), lambda row: row.of.answered),
        (Head("Fragen gestellt", 9, True), lambda row: row.of.asked),
        (Head("Anteil beantwortet", 12, True), lambda row: row.coverage),
        (Head("Am schwächsten", 30), lambda row: row.weakest),
        (Head("Ziele erreicht", 10, True), lambda row: row.attainment),
        (Head("Ziel", 6, True), of_clause(lambda item: item.target)),
        (Head("Ziel bis Jahr", 9, True), of_clause(lambda item: item.clause.target.year)),
        (Head("Lücke", 8, True), of_clause(lambda item: _figure(item.gap))),
        (Head("Wichtigkeit", 12, True), of_clause(lambda item: item.clause.target.importance)),
        (Head("Aufwand", 10, True), of_clause(lambda item: item.clause.target.effort)),
        (Head("Priorität", 10, True), of_clause(lambda item: _figure(item.priority))),
        (Head("Pflicht unerfüllt", 10), of_clause(lambda item: _yes(item.has_unmet_duty))),
        (Head("Begründung des Ziels", 44), of_clause(lambda item: item.clause.target.reason)),
        fixed=2,
    )


def _ideals(result: Result) -> Sheet:
    """How the questions that serve each ideal stand; a question may serve several."""

    def at(level: int) -> Callable[[IdealResult], Cell]:
        return lambda item: item.levels[level]

    return _sheet(
        "Leitbilder",
        result.ideals,
        (Head("Leitbild", 40), lambda item: item.ideal.title),
        (Head("Fragen", 9, True), lambda item: item.asked),
        *((Head(f"Stufe {level}", 9, True), at(level)) for level in range(HIGHEST + 1)),
        (Head("Offen", 9, True), lambda item: item.open),
        (Head("Nicht zu bewerten", 12, True), lambda item: item.exempt),
    )


def answers(result: Result) -> Sheet:
    """A row for each question: what was asked, what was answered, and what it rests on."""
    guidelines = {item.code: f"{item.code} {item.title}" for item in result.record.edition.guidelines}
    items = [(item, criterion) for item in result.clauses for criterion in item.clause.criteria]
    return _sheet(
        "Antworten",
        items,
        (Head("Frage", 32), lambda row: _question(row[1])),
        (Head("Leitlinie", 22), lambda row: guidelines.get(row[0].clause.guideline or "", "Empfehlungen")),
        (Head("Abschnitt", 26), lambda row: f"{row[0].clause.code} {row[0].clause.title}"),
        (Head("Wortlaut der Frage", 44), lambda row: row[1].question),
        (Head("Schlüsselfrage", 14), lambda row: _yes(row[1].is_key)),
        (Head("Verbindlichkeit", 16), lambda row: _binding(row[1])),
        (Head("Stelle in der Charta", 16), lambda row: row[1].place),
        (Head("Antwort", 14), lambda row: _state(row[1])),
        (Head("Stufe", 8, True), lambda row: row[1].answer.level),
        (Head("Wortlaut der Stufe", 44), lambda row: row[1].level_text),
        (Head("Beleggrad", 10, True), lambda row: _if_rated(row[1], row[1].answer.evidence_grade)),
        (
            Head("Beleggrad in Worten", 20),
            lambda row: _if_rated(row[1], EVIDENCE_GRADE_NAMES[row[1].answer.evidence_grade]),
        ),
        (Head("Belegte Stufe", 9, True), lambda row: _evidenced(row[1])),
        (Head("Beleg", 36), lambda row: row[1].answer.evidence),
        (Head("Ziel des Abschnitts", 10, True), lambda row: row[0].target),
        (Head("Lücke des Abschnitts", 10, True), lambda row: _figure(row[0].gap)),
        (Head("Nächster Schritt", 40), lambda row: row[1].next_step),
        (Head("Erläuterung", 44), lambda row: row[1].answer.comment),
        (Head("Warum es nicht zutrifft", 36), lambda row: row[1].answer.reason),
        (Head("Zuständige Stelle", 24), lambda row: row[1].answer.competent_body),
        (Head("Forderung", 36), lambda row: row[1].answer.demand),
        (Head("Anmerkungen für den Bericht", 40), lambda row: _remarks(row[1])),
        (
            Head("Angehängte Belege", 40),
            lambda row: "\n".join(_exhibit(exhibit) for exhibit in row[1].answer.exhibits),
        ),
        (Head("Beantwortet von", 18), lambda row: row[1].answer.answered_by),
        (Head("Bestätigt von", 18), lambda row: row[1].answer.confirmed_by),
    )


def _gaps(result: Result) -> Sheet:
    def of_behind(value: Callable[[CriterionValue], Cell]) -> Callable[[RankedGap], Cell]:
        return lambda gap: value(gap.result.furthest_behind) if gap.result.furthest_behind else None

    return _sheet(
        "Lücken",
        result.gaps,
        (Head("Rang", 7, True), lambda gap: gap.rank),
        (Head("Abschnitt", 44), lambda gap: _name(gap.result.clause)),
        (Head("Ist", 7, True), lambda gap: _figure(gap.result.score)),
        (Head("Ziel", 7, True), lambda gap: gap.result.target),
        (Head("Ziel bis Jahr", 9, True), lambda gap: gap.result.clause.target.year),
        (Head("Lücke", 8, True), lambda gap: _figure(gap.result.gap)),
        (Head("Wichtigkeit", 12, True), lambda gap: gap.result.clause.target.importance),
        (Head("Aufwand", 10, True), lambda gap: gap.result.clause.target.effort),
        (Head("Pflicht unerfüllt", 10), lambda gap: _yes(gap.result.has_unmet_duty)),
        (Head("Priorität", 10, True), lambda gap: _figure(gap.result.priority)),
        (Head("Am weitesten zurück", 32), of_behind(_question)),
        (Head("Nächster Schritt", 44), of_behind(lambda behind: behind.next_step)),
        (Head("Begründung des Ziels", 44), lambda gap: gap.result.clause.target.reason),
        fixed=2,
    )


def _duties(duties: Duties) -> Sheet:
    groups = (
        ("unerfüllt", duties.unmet),
        ("offen", duties.open),
        ("nicht mitgezählt", duties.exempt),
        ("erfüllt", duties.met),
    )
    items = [(standing, duty) for standing, group in groups for duty in group]
    return _sheet(
        "Pflichten",
        items,
        (Head("Stand", 16), lambda row: row[0]),
        (Head("Pflicht", 40), lambda row: _question(row[1].criterion)),
        (Head("Abschnitt", 36), lambda row: _name(row[1].clause)),
        (Head("Stelle in der Charta", 18), lambda row: row[1].criterion.place),
        (Head("Stufe", 8, True), lambda row: row[1].criterion.answer.level),
        (Head("Belegte Stufe", 9, True), lambda row: _evidenced(row[1].criterion)),
        (Head("Wortlaut der Stufe", 44), lambda row: row[1].criterion.level_text),
        (Head("Nächster Schritt", 44), lambda row: row[1].criterion.next_step),
        (Head("Warum nicht mitgezählt", 44), lambda row: _why_exempt(row[1])),
        fixed=2,
    )


def _demands(record: Record) -> Sheet:
    """The municipality's own demands, then what the Charter asks of others."""
    own = [
        (
            item.criterion.answer.competent_body,
            item.criterion.answer.demand,
            _question(item.criterion),
            "die Kommune",
        )
        for item in with_state(record, AnswerState.NOT_OUR_COMPETENCE)
    ]
    of_the_charter = [
        (", ".join(advice.stakeholders), advice.text, _name(clause), "die Charta, in eigenen Worten")
        for clause in record.clauses
        for advice in clause.advice
        if advice.is_for_others
    ]
    return _sheet(
        "Forderungen",
        [*own, *of_the_charter],
        (Head("An wen", 36), lambda row: row[0]),
        (Head("Was", 80), lambda row: row[1]),
        (Head("Wozu", 40), lambda row: row[2]),
        (Head("Wer es fordert", 28), lambda row: row[3]),
    )


def _progress(found: Progress) -> Sheet:
    compared = [
        (
            _name(step.clause.clause),
            _figure(step.start),
            _figure(step.clause.score),
            _change(step),
            step.clause.target,
            _share(step.share),
            None,
        )
        for step in found.steps
    ]
    others = [
        (_name(item.clause), *(NO_FIGURE,) * 5, OBSTACLE_NAMES[obstacle])
        for item, obstacle in found.not_compared
    ]
    heads = (
        Head("Abschnitt", 52),
        Head("Vorher", 9, True),
        Head("Jetzt", 9, True),
        Head("Änderung", 13, True),
        Head("Ziel", 7, True),
        Head("Weg zum Ziel", 10, True),
        Head("Warum nicht verglichen", 40),
    )
    return _sheet(
        "Fortschritt",
        [*compared, *others],
        *((head, itemgetter(n)) for n, head in enumerate(heads)),
    )


def _levels(record: Record) -> Sheet:
    """The wording of every question with its levels, to choose from while one writes in "Antworten"."""

    def level(number: int) -> Callable[[CriterionValue], Cell]:
        return lambda criterion: criterion.levels[number]

    return _sheet(
        "Stufen",
        [criterion for clause in record.clauses for criterion in clause.criteria],
        (Head("Frage", 32), _question),
        (Head("Wortlaut der Frage", 44), lambda criterion: criterion.question),
        *((Head(f"{n} {name}", 36), level(n)) for n, name in enumerate(LEVEL_NAMES)),
    )


# Words


def _name(clause: ClauseValue) -> str:
    return f"{clause.code} {clause.short_title}"


def _question(criterion: CriterionValue) -> str:
    """Number and title in one cell: alone, Excel takes "1.1-1" in a CSV for a day in January."""
    return f"{criterion.code} {criterion.short_title}"


def _yes(answer: bool) -> str:
    return "ja" if answer else "nein"


def _binding(criterion: CriterionValue) -> str:
    return str(Criterion.Binding(criterion.binding).label)


def _state(criterion: CriterionValue) -> str:
    return str(Answer.State(criterion.answer.state).label)


def _if_rated(criterion: CriterionValue, cell: Cell) -> Cell:
    return cell if criterion.answer.state is AnswerState.RATED else None


def _evidenced(criterion: CriterionValue) -> Cell:
    return _if_rated(criterion, evidenced_level(criterion))


def _remarks(criterion: CriterionValue) -> str:
    return "\n".join(f"{said.role}, {said.day:%d.%m.%Y}: {said.text}" for said in criterion.answer.remarks)


def _exhibit(exhibit: ExhibitValue) -> str:
    if exhibit.address:
        return f"{exhibit.title}: {exhibit.address}"
    return f"{exhibit.title}: Datei {exhibit.file_name}, SHA-256 {exhibit.sha256}"


def _why_exempt(duty: Duty) -> Cell:
    answer = duty.criterion.answer
    match answer.state:
        case AnswerState.NOT_APPLICABLE:
            return answer.reason
        case AnswerState.NOT_OUR_COMPETENCE:
            return f"Zuständig: {answer.competent_body}"
    return None
