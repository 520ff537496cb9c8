"""The results page prints what scoring says, and nothing else."""

from __future__ import annotations

import re
from collections.abc import Callable
from html import unescape
from typing import Any

import pytest

from assessments import charts
from assessments.models import Assessment
from assessments.scoring import evaluate, percent, printed, progress
from guidelines.models import Clause, Criterion

MIXED = {"1.1-1": 3, "1.2-1": 2, "1.3-1": 1, "2.1-1": 4, "2.2-1": 1, "2.3-1": 2, "3.1-1": 0, "3.2-1": 3}
MIXED |= (
    {"3.3-1": 4, "4.1-1": 2, "4.2-1": 3, "4.3-1": 2}
    | {f"{letter}-1": 2 for letter in "abcdefghijk"}
    | {"l-1": 1}
)


@pytest.fixture
def answered(person: Callable[..., Any], answer_of: Callable[..., Any]) -> Callable[..., None]:
    """`answered(assessment, "1.1-1", state=…, …)`: save one answer."""

    def save(assessment: Assessment, code: str, **values: Any) -> None:
        answer = answer_of(assessment, code)
        for name, value in {"level": None, **values}.items():
            setattr(answer, name, value)
        answer.save_based_on(answer.version, person("officer"))

    return save


@pytest.fixture
def main_of(sign_in: Callable[..., Any]) -> Callable[..., str]:
    """`main_of(assessment)`: the HTML of <main> as the officer (or another role) gets it."""

    def get(assessment: Assessment, role: str = "officer") -> str:
        response = sign_in(role).get(f"/einschaetzungen/{assessment.pk}/")
        assert response.status_code == 200
        return "".join(re.findall(r"<main.*</main>", response.content.decode(), re.DOTALL))

    return get


def text(html: str) -> str:
    """What one reads: no tags, one space between words, drawings left out."""
    without = re.sub(r"<svg.*?</svg>", " ", html, flags=re.DOTALL)
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", without)).split())


def row(html: str, table: str, heading: str) -> list[str]:
    """The cells of the row with this heading in the table with this class."""
    rows = re.findall(rf'<table class="[^"]*{table}".*?</table>', html, re.DOTALL)
    (found,) = [
        r
        for t in rows
        for r in re.findall(r"<tr>.*?</tr>", t, re.DOTALL)
        if f'<th scope="row">{heading}' in r
    ]
    return [text(cell) for cell in re.findall(r"<td.*?</td>", found, re.DOTALL)]


def test_key_figures_are_the_printed_ones(assess, main_of):
    assessment = assess(levels=MIXED)
    result = evaluate(assessment.record())

    seen = text(main_of(assessment))

    for index in (result.principles.index, result.recommendations.index):
        assert f"{printed(index.value)} von 4" in seen
        assert f"angegeben {printed(index.value)} / belegt {printed(index.evidenced)}" in seen
    assert f"Pflichten erfüllt {len(result.duties.met)} von {result.duties.counted}" in seen
    assert f"Ziele zu {' '.join(percent(result.principles.attainment).split())} erreicht" in seen
    assert "24 von 24 Fragen" in seen
    assert "vorläufig" not in seen.split("So wird gerechnet")[0]


def test_every_clause_shows_its_printed_figures(assess, main_of):
    assessment = assess(levels=MIXED)
    result = evaluate(assessment.record())

    html = main_of(assessment)

    for item in result.clauses:
        figures = [printed(item.score), printed(item.evidenced), str(item.target), printed(item.gap)]
        assert row(html, "charta-table--clauses", f"{item.clause.code} ") == figures


def test_the_charts_are_those_of_the_result(assess, main_of):
    assessment = assess(levels=MIXED)
    result = evaluate(assessment.record())

    html = main_of(assessment)

    assert charts.radar(result) in html
    assert charts.bars(result) in html


