"""Result -> plain text: every figure, in a layout that stays the same, to compare with a report line by line."""

from __future__ import annotations

from assessments.record import Form
from assessments.scoring import (
    HIGHEST,
    ClauseResult,
    Duty,
    GuidelineResult,
    Index,
    Part,
    Result,
    percent,
    printed,
)

FORMS = {Form.SHORT: "Kurzform", Form.FULL: "Vollform"}
ROW = "{:<5}{:<30}{:>5}{:>8}{:>6}{:>5}{:>6}{:>7}{:>11}{:>14}"
IDEAL_ROW = "{:<38}{:>6}{:>9}{:>9}{:>9}{:>9}{:>9}{:>7}{:>19}"


def figures(result: Result) -> str:
    """All figures of a Result."""
    record = result.record
    town = record.municipality
    place = ", ".join(part for part in (town.kind, town.district, town.federal_state) if part)
    lines = [
        f"{town.name} ({place})",
        f"{record.title}, Stichtag {record.reference_date:%d.%m.%Y}, {FORMS[record.form]}",
        f"{record.edition.title}, Ausgabe {record.edition.code}",
        f"Prüfsumme {record.sha256}",
        "",
        f"Beantwortet: {result.answered} von {result.asked} ({percent(result.coverage)})",
        *_part("Leitlinienindex", result.principles),
        *_part("Umsetzungsindex", result.recommendations),
        "",
        *_duties(result),
        "",
        "Leitlinien",
        *(
            f"  {item.guideline.code} {item.guideline.short_title}: {_index(item.index)}; {_weakest(item)}"
            for item in result.guidelines
        ),
        "",
        ROW.format(
            "", "Abschnitt", "Ist", "belegt", "von", "bis", "Ziel", "Lücke", "Priorität", "beantwortet"
        ),
        *(_row(item) for item in result.clauses),
        "",
        *_ideals(result),
        "",
        "Lücken nach Priorität",
        *(
            f"{gap.rank:>3}. {gap.result.clause.code} {gap.result.clause.short_title}: {printed(gap.result.priority)}"
            for gap in result.gaps
        ),
    ]
    return "\n".join(line.rstrip() for line in lines)


def _part(name: str, part: Part) -> list[str]:
    return [
        f"{name}: {_index(part.index)}",
        f"  {_weakest(part)}",
        f"  Ziele erreicht: {percent(None if part.index.is_provisional else part.attainment)}",
    ]


def _weakest(mean: Part | GuidelineResult) -> str:
    weakest = ", ".join(f"{item.clause.code} ({printed(item.score)})" for item in mean.weakest)
    return f"am schwächsten: {weakest or '–'}"


def _index(index: Index) -> str:
    span = f"Spanne {printed(index.lower)} bis {printed(index.upper)}"
    coverage = f"beantwortet {index.answered} von {index.asked} ({percent(index.coverage)})"
    if index.is_provisional:
        return f"vorläufig, {span}, {coverage}"
    return f"angegeben {printed(index.value)}, belegt {printed(index.evidenced)}, {span}, {coverage}"


def _duties(result: Result) -> list[str]:
    duties = result.duties
    return [
        f"Pflichten erfüllt: {len(duties.met)} von {duties.counted}",
        f"  unerfüllt: {_names(duties.unmet)}",
        f"  offen: {_names(duties.open)}",
        f"  nicht mitgezählt: {_names(duties.exempt)}",
    ]


def _names(duties: tuple[Duty, ...]) -> str:
    return "; ".join(f"{duty.criterion.code} {duty.criterion.short_title}" for duty in duties) or "–"


def _ideals(result: Result) -> list[str]:
    """A row for each ideal; a question may serve several."""
    levels = [f"Stufe {level}" for level in range(HIGHEST + 1)]
    return [
        IDEAL_ROW.format("Leitbild", "Fragen", *levels, "offen", "nicht zu bewerten"),
        *(
            IDEAL_ROW.format(item.ideal.title, item.asked, *item.levels, item.open, item.exempt)
            for item in result.ideals
        ),
    ]


def _row(item: ClauseResult) -> str:
    return ROW.format(
        item.clause.code,
        item.clause.short_title,
        printed(item.score),
        printed(item.evidenced),
        printed(item.lower),
        printed(item.upper),
        item.target,
        printed(item.gap),
        printed(item.priority),
        f"{item.answered} von {item.asked}",
    )
