"""Records with the real wording of the Charter, read from the fixture without a database."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from assessments.record import (
    AdviceValue,
    AnswerState,
    AnswerValue,
    ClauseValue,
    CriterionValue,
    EditionValue,
    Form,
    GuidelineValue,
    IdealValue,
    LinkValue,
    MunicipalityValue,
    Record,
    TargetValue,
)

FIXTURE = Path(__file__).resolve().parents[1] / "fixtures/charta-2021.yaml"
NOTE = (
    "Der Rat hat das am 3. Mai beschlossen; das Hauptamt führt die Liste und prüft sie jedes Jahr im Herbst. "
)


def typical(number: int) -> AnswerValue:
    """The answer to the question of this number: most are rated, with texts of the usual length."""
    if number % 11 == 5:
        return AnswerValue(state=AnswerState.NOT_APPLICABLE, reason=NOTE, comment=NOTE)
    if number % 13 == 7:
        return AnswerValue(
            state=AnswerState.NOT_OUR_COMPETENCE, competent_body="Land, Ministerium des Innern", demand=NOTE
        )
    if number % 17 == 9:
        return AnswerValue()
    return AnswerValue(
        state=AnswerState.RATED,
        level=number % 5,
        evidence_grade=(number + 2) % 5,
        evidence="Beschluss 2026/17, Niederschrift vom 3. Mai",
        comment=NOTE * (1 + number % 3),
    )


def aim(number: int) -> TargetValue:
    """The target of the clause of this number."""
    return TargetValue(
        level=2 + number % 3, year=2028, reason=NOTE, importance=1 + number % 3, effort=1 + (number + 1) % 3
    )


def charta_record(
    *,
    form: Form = Form.FULL,
    answer: Callable[[int], AnswerValue] = typical,
    target: Callable[[int], TargetValue] = aim,
) -> Record:
    """Every clause of the Charter; `answer` and `target` are asked with the position, counted from 0."""
    rows = _rows()
    edition = rows["edition"][0]
    asked = [row for row in rows["criterion"] if row["is_key"] or form is Form.FULL]
    answers = {row["code"]: answer(number) for number, row in enumerate(asked)}
    return Record(
        title="Selbsteinschätzung 2026",
        reference_date=date(2026, 6, 30),
        form=form,
        municipality=MunicipalityValue(
            ags="99000001",
            name="Musterstadt",
            kind="Stadt",
            federal_state="Musterland",
            district="Musterkreis",
            population=12_000,
        ),
        edition=EditionValue(
            code=edition["code"],
            title=edition["title"],
            subtitle=edition["subtitle"],
            publisher=edition["publisher"],
            terms=edition["terms"],
            issued=edition["issued"],
            guidelines=tuple(
                GuidelineValue(code=row["code"], title=row["title"], short_title=row["short_title"])
                for row in rows["guideline"]
            ),
            ideals=tuple(IdealValue(code=row["code"], title=row["title"]) for row in rows["ideal"]),
        ),
        clauses=tuple(
            ClauseValue(
                code=row["code"],
                kind=row["kind"],
                guideline=row["guideline"][1] if row.get("guideline") else None,
                title=row["title"],
                short_title=row["short_title"],
                summary=row["summary"],
                advice=_advice(row["code"]),
                target=target(number),
                criteria=tuple(
                    _criterion(one, answers[one["code"]]) for one in asked if one["clause"][1] == row["code"]
                ),
            )
            for number, row in enumerate(rows["clause"])
        ),
        links=tuple(
            LinkValue(
                criterion=row["criterion"][1],
                kind=row["kind"],
                other=row["other"][1],
                sentence=row["sentence"],
            )
            for row in rows["criterionlink"]
            if row["criterion"][1] in answers and row["other"][1] in answers
        ),
    )


@cache
def _rows() -> dict[str, Sequence[dict[str, Any]]]:
    rows: dict[str, list[dict[str, Any]]] = {}
    for entry in yaml.load(FIXTURE.read_text(), Loader=yaml.CSafeLoader):
        rows.setdefault(entry["model"].removeprefix("guidelines."), []).append(entry["fields"])
    return rows


def _advice(clause: str) -> tuple[AdviceValue, ...]:
    titles = {row["code"]: row["title"] for row in _rows()["stakeholder"]}
    return tuple(
        AdviceValue(
            stakeholders=tuple(titles[code] for _edition, code in row["stakeholders"]), text=row["text"]
        )
        for row in _rows()["advice"]
        if row["paragraph"][1] == clause
    )


def _criterion(row: dict[str, Any], answer: AnswerValue) -> CriterionValue:
    return CriterionValue(
        code=row["code"],
        is_key=row["is_key"],
        short_title=row["short_title"],
        question=row["question"],
        levels=tuple(row[f"level_{level}"] for level in range(5)),
        steps=tuple(row[f"step_{level}"] for level in range(1, 5)),
        binding=row["binding"],
        place=f"{row['clause'][1]}, Absatz {row['place'][2]}",
        ideals=tuple(code for _edition, code in row["ideals"]),
        answer=answer,
    )