def test_below_80_percent_there_is_a_range_and_no_index(assess, main_of):
    levels = {code: 4 for code in MIXED if code[0] in "123"}
    assessment = assess(levels=levels)
    index = evaluate(assessment.record()).principles.index

    seen = text(main_of(assessment))

    assert f"Leitlinienindex {printed(index.lower)} bis {printed(index.upper)} vorläufig" in seen
    assert f"({' '.join(percent(index.coverage).split())})" in seen
    assert "von 4 " not in seen.split("Pflichten erfüllt")[0]
    assert "angegeben" not in seen.split("Pflichten erfüllt")[0]
    assert "Ziele zu" not in seen


def test_the_weakest_clauses_tie(assess, main_of):
    assessment = assess(levels={**MIXED, "3.1-1": 1, "1.3-1": 1, "2.2-1": 2})

    seen = text(main_of(assessment))

    assert re.search(r"Am schwächsten: 1\.3 [^,(]+, 3\.1 [^,(]+ \(je 1,0\)", seen)


def test_a_clause_where_nothing_applies_shows_no_figure(assess, main_of, answered):
    assessment = assess(levels=MIXED)
    answered(assessment, "1.1-1", state="not_applicable", reason="Gibt es hier nicht")

    html = main_of(assessment)

    assert row(html, "charta-table--clauses", "1.1 ") == ["–", "–", "3", "–"]
    assert row(html, "charta-table--guidelines", "1 ")[0] == "1,5"  # the mean of 2 and 1
    assert re.search(r"Ohne Wert und darum ohne Lücke: 1\.1 [^(]+\(nicht zu bewerten\)", text(html))
    assert "Gibt es hier nicht" in row(html, "charta-table--exempt", "1.1-1")


def test_duties_are_named_by_what_became_of_them(assess, main_of, answered, edition):
    duties = list(Criterion.objects.filter(clause__edition=edition, binding="must", is_key=True))
    met, unmet, open_, ours, theirs = duties[:5]
    levels = {c.code: 3 for c in duties} | {unmet.code: 1}
    del levels[open_.code]
    assessment = assess(levels=levels)
    answered(assessment, ours.code, state="not_applicable", reason="Kein Fall")
    answered(assessment, theirs.code, state="not_our_competence", competent_body="Das Land", demand="Regeln")

    html = main_of(assessment)

    assert f"{len(duties) - 4} von {len(duties) - 2} Pflichten erfüllt." in text(html)
    place = f"{unmet.clause.code}, Absatz {unmet.place.number}"
    assert row(html, "charta-table--unmet", unmet.short_title) == [
        place,
        f"Stufe 1: {unmet.level_1}",
        unmet.step_2,
    ]
    assert row(html, "charta-table--met", met.short_title)[1:] == ["Stufe 3", "Stufe 1"]
    assert row(html, "charta-table--duties", open_.short_title)
    assert row(html, "charta-table--exempt", ours.short_title)[1] == "Trifft nicht zu: Kein Fall"
    assert row(html, "charta-table--exempt", theirs.short_title)[1] == "Zuständig: Das Land"


def test_gaps_stand_by_priority_and_ties_share_a_rank(assess, main_of):
    assessment = assess(levels=MIXED)
    result = evaluate(assessment.record())

    html = main_of(assessment)

    (table,) = re.findall(r'<table class="[^"]*charta-table--gaps".*?</table>', html, re.DOTALL)
    cells = [
        [text(c) for c in re.findall(r"<t[dh].*?</t[dh]>", r, re.DOTALL)] for r in table.split("<tr>")[2:]
    ]
    assert [(c[0], c[4], c[8]) for c in cells] == [
        (str(gap.rank), printed(gap.result.gap), printed(gap.result.priority)) for gap in result.gaps
    ]
    assert len({c[0] for c in cells}) < len(cells)


