"""The same figures everywhere: page, PDF, `evaluate`, motion, sheets, API and data, against a computation of its own.

What is expected is computed here from the exported JSON alone, by METHOD, with fractions, and shares no line with the
product. `make proof` tries 200 assessments.
"""

from __future__ import annotations

import io
import json
import random
import re
from datetime import UTC, datetime
from decimal import Decimal
from fractions import Fraction
from html.parser import HTMLParser
from math import floor
from typing import Any

import pypdf
import pytest
from django.core.management import call_command

from assessments.exchange.sheets import contents
from assessments.exchange.sheets.ods import ods_file
from assessments.exchange.sheets.plain import csv_file
from assessments.exchange.sheets.xlsx import xlsx_file
from assessments.models import Assessment, Snapshot
from assessments.record import AnswerState, AnswerValue, Form, Record, TargetValue
from assessments.reports.kinds import ReportKind
from assessments.reports.motion import Table, motion
from assessments.reports.press import press
from assessments.reports.report import report_job
from assessments.scoring import evaluate
from tests.assessments.test_sheets import of_csv, of_ods, of_xlsx
from tests.charta_record import charta_record
from tests.proof import times

TRIED = times(12, 200)
PRINTED = max(2, TRIED // 20)  # as PDF, which takes seconds
WORKBOOKS = TRIED if TRIED > 12 else TRIED // 2  # each written and read again
FINAL = datetime(2026, 7, 14, 9, 30, tzinfo=UTC)
NONE = "–"
PROVISIONAL = "vorläufig"


# What is expected


def mean(values: list[Fraction]) -> Fraction | None:
    return sum(values, Fraction()) / len(values) if values else None


def one_decimal(value: Fraction | None) -> str:
    """Rounded half up, with a comma."""
    if value is None:
        return NONE
    tenths = floor(value * 10 + Fraction(1, 2))
    return f"{tenths // 10},{tenths % 10}"


def as_percent(value: Fraction | None) -> str:
    return NONE if value is None else f"{one_decimal(value * 100).removesuffix(',0')}\N{NO-BREAK SPACE}%"


def figures_of(criteria: list[dict[str, Any]]) -> dict[str, Any]:
    """Mean, evidenced mean and bounds of one clause."""
    answers = [criterion["answer"] for criterion in criteria]
    levels = [Fraction(a["level"]) for a in answers if a["state"] == "rated"]
    caps = {0: 1, 1: 2, 2: 3, 3: 4, 4: 4}
    carried = [Fraction(min(a["level"], caps[a["evidence_grade"]])) for a in answers if a["state"] == "rated"]
    unknown = sum(a["state"] == "open" for a in answers)
    return {
        "score": mean(levels),
        "evidenced": mean(carried),
        "lower": mean(levels + [Fraction(0)] * unknown),
        "upper": mean(levels + [Fraction(4)] * unknown),
        "answered": len(answers) - unknown,
        "asked": len(answers),
    }


def over(parts: list[dict[str, Any]]) -> dict[str, Any]:
    """The mean of means, each with equal weight, where there is one."""
    return {
        name: mean([part[name] for part in parts if part[name] is not None])
        for name in ("score", "evidenced", "lower", "upper")
    } | {name: sum(part[name] for part in parts) for name in ("answered", "asked")}


def expected_of(text: str) -> dict[str, Any]:
    """Every figure of an exported assessment."""
    data = json.loads(text)
    clauses: dict[str, dict[str, Any]] = {}
    duties = {"met": 0, "unmet": 0, "open": 0}
    for clause in data["clauses"]:
        figures, target = figures_of(clause["criteria"]), clause["target"]
        unmet = False
        for criterion in clause["criteria"]:
            answer = criterion["answer"]
            if criterion["binding"] != "must" or answer["state"] not in {"rated", "open"}:
                continue
            state = "open" if answer["state"] == "open" else "met" if answer["level"] >= 2 else "unmet"
            duties[state] += 1
            unmet |= state == "unmet"
        gap = None if figures["score"] is None else max(Fraction(), target["level"] - figures["score"])
        priority = None
        if gap is not None:
            priority = gap * target["importance"] * (1 + unmet) / target["effort"]
        clauses[clause["code"]] = figures | {
            "code": clause["code"],
            "kind": clause["kind"],
            "guideline": clause["guideline"],
            "name": f"{clause['code']} {clause['title']}",
            "short": f"{clause['code']} {clause['short_title']}",
            "target": target["level"],
            "gap": gap,
            "unmet": unmet,
            "weights": f"{target['importance']} ÷ {target['effort']}{' × 2' * unmet}",
            "priority": priority,
        }
    principles = [c for c in clauses.values() if c["kind"] == "principle"]
    recommendations = [c for c in clauses.values() if c["kind"] == "recommendation"]
    guidelines = {}
    for g in data["edition"]["guidelines"]:
        its_own = [c for c in principles if c["guideline"] == g["code"]]
        guidelines[g["code"]] = over(its_own) | {"weakest": lowest(its_own)}
    return {
        "clauses": clauses,
        "guidelines": guidelines,
        "Leitlinienindex": over(list(guidelines.values())) | {"attainment": attainment(principles)},
        "Umsetzungsindex": over(recommendations) | {"attainment": attainment(recommendations)},
        "duties": (duties["met"], sum(duties.values())),
        "ideals": ideals_of(data),
        "answered": sum(c["answered"] for c in clauses.values()),
        "asked": sum(c["asked"] for c in clauses.values()),
    }


def ideals_of(data: dict[str, Any]) -> dict[str, list[int]]:
    """Title of each ideal -> how many questions serve it, how many stand at 0 to 4, are open, are not to be rated."""
    found = {}
    for ideal in data["edition"]["ideals"]:
        serving = [
            c["answer"] for k in data["clauses"] for c in k["criteria"] if ideal["code"] in c["ideals"]
        ]
        unknown = [a for a in serving if a["state"] == "open"]
        exempt = [a for a in serving if a["state"] in {"not_applicable", "not_our_competence"}]
        at_each = [sum(a["level"] == level for a in serving) for level in (0, 1, 2, 3, 4)]
        found[ideal["title"]] = [len(serving), *at_each, len(unknown), len(exempt)]
    return found


REASONS = {
    "other_questions": "andere Fragen gestellt",
    "unanswered": "nicht in beiden vollständig beantwortet",
    "others_rated": "nicht dieselben Fragen bewertet",
    "not_rated": "in beiden keine Frage bewertet",
}


def steps_of(text: str, earlier: str) -> dict[str, Any]:
    """What became of each clause since an earlier assessment of the edition: its figures, or why there are none."""
    before = {clause["code"]: clause for clause in json.loads(earlier)["clauses"]}
    found: dict[str, Any] = {}
    for clause in json.loads(text)["clauses"]:
        years = [before[clause["code"]]["criteria"], clause["criteria"]]
        asked = [[c["code"] for c in criteria] for criteria in years]
        counted = [[c["code"] for c in criteria if c["answer"]["level"] is not None] for criteria in years]
        code = clause["code"]
        if asked[0] != asked[1]:
            found[code] = "other_questions"
        elif any(c["answer"]["state"] == "open" for criteria in years for c in criteria):
            found[code] = "unanswered"
        elif counted[0] != counted[1]:
            found[code] = "others_rated"
        elif not counted[0]:
            found[code] = "not_rated"
        else:
            start, now = (figures_of(criteria)["score"] for criteria in years)
            target = clause["target"]["level"]
            way = target - start
            share = (now - start) / way if way > 0 else Fraction(1) if now >= target else None
            found[code] = {
                "start": start,
                "now": now,
                "change": now - start,
                "share": share,
                "target": target,
            }
    return found


def signed(value: Fraction, minus: str = "\N{MINUS SIGN}") -> str:
    return (
        f"{minus if value < 0 else '+'}{half_up(value)}" if abs(value) >= Fraction(3, 10) else "unverändert"
    )


def half_up(value: Fraction) -> str:
    """One decimal without its sign, rounded away from nought."""
    return one_decimal(abs(value))


def as_way(value: Fraction | None) -> str:
    return as_percent(value) if value is None or value >= 0 else f"\N{MINUS SIGN}{as_percent(-value)}"


def lowest(clauses: list[dict[str, Any]]) -> list[dict[str, Any]]:
    scores = [c["score"] for c in clauses if c["score"] is not None]
    return [c for c in clauses if scores and c["score"] == min(scores)]


def attainment(clauses: list[dict[str, Any]]) -> Fraction | None:
    counted = [c for c in clauses if c["score"] is not None and c["target"] > 0]
    aimed = sum(c["target"] for c in counted)
    return (
        sum((min(c["score"], Fraction(c["target"])) for c in counted), Fraction()) / aimed if aimed else None
    )


def is_provisional(figures: dict[str, Any]) -> bool:
    return not figures["asked"] or Fraction(figures["answered"], figures["asked"]) < Fraction(4, 5)


def span(figures: dict[str, Any]) -> str:
    return f"{one_decimal(figures['lower'])} bis {one_decimal(figures['upper'])}"


def weakest_said(clauses: list[dict[str, Any]]) -> str:
    """How a report names them; nothing without a score."""
    if not clauses:
        return ""
    names = ", ".join(c["short"] if len(clauses) <= 3 else c["short"].split()[0] for c in clauses)
    each = "je " if len(clauses) > 1 else ""
    return f"Am schwächsten: {names} ({each}{one_decimal(clauses[0]['score'])})"


def by_priority(expected: dict[str, Any]) -> list[dict[str, Any]]:
    below = [c for c in expected["clauses"].values() if c["gap"]]
    return sorted(below, key=lambda c: -c["priority"])


# The assessments


def generated(seed: int) -> Record:
    """Any answers and targets to the real questions; some leave many of them open."""
    dice = random.Random(seed)
    left_open = dice.choice([0.0, 0.0, 0.1, 0.5])

    def answer(_number: int) -> AnswerValue:
        if dice.random() < left_open:
            return AnswerValue()
        state = dice.choices(
            [AnswerState.RATED, AnswerState.NOT_APPLICABLE, AnswerState.NOT_OUR_COMPETENCE], [8, 1, 1]
        )[0]
        if state is AnswerState.RATED:
            return AnswerValue(state=state, level=dice.randint(0, 4), evidence_grade=dice.randint(0, 4))
        return AnswerValue(state=state, reason="Grund", competent_body="Land", demand="Bitte regeln")

    def target(_number: int) -> TargetValue:
        return TargetValue(
            level=dice.randint(0, 4), importance=dice.randint(1, 3), effort=dice.randint(1, 3), year=2030
        )

    return charta_record(form=dice.choice(list(Form)), answer=answer, target=target)


@pytest.fixture
def exported(edition, town, person, tmp_path):
    """`exported(seed)`: a final assessment with such answers, and the JSON that `export` writes of it."""

    def make(seed: int, predecessor: Assessment | None = None) -> tuple[Assessment, str]:
        value = generated(seed)
        assessment = Assessment.objects.create(
            municipality=town,
            edition=edition,
            title=f"Einschätzung {seed}",
            reference_date=value.reference_date,
            form=value.form,
            predecessor=predecessor,
            created_by=person("officer"),
        )
        Snapshot.objects.create(assessment=assessment, body=value.canonical(), sha256=value.sha256)
        assessment.state, assessment.finalised_at = Assessment.State.FINAL, FINAL
        assessment.finalised_by = person("officer")
        assessment.save()
        call_command("export", str(assessment.pk), "--out", str(tmp_path / "a.json"))
        return assessment, (tmp_path / "a.json").read_text()

    return make


# The page


class Tables(HTMLParser):
    """The tables of a page: caption -> rows of cell texts."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.found: dict[str, list[list[str]]] = {}
        self._rows: list[list[str]] = []
        self._text: list[str] | None = None
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "table":
            self._rows = []
        elif tag == "tr":
            self._rows.append([])
        elif tag in {"td", "th", "caption"}:
            self._text = []

    def handle_data(self, data: str) -> None:
        if self._text is not None:
            self._text.append(data)

    def handle_endtag(self, tag: str) -> None:
        if tag in {"td", "th", "caption"} and self._text is not None:
            words = " ".join("".join(self._text).split())
            self._text = None
            if tag == "caption":
                self.found[words] = self._rows
            else:
                self._rows[-1].append(words)


def tile(name: str, figures: dict[str, Any]) -> str:
    """How the page says an index, from its name on."""
    if figures["lower"] is None:
        return f"{name} {NONE}"
    if is_provisional(figures):
        return f"{name} {span(figures)} vorläufig"
    value, evidenced = one_decimal(figures["score"]), one_decimal(figures["evidenced"])
    return f"{name} {value} von 4 angegeben {value} / belegt {evidenced}"


def words_of(page: str) -> str:
    text = re.sub(r"<[^>]+>", " ", page).replace("&nbsp;", " ").replace("\N{NO-BREAK SPACE}", " ")
    return " ".join(text.split())


@pytest.mark.parametrize("seed", range(TRIED))
def test_page_evaluate_motion_and_api_say_what_the_data_say(seed, exported, sign_in, tmp_path):
    assessment, text = exported(seed)
    expected = expected_of(text)
    client = sign_in("council")

    page = client.get(assessment.get_absolute_url()).content.decode()
    out = io.StringIO()
    call_command("evaluate", str(tmp_path / "a.json"), stdout=out)

    on_the_page(page, expected)
    in_plain_text(out.getvalue(), expected)
    in_the_motion(Record.model_validate_json(text), expected)
    assert client.get(f"/api/v1/assessments/{assessment.pk}/record").content.decode() == text
    in_the_api(client.get(f"/api/v1/assessments/{assessment.pk}/result").json(), expected)


@pytest.mark.parametrize("seed", range(0, TRIED, 2))
def test_page_report_sheet_and_api_compare_like_with_like(seed, exported, sign_in):
    before, earlier = exported(seed + 1)
    assessment, text = exported(seed, before)
    expected = steps_of(text, earlier)
    client = sign_in("council")

    page = client.get(assessment.get_absolute_url()).content.decode()
    report = report_job(text, start=before.record(), finalised_at=FINAL).html
    told = client.get(f"/api/v1/assessments/{assessment.pk}/result").json()["progress"]
    book = contents.workbook(evaluate(assessment.record()), start=evaluate(before.record()))

    for html in (page, report):
        progress_on_the_page(html, expected)
    progress_in_the_sheet(of_xlsx(xlsx_file(book))["Fortschritt"], expected)
    progress_in_the_api(told, expected)


@pytest.mark.once
@pytest.mark.parametrize("seed", [24, *range(TRIED, TRIED + PRINTED)])  # in 24, many clauses are wholly open
def test_the_reports_print_what_the_data_say(seed):
    kind = (ReportKind.COUNCIL, ReportKind.FULL)[seed % 2]
    text = generated(seed).canonical()
    expected = expected_of(text)

    pdf = press.print_pdf(report_job(text, kind=kind, finalised_at=FINAL))
    printed = "".join(plain(page.extract_text()) for page in pypdf.PdfReader(io.BytesIO(pdf)).pages)

    for name in ("Leitlinienindex", "Umsetzungsindex"):
        assert plain(tile(name, expected[name])) in printed
    assert plain("Pflichten erfüllt {} von {}".format(*expected["duties"])) in printed
    for clause in expected["clauses"].values():
        shown = [one_decimal(clause["score"]), one_decimal(clause["evidenced"])]
        aimed = f"{clause['target']} bis 2030{one_decimal(clause['gap'])}"
        answered = f"{clause['answered']} von {clause['asked']} beantwortet"
        standing = "(nicht zu bewerten)" if clause["lower"] is None else ""
        if clause["answered"] < clause["asked"]:
            standing = f"({answered.removesuffix(' beantwortet') if clause['answered'] else 'offen'})"
        unmet = ", Pflicht unerfüllt" if clause["unmet"] else ""
        weighed = f"{clause['weights']}{one_decimal(clause['priority'])}"
        assert plain(f"{clause['short']}{standing}{unmet}{''.join(shown)}{aimed}{weighed}") in printed
        if 0 < clause["answered"] < clause["asked"]:
            reached = f"belegt {shown[1]}, {answered}: {span(clause)} möglich"
            assert plain(reached) in printed
    for guideline in expected["guidelines"].values():
        assert plain(weakest_said(guideline["weakest"])) in printed
    for title, counts in expected["ideals"].items():
        shown = counts[:7] if expected["answered"] < expected["asked"] else counts[:6]
        row = plain("".join(map(str, (title, *shown, counts[7]))))
        assert (row in printed) == (kind is ReportKind.FULL)


@pytest.mark.once
@pytest.mark.parametrize("seed", range(WORKBOOKS))
def test_the_sheets_hold_what_the_data_say(seed):
    value = generated(seed)
    expected, result = expected_of(value.canonical()), evaluate(value)
    book = contents.workbook(result, finalised_at=FINAL)

    read = [{"Kennzahlen": with_numbers(of_csv(csv_file(contents.figures(result))))}]
    if TRIED > 12 or seed % 2:
        read.append(of_xlsx(xlsx_file(book)))
    if TRIED > 12 or not seed % 2:
        read.append(of_ods(ods_file(book)))

    for cells in read:
        in_the_figures(cells["Kennzahlen"], expected)
    for cells in read[1:]:
        in_the_overview(cells["Überblick"], expected)
        in_the_gaps(cells["Lücken"], expected)
        assert {row[0]: [int(cell) for cell in row[1:]] for row in cells["Leitbilder"][1:]} == expected[
            "ideals"
        ]


def progress_on_the_page(html: str, expected: dict[str, Any]) -> None:
    rows = {row[0].split()[0]: row[1:] for row in Tables(html).found.get("Vorher und jetzt", [])[1:]}
    lists = html.partition('id="fortschritt"')[2].partition("</section>")[0]
    reasons = dict(re.findall(r"<li><strong>(.+?):</strong> (.+?)</li>", lists))
    for code, step in expected.items():
        if isinstance(step, str):
            assert code in [name.split("&nbsp;")[0] for name in reasons[REASONS[step]].split("; ")]
            assert code not in rows
        else:
            figures = [one_decimal(step["start"]), one_decimal(step["now"]), signed(step["change"])]
            assert rows[code] == [*figures, str(step["target"]), as_way(step["share"]).replace("\xa0", " ")]


def progress_in_the_sheet(rows: list[Any], expected: dict[str, Any]) -> None:
    found = {row[0].split()[0]: list(row) for row in rows[1:]}
    assert list(rows[0])[-1] == "Warum nicht verglichen"
    for code, step in expected.items():
        cells = found[code]
        if isinstance(step, str):
            assert cells[1:] == [NONE] * 5 + [REASONS[step]]
        else:
            assert shows(cells[1], one_decimal(step["start"]))
            assert shows(cells[2], one_decimal(step["now"]))
            assert shows(cells[3], signed(step["change"], "-").removeprefix("+"))
            assert shows(cells[5], as_way(step["share"]).replace("\N{MINUS SIGN}", "-"))


def progress_in_the_api(told: dict[str, Any], expected: dict[str, Any]) -> None:
    reasons = {each["code"]: each["reason"] for each in told["not_compared"]}
    assert reasons == {code: step for code, step in expected.items() if isinstance(step, str)}
    found = {step["code"]: step for step in told["clauses"]}
    assert found.keys() == expected.keys() - reasons.keys()
    for code, step in found.items():
        for name in ("start", "now", "change"):
            assert abs(Fraction(step[name]["exact"]) - expected[code][name]) < Fraction(1, 10**26)
        share = expected[code]["share"]
        assert (step["share"] is None) == (share is None)
        assert share is None or abs(Fraction(step["share"]["exact"]) - share) < Fraction(1, 10**26)


def plain(text: str) -> str:
    """Without what only breaks lines."""
    return re.sub("[\\s\u00ad\u200b]+", "", text)


def on_the_page(page: str, expected: dict[str, Any]) -> None:
    words, tables = words_of(page), Tables(page).found
    for name in ("Leitlinienindex", "Umsetzungsindex"):
        assert tile(name, expected[name]) in words
    assert "{} von {} Pflichten erfüllt".format(*expected["duties"]) in words
    assert f"{expected['answered']} von {expected['asked']} Fragen" in words
    rows = {row[0]: row for name in ("Die Grundsätze", "Die Empfehlungen") for row in tables[name]}
    for clause in expected["clauses"].values():
        shown = [one_decimal(clause["score"]), one_decimal(clause["evidenced"]), str(clause["target"])]
        assert rows[clause["name"]][1:5] == [*shown, one_decimal(clause["gap"])]
        if expected["answered"] < expected["asked"]:
            bounds = NONE if clause["lower"] is None else span(clause)
            assert rows[clause["name"]][5:] == [bounds, f"{clause['answered']} von {clause['asked']}"]
    gaps = tables.get("Abschnitte unter ihrem Ziel", [])[1:]  # there is none without a gap
    for row, clause in zip(gaps, by_priority(expected), strict=True):
        assert (row[1], row[-1]) == (clause["short"], one_decimal(clause["priority"]))
    ideals_in_html(page, expected)


def ideals_in_html(html: str, expected: dict[str, Any]) -> None:
    rows = Tables(html).found["Wie viele Fragen auf welcher Stufe stehen"][1:]
    without_open = expected["answered"] == expected["asked"]  # then the column is left out
    assert rows == [
        [title, *map(str, counts[:6] if without_open else counts[:7]), str(counts[7])]
        for title, counts in expected["ideals"].items()
    ]


def shows(cell: Any, text: str) -> bool:
    """Whether a cell holds what is printed: as a number of these very digits, or as this text."""
    if isinstance(cell, str) or text in {NONE, PROVISIONAL}:
        return cell == text.replace("\N{NO-BREAK SPACE}", " ")
    wanted = Decimal(text.rstrip("%\N{NO-BREAK SPACE}").replace(",", "."))
    return Decimal(str(cell)) == (wanted / 100 if text.endswith("%") else wanted)


def with_numbers(rows: list[list[str]]) -> list[list[Any]]:
    """The rows of a CSV file as a program takes them: what is written as a number is one."""
    return [[Decimal(cell) if re.fullmatch(r"-?\d+(\.\d+)?", cell) else cell for cell in row] for row in rows]


def once_settled(figures: dict[str, Any], text: str) -> str:
    return PROVISIONAL if is_provisional(figures) and figures["lower"] is not None else text


def in_the_figures(rows: list[Any], expected: dict[str, Any]) -> None:
    """The sheet that has a row for each index, Leitlinie and clause."""
    found = {row[1]: dict(zip(rows[0], row, strict=True)) for row in rows[1:]}
    guidelines = [row[1] for row in rows if row[0] == "Leitlinie"]
    means = {name: expected[name] for name in ("Leitlinienindex", "Umsetzungsindex")}
    means |= dict(zip(guidelines, expected["guidelines"].values(), strict=True))
    for name, figures in means.items():
        shown = {
            "Ist": once_settled(figures, one_decimal(figures["score"])),
            "Belegt": once_settled(figures, one_decimal(figures["evidenced"])),
            "Anteil beantwortet": as_percent(Fraction(figures["answered"], figures["asked"])),
        }
        if "attainment" in figures:
            shown["Ziele erreicht"] = once_settled(figures, as_percent(figures["attainment"]))
        if "weakest" in figures:
            weakest = weakest_said(figures["weakest"]).removeprefix("Am schwächsten: ")
            assert re.sub(r" [^,(]+", "", found[name]["Am schwächsten"]).startswith(
                re.sub(r" [^,(]+", "", weakest).split("(")[0] if weakest else NONE
            )
        in_the_row(found.pop(name), figures, shown)
    for clause in expected["clauses"].values():
        shown = {
            "Ist": one_decimal(clause["score"]),
            "Belegt": one_decimal(clause["evidenced"]),
            "Ziel": str(clause["target"]),
            "Lücke": one_decimal(clause["gap"]),
            "Priorität": one_decimal(clause["priority"]),
        }
        in_the_row(found.pop(clause["name"]), clause, shown)
    assert not found


def in_the_row(row: dict[str, Any], figures: dict[str, Any], shown: dict[str, str]) -> None:
    shown |= {
        "Spanne von": one_decimal(figures["lower"]),
        "Spanne bis": one_decimal(figures["upper"]),
        "Fragen beantwortet": str(figures["answered"]),
        "Fragen gestellt": str(figures["asked"]),
    }
    assert [(head, row[head], text) for head, text in shown.items() if not shows(row[head], text)] == []


def in_the_overview(rows: list[Any], expected: dict[str, Any]) -> None:
    found = {(row[0], row[1]): row[2] for row in rows}
    met, counted = expected["duties"]
    shown = {
        ("Antworten", "Fragen beantwortet"): str(expected["answered"]),
        ("Antworten", "Fragen gestellt"): str(expected["asked"]),
        ("Antworten", "Anteil beantwortet"): as_percent(Fraction(expected["answered"], expected["asked"])),
        ("Pflichten", "erfüllt"): str(met),
        ("Pflichten", "von mitgezählten"): str(counted),
    }
    for name in ("Leitlinienindex", "Umsetzungsindex"):
        figures = expected[name]
        shown |= {
            (name, "angegeben"): once_settled(figures, one_decimal(figures["score"])),
            (name, "belegt"): once_settled(figures, one_decimal(figures["evidenced"])),
            (name, "Spanne von"): one_decimal(figures["lower"]),
            (name, "Spanne bis"): one_decimal(figures["upper"]),
            (name, "Ziele erreicht"): once_settled(figures, as_percent(figures["attainment"])),
        }
    assert [(name, found[name], text) for name, text in shown.items() if not shows(found[name], text)] == []


def in_the_gaps(rows: list[Any], expected: dict[str, Any]) -> None:
    found = [dict(zip(rows[0], row, strict=True)) for row in rows[1:]]
    for row, clause in zip(found, by_priority(expected), strict=True):
        assert row["Abschnitt"] == clause["short"]
        for head, name in (("Ist", "score"), ("Lücke", "gap"), ("Priorität", "priority")):
            assert shows(row[head], one_decimal(clause[name]))


def in_plain_text(text: str, expected: dict[str, Any]) -> None:
    for name in ("Leitlinienindex", "Umsetzungsindex"):
        figures = expected[name]
        told = (
            f"{name}: angegeben {one_decimal(figures['score'])}, belegt {one_decimal(figures['evidenced'])}, "
        )
        assert (
            f"{name}: vorläufig, " if is_provisional(figures) else told
        ) + f"Spanne {span(figures)}" in text
    for figures in expected["guidelines"].values():
        weakest = ", ".join(f"{c['code']} ({one_decimal(c['score'])})" for c in figures["weakest"])
        assert f"; am schwächsten: {weakest or NONE}\n" in text
    reached = [
        as_percent(None if is_provisional(expected[name]) else expected[name]["attainment"])
        for name in ("Leitlinienindex", "Umsetzungsindex")
    ]
    assert re.findall("Ziele erreicht: (.+)", text) == reached
    assert "Pflichten erfüllt: {} von {}".format(*expected["duties"]) in text
    coverage = as_percent(Fraction(expected["answered"], expected["asked"]))
    assert told_of_ideals(text) == expected["ideals"]
    assert f"Beantwortet: {expected['answered']} von {expected['asked']} ({coverage})" in text
    for clause in expected["clauses"].values():
        figures = [one_decimal(clause[name]) for name in ("score", "evidenced", "lower", "upper")]
        figures += [str(clause["target"]), one_decimal(clause["gap"]), one_decimal(clause["priority"])]
        assert re.search(
            rf"^{re.escape(clause['short'])}\s+" + r"\s+".join(map(re.escape, figures)), spaced(text), re.M
        )


def told_of_ideals(text: str) -> dict[str, list[int]]:
    """The rows below their heads, as `evaluate` writes them."""
    rows = text.partition("nicht zu bewerten\n")[2].partition("\n\n")[0].splitlines()
    cells = [row.rsplit(maxsplit=8) for row in rows]
    return {title: [int(count) for count in counts] for title, *counts in cells}


def spaced(text: str) -> str:
    """The rows with one space between code and title."""
    return re.sub(r"^(\S{1,3}) +", r"\1 ", text, flags=re.M)


def in_the_motion(value: Record, expected: dict[str, Any]) -> None:
    tables = {b.caption: b.rows for b in motion(evaluate(value)).blocks if isinstance(b, Table)}
    for row in tables["Die beiden Indizes"]:
        figures = expected[row[0]]
        told = [one_decimal(figures["score"]), one_decimal(figures["evidenced"])]
        reached = as_percent(figures["attainment"])
        if is_provisional(figures):
            told, reached = ["vorläufig", "vorläufig"], "vorläufig"
        assert list(row[1:]) == [*told, span(figures), reached]
    for row, clause in zip(tables.get("Die dringendsten Lücken", ()), by_priority(expected), strict=False):
        shown = [clause["short"], one_decimal(clause["score"]), str(clause["target"])]
        assert list(row[1:]) == [*shown, one_decimal(clause["gap"]), one_decimal(clause["priority"])]


def in_the_api(told: dict[str, Any], expected: dict[str, Any]) -> None:
    agree(told["coverage"], Fraction(expected["answered"], expected["asked"]))
    assert (told["answered"], told["asked"]) == (expected["answered"], expected["asked"])
    duties = told["duties"]
    assert (len(duties["met"]), duties["counted"]) == expected["duties"]
    assert {
        each["title"]: [each["asked"], *each["levels"], each["open"], each["exempt"]]
        for each in told["ideals"]
    } == expected["ideals"]
    for name, part in (("Leitlinienindex", "guideline_index"), ("Umsetzungsindex", "implementation_index")):
        figures = expected[name]
        the_index(told[part]["index"], figures)
        agree(told[part]["attainment"], None if is_provisional(figures) else figures["attainment"])
        kind = "principle" if part == "guideline_index" else "recommendation"
        weakest = lowest([clause for clause in expected["clauses"].values() if clause["kind"] == kind])
        assert told[part]["weakest"] == [clause["code"] for clause in weakest]
    assert [guideline["code"] for guideline in told["guidelines"]] == list(expected["guidelines"])
    for guideline in told["guidelines"]:
        figures = expected["guidelines"][guideline["code"]]
        the_index(guideline["index"], figures)
        assert guideline["weakest"] == [clause["code"] for clause in figures["weakest"]]
    assert [clause["code"] for clause in told["clauses"]] == list(expected["clauses"])
    for clause in told["clauses"]:
        figures = expected["clauses"][clause["code"]]
        for name in ("score", "evidenced", "lower", "upper", "gap", "priority"):
            agree(clause[name], figures[name])
        assert [clause[name] for name in ("target", "answered", "asked")] == [
            figures[name] for name in ("target", "answered", "asked")
        ]
    ranked = sorted((clause for clause in told["clauses"] if clause["rank"]), key=lambda c: c["rank"])
    assert [f"{clause['code']} {clause['short_title']}" for clause in ranked] == [
        clause["short"] for clause in by_priority(expected)
    ]


def the_index(told: dict[str, Any], figures: dict[str, Any]) -> None:
    provisional = is_provisional(figures)
    assert told["is_provisional"] == provisional
    agree(told["value"], None if provisional else figures["score"])
    agree(told["evidenced"], None if provisional else figures["evidenced"])
    agree(told["lower"], figures["lower"])
    agree(told["upper"], figures["upper"])
    agree(
        told["coverage"], Fraction(figures["answered"], figures["asked"]) if figures["asked"] else Fraction()
    )
    assert (told["answered"], told["asked"]) == (figures["answered"], figures["asked"])


def agree(told: dict[str, Any] | None, expected: Fraction | None) -> None:
    """Both ways in which the API says a figure: as it is printed, and unrounded."""
    if told is None or expected is None:
        assert told is expected
        return
    if "percent" in told:
        assert as_percent(expected).replace("\N{NO-BREAK SPACE}%", "") == in_words(
            told["percent"]
        ).removesuffix(",0")
    else:
        assert one_decimal(expected) == in_words(told["printed"])
    assert abs(Fraction(told["exact"]) - expected) < Fraction(1, 10**26)


def in_words(number: float) -> str:
    return str(number).replace(".", ",")
