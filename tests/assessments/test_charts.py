"""The charts say what the Result says, to the eye and to those who cannot see, and they carry no code."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from xml.etree import ElementTree

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assessments import charts
from assessments.record import Record
from assessments.scoring import Result, evaluate, printed
from tests.assessments.values import (
    NOT_APPLICABLE,
    OPEN,
    PRINCIPLES,
    RECOMMENDATIONS,
    clause,
    principles,
    rated,
    record,
    records,
)

pytestmark = pytest.mark.once

SVG = "{http://www.w3.org/2000/svg}"
TAGS = {"svg", "title", "polygon", "polyline", "circle", "line", "rect", "text", "tspan"}
ATTRIBUTES = {
    *("viewBox", "role", "font-family", "font-size", "font-weight", "text-anchor", "data-charta-label"),
    *("points", "x", "y", "x1", "y1", "x2", "y2", "cx", "cy", "r", "width", "height"),
    *("fill", "stroke", "stroke-width", "stroke-dasharray"),
}
Draw = Callable[[Result], str]
BOTH = pytest.mark.parametrize("draw", [charts.radar, charts.bars])


def parts(svg: str, tag: str, **attributes: str) -> list[ElementTree.Element]:
    """The elements with this tag and these attributes."""
    found = ElementTree.fromstring(svg).iter(f"{SVG}{tag}")
    return [e for e in found if all(e.get(name) == value for name, value in attributes.items())]


def title(svg: str) -> str:
    """The sentence of the chart, which must be its first direct child."""
    first = ElementTree.fromstring(svg)[0]
    assert first.tag == f"{SVG}title"
    return first.text or ""


def words(svg: str) -> list[str]:
    """What is written in the chart."""
    return ["".join(text.itertext()) for text in parts(svg, "text")]


def recommendations(answers: list[Any], **target: Any) -> Record:
    """The twelve recommendations with one criterion each."""
    return record(
        [clause(code, [answer], **target) for code, answer in zip(RECOMMENDATIONS, answers, strict=True)]
    )


@BOTH
@given(value=records())
@settings(max_examples=40, deadline=None)
def test_every_chart_is_a_picture_of_presentation_attributes_alone(draw: Draw, value: Record):
    svg = ElementTree.fromstring(draw(evaluate(value)))

    assert {e.tag.removeprefix(SVG) for e in svg.iter()} <= TAGS
    assert {name for e in svg.iter() for name in e.attrib} <= ATTRIBUTES
    assert svg.get("role") == "img"
    assert svg.get("font-family", "").startswith("Fira Sans")


@BOTH
@given(value=records())
@settings(max_examples=40, deadline=None)
def test_nothing_is_drawn_outside_the_picture(draw: Draw, value: Record):
    svg = ElementTree.fromstring(draw(evaluate(value)))
    _, _, width, height = map(float, svg.get("viewBox", "").split())

    across = [float(e.get(name, 0)) for e in svg.iter() for name in ("x", "x1", "x2", "cx")]
    down = [float(e.get(name, 0)) for e in svg.iter() for name in ("y", "y1", "y2", "cy")]
    corners = [tuple(map(float, p.split(","))) for e in svg.iter() for p in e.get("points", "").split()]

    assert all(0 <= x <= width for x in across + [x for x, _ in corners])
    assert all(0 <= y <= height for y in down + [y for _, y in corners])


@given(value=records())
@settings(max_examples=40, deadline=None)
def test_the_labels_are_the_printed_scores(value: Record):
    result = evaluate(value)

    radar, bars = words(charts.radar(result)), words(charts.bars(result))

    assert [f"{c.clause.code}:\N{NO-BREAK SPACE}{printed(c.score)}" for c in result.principles.clauses] == [
        text for text in radar if text.split(":")[0] in PRINCIPLES
    ]
    for item in result.recommendations.clauses:
        assert bars[bars.index(item.clause.code) + 1] == printed(item.score)


@BOTH
def test_hostile_titles_stay_text(draw: Draw):
    hostile = '</title><script>alert("1")</script>&amp;\x00\x0b'
    value = principles([rated(2)] * 12)
    other = recommendations([rated(2)] * 12)
    both = value.model_copy(
        update={
            "clauses": tuple(
                c.model_copy(update={"short_title": hostile}) for c in value.clauses + other.clauses
            )
        }
    )

    svg = draw(evaluate(both))

    assert "<script" not in svg
    assert '</title><script>alert("1")</script>&amp;' in "".join(words(svg))


def test_all_at_four_with_targets_of_four_draws_the_same_polygon_twice():
    value = record([clause(code, [rated(4)], level=4) for code in PRINCIPLES])

    svg = charts.radar(evaluate(value))

    (score,) = parts(svg, "polygon", stroke=charts.SCORE)
    (target,) = parts(svg, "polygon", stroke=charts.TARGET)
    assert score.get("points") == target.get("points")
    assert len(score.get("points", "").split()) == 12


def test_a_score_of_two_lies_half_way_up_its_axis():
    svg = charts.radar(evaluate(principles([rated(2)] * 12)))

    top = parts(svg, "circle", fill=charts.SCORE)[0]
    assert (top.get("cx"), top.get("cy")) == ("320", "174")  # the middle at 264, the rim 180 above it


def test_target_and_score_differ_without_colour():
    svg = charts.radar(evaluate(principles([rated(2)] * 12)))

    (score,) = parts(svg, "polygon", stroke=charts.SCORE)
    (target,) = parts(svg, "polygon", stroke=charts.TARGET)
    assert score.get("stroke-dasharray") is None
    assert target.get("stroke-dasharray") == charts.DASHES


def test_a_clause_without_score_is_a_gap_and_no_zero():
    svg = charts.radar(evaluate(principles([rated(3), NOT_APPLICABLE, *[rated(3)] * 10])))

    (line,) = parts(svg, "polyline", stroke=charts.SCORE)
    assert not parts(svg, "polygon", stroke=charts.SCORE)
    assert len(line.get("points", "").split()) == 11
    assert "320,264" not in line.get("points", "")
    assert "1.2:\N{NO-BREAK SPACE}–" in words(svg)
    assert title(svg).endswith("Ohne Wert: 1.2.")


def test_a_line_runs_over_the_top_where_the_last_axis_neighbours_the_first():
    answers = [rated(3), OPEN, *[rated(3)] * 4, OPEN, *[rated(3)] * 5]

    svg = charts.radar(evaluate(principles(answers)))

    lengths = [len(line.get("points", "").split()) for line in parts(svg, "polyline", stroke=charts.SCORE)]
    assert lengths == [6, 4]  # 2.2 to 1.1, and 1.3 to 2.1


def test_only_a_score_with_open_answers_beside_it_has_a_range():
    clauses = [clause("1.1", [rated(2), OPEN]), clause("1.2", [rated(2)]), clause("1.3", [OPEN])]

    certain = words(charts.radar(evaluate(record(clauses[1:]))))
    uncertain = words(charts.radar(evaluate(record(clauses))))

    assert "Spanne bei offenen Antworten" not in certain
    assert "Spanne bei offenen Antworten" in uncertain


def test_bars_are_as_long_as_their_scores():
    answers = [rated(0), rated(1), rated(2), rated(4), *[NOT_APPLICABLE] * 8]

    svg = charts.bars(evaluate(recommendations(answers)))

    drawn = [float(bar.get("width", 0)) for bar in parts(svg, "rect", fill=charts.SCORE)][:4]
    assert drawn == [0, 84, 168, 336]
    assert words(svg).count("–") == 8 + 1  # the clauses, and the legend


def test_the_sentence_names_the_lowest_and_the_highest():
    answers = [rated(1), rated(4), *[rated(2)] * 10]

    sentence = title(charts.radar(evaluate(principles(answers))))

    assert sentence == (
        "Netzdiagramm der Grundsätze, Ist gegen Ziel: "
        "Am niedrigsten 1.1 Kurz 1.1 mit 1,0, am höchsten 1.2 Kurz 1.2 mit 4,0."
    )


def test_the_sentence_names_every_tie():
    answers = [rated(1), rated(1), *[rated(2)] * 10]

    sentence = title(charts.bars(evaluate(recommendations(answers))))

    assert "Am niedrigsten a Kurz a und b Kurz b mit 1,0" in sentence
    assert "am höchsten c, d, e, f, g, h, i, j, k und l mit 2,0" in sentence


@pytest.mark.parametrize(
    ("answer", "said"),
    [(OPEN, "Noch hat kein Abschnitt einen Wert."), (rated(2), "Alle bewerteten stehen bei 2,0.")],
)
def test_the_sentence_where_nothing_stands_out(answer: Any, said: str):
    assert title(charts.radar(evaluate(principles([answer] * 12)))).endswith(f": {said}")


@BOTH
def test_a_chart_of_nothing_is_still_a_picture(draw: Draw):
    assert "Noch hat kein Abschnitt einen Wert." in title(draw(evaluate(record([]))))


@given(text=st.text(st.sampled_from("ab äß-"), max_size=28))
def test_two_lines_lose_no_word(text: str):
    lines = charts.two_lines(text)

    assert len(lines) <= 2
    assert " ".join(lines).split() == text.split()


@pytest.mark.parametrize("colour", [charts.INK, charts.MUTED, charts.GRID, charts.SCORE, charts.TARGET])
def test_every_colour_stands_out_from_white(colour: str):
    def luminance(code: str) -> float:
        channels = [int(code[i : i + 2], 16) / 255 for i in (1, 3, 5)]
        linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    assert 1.05 / (luminance(colour) + 0.05) >= 3