def test_answers_come_with_their_wording_reason_and_evidence(assess, main_of, answered):
    assessment = assess(levels=MIXED)
    answered(
        assessment,
        "1.1-1",
        state="rated",
        level=3,
        comment="Seit Mai",
        evidence_grade=2,
        evidence="Vermerk 7",
    )
    wording = Criterion.objects.get(code="1.1-1").level_3

    answer, evidence = row(main_of(assessment), "charta-table--answers", "<p>1.1-1 ")

    assert answer == f"Stufe 3: umgesetzt und verankert {wording} Erläuterung: Seit Mai"
    assert evidence == "Dokument, trägt Stufe 3 Vermerk 7"


def test_demands_and_the_advice_to_others_are_listed(assess, main_of, answered):
    assessment = assess(levels=MIXED)
    answered(assessment, "e-1", state="not_our_competence", competent_body="Das Land", demand="Bitte öffnen")

    html = main_of(assessment)

    assert row(html, "charta-table--demands", "Das Land")[0] == "Bitte öffnen"
    assert "Bund" in row(html, "charta-table--advice", "e ")[0]


def test_what_people_type_stays_text(assess, main_of, answered):
    assessment = assess(levels=MIXED)
    hostile = "<script>alert(1)</script>"
    answered(assessment, "1.1-1", state="rated", level=3, comment=hostile, evidence=hostile)
    answered(assessment, "a-1", state="not_applicable", reason=hostile)
    answered(assessment, "e-1", state="not_our_competence", competent_body=hostile, demand=hostile)

    html = main_of(assessment)

    assert "<script" not in html
    assert html.count("&lt;script&gt;alert(1)") >= 6


def test_the_calculation_uses_this_assessments_numbers(assess, main_of):
    assessment = assess(levels=MIXED)
    result = evaluate(assessment.record())

    html = main_of(assessment)

    terms = " + ".join(printed(item.index.value) for item in result.guidelines)
    assert row(html, "charta-table--calculation", "Leitlinienindex")[1] == (
        f"({terms}) ÷ 4 = {printed(result.principles.index.value)}"
    )
    first = result.gaps[0].result
    assert row(html, "charta-table--calculation", "Priorität")[1] == (
        f"{first.clause.code}: {printed(first.gap)} × 2 × 2 ÷ 2 = {printed(first.priority)}"
    )


def test_progress_against_the_predecessor(assess, main_of):
    before = assess(levels=1, form="full", final=True, year=2025)
    codes = Criterion.objects.filter(clause__code="1.1").values_list("code", flat=True)
    levels = {**dict.fromkeys(codes, 1), codes[0]: 2, "1.2-1": 3, "1.2-2": 3, "1.2-3": 3}
    assessment = assess(levels=levels, form="full")
    found = progress(evaluate(assessment.record()), evaluate(before.record()))

    html = main_of(assessment)

    assert [step.is_noticeable for step in found.steps] == [False, True]
    assert row(html, "charta-table--progress", "1.1 ")[2] == "unverändert"
    assert row(html, "charta-table--progress", "1.2 ") == ["1,0", "3,0", "+2,0", "3", "100 %"]
    assert "Nicht verglichen: nicht in beiden vollständig beantwortet: 1.3 " in text(html)


def test_a_full_form_is_not_compared_with_last_years_short_form(assess, main_of):
    assess(levels=2, form="short", final=True, year=2025)
    assessment = assess(levels=4, form="full")

    html = main_of(assessment)

    assert "charta-table--progress" not in html
    assert "Kein Abschnitt lässt sich vergleichen: andere Fragen gestellt: 1.1 " in text(html)


def test_without_a_predecessor_there_is_no_progress(assess, main_of):
    assert 'id="fortschritt"' not in main_of(assess(levels=MIXED))


def test_an_empty_assessment_says_so(assess, main_of):
    seen = text(main_of(assess()))

    assert "Leitlinienindex 0,0 bis 4,0 vorläufig" in seen
    assert "Nicht beantwortet: 24" in seen
    assert "Kein bewerteter Abschnitt liegt unter seinem Ziel." in seen
    assert "noch keine Frage bewertet" in seen


def test_a_draft_is_called_a_draft_and_leads_on(assess, main_of):
    assessment = assess(levels={"1.1-1": 2})
    base = f"/einschaetzungen/{assessment.pk}"

    html = main_of(assessment)

    assert "Entwurf: Die Zahlen ändern sich" in text(html)
    assert f'href="{base}/berichte/ratsbericht.pdf"' in html
    assert f'href="{base}/abschliessen/"' in html
    assert f'href="{base}/fragen/1.2/#frage-1.2-1"' in html
    assert f'href="{base}/fragen/1.1/' not in html


@pytest.mark.parametrize(("role", "may_answer"), [("contributor", True), ("reviewer", False)])
def test_a_colleague_is_offered_only_what_they_may_do(role, may_answer, assess, main_of):
    assessment = assess()
    base = f"/einschaetzungen/{assessment.pk}"

    html = main_of(assessment, role)

    assert f'href="{base}/abschliessen/"' not in html
    assert (f'href="{base}/fragen/1.2/#frage-1.2-1"' in html) is may_answer


def test_a_final_assessment_names_day_and_checksum_and_offers_no_change(assess, main_of):
    assessment = assess(levels=MIXED, final=True)

    html = main_of(assessment)

    assert f"Prüfsumme {assessment.frozen.sha256[:12]}" in text(html)
    assert assessment.frozen.sha256 in html
    assert "abgeschlossen am" in html
    assert "/abschliessen/" not in html
    assert "/fragen/" not in html


def test_a_final_page_outlives_the_texts_and_names_it_was_made_of(assess, main_of, town):
    final = assess(levels=MIXED, final=True, year=2025)
    draft = assess(levels=MIXED)
    before, draft_before = main_of(final), main_of(draft)

    for name in ("question", "level_3", "short_title", "step_2"):
        Criterion.objects.update(**{name: f"Neu: {name}"})
    Criterion.objects.update(binding="may")
    Clause.objects.update(title="Neu: title", short_title="Neu")
    town.name = "Neustadt"
    town.save()

    assert main_of(final) == before
    assert main_of(draft) != draft_before


def test_a_council_member_reads_what_is_final_and_not_a_draft(assess, main_of, sign_in):
    final, draft = assess(levels=MIXED, final=True, year=2025), assess(levels=MIXED)

    assert "Leitlinienindex" in main_of(final, "council")
    assert sign_in("council").get(f"/einschaetzungen/{draft.pk}/").status_code == 404


def test_another_towns_results_do_not_exist(assess, sign_in, other_town):
    theirs = assess(levels=MIXED, final=True, at=other_town)

    assert sign_in("officer").get(f"/einschaetzungen/{theirs.pk}/").status_code == 404


@pytest.mark.parametrize("form", ["short", "full"])
def test_a_draft_takes_the_same_queries_however_many_answers(
    form, assess, sign_in, django_assert_num_queries
):
    assess(levels=2, final=True, year=2025)
    assessment = assess(levels=3, form=form)
    assessment.record()  # the wording of the edition is known from now on
    client = sign_in("officer")

    # session, person, assessment with predecessor; the predecessor's snapshot; whether the wording has changed;
    # answers, targets, comments, evidence
    with django_assert_num_queries(9):
        client.get(f"/einschaetzungen/{assessment.pk}/")


def test_a_final_assessment_takes_five_queries(assess, sign_in, django_assert_num_queries):
    assessment = assess(levels=3, final=True)
    client = sign_in("council")

    # session, person, assessment, snapshot, stored documents
    with django_assert_num_queries(5):
        client.get(f"/einschaetzungen/{assessment.pk}/")


@pytest.mark.parametrize("final", [False, True])
def test_every_link_within_the_page_leads_to_a_section(final, assess, main_of):
    html = main_of(assess(levels=2, final=final))

    places = set(re.findall(r'href="#([^"]+)"', html))
    assert {"dokumente", "daten", "pflichten", "luecken", "rechnung"} <= places
    assert places <= set(re.findall(r'id="([^"]+)"', html))
