"""Result -> SVG text. The same picture stands in the page and in the PDF. Pure: no Django.

Only presentation attributes (a strict policy forbids styles, and WeasyPrint does not apply them), a sentence
as `<title>`, room at the sides for labels. Everything is told apart without colour: the score is a solid line
with discs or a solid bar, the target dashed or a hollow diamond, a range a bracket, a missing score a gap.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Sequence
from decimal import Decimal
from xml.etree import ElementTree

from assessments.scoring import HIGHEST, NO_FIGURE, ClauseResult, Result, printed

FONT = "Fira Sans, sans-serif"
INK = "#171a2b"
MUTED = "#535b78"  # 6.6:1 on white
GRID = "#8b91a8"  # 3.1:1 on white
SCORE = "#1f4391"  # 9.3:1 on white
SCORE_AREA = "#dbe4f5"
TARGET = "#9a4a00"  # 6.2:1 on white
DASHES = "9 5"
NOT_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
CHARACTER_WIDTH = 0.56  # of the font size: the mean of Fira Sans, measured on German text
NAMED_AT_MOST = 3

Point = tuple[float, float]


def radar(result: Result) -> str:
    """The principles as a net: one axis each, score against target, from 0 in the middle to 4 at the rim."""
    clauses = result.principles.clauses
    return _Radar(clauses).drawn(_sentence("Netzdiagramm der Grundsätze", clauses))


def bars(result: Result, *, wide: bool = False) -> str:
    """The recommendations as bars from 0 to 4 with their targets; `wide` puts the titles at the side."""
    clauses = result.recommendations.clauses
    return _Bars(clauses, wide=wide).drawn(_sentence("Balkendiagramm der Empfehlungen", clauses))


class _Radar:
    """Where the axes and the rings lie, and what is drawn on them."""

    WIDTH, HEIGHT, RADIUS = 640.0, 536.0, 180.0
    CENTRE = (320.0, 264.0)

    def __init__(self, clauses: Sequence[ClauseResult]) -> None:
        self.clauses = clauses

    def at(self, axis: float, level: Decimal | float) -> Point:
        """The point of a level on an axis; axis 0 points up, the others follow clockwise."""
        angle = math.tau * axis / max(len(self.clauses), 1)
        distance = self.RADIUS * float(level) / HIGHEST
        return self.CENTRE[0] + distance * math.sin(angle), self.CENTRE[1] - distance * math.cos(angle)

    def drawn(self, sentence: str) -> str:
        """The whole picture; what must stay legible is drawn last."""
        has_range = any(_is_uncertain(clause) for clause in self.clauses)
        has_gap = any(clause.score is None for clause in self.clauses)
        legend = _legend(has_range=has_range, has_gap=has_gap, disc=True)
        svg = _svg(self.WIDTH, self.HEIGHT + LEGEND_LINE * len(legend), sentence)
        runs = self.runs()
        for run in runs:
            self.area(svg, run)
        self.grid(svg)
        self.target(svg)
        for run in runs:
            self.line(svg, run)
        for axis, clause in enumerate(self.clauses):
            self.range_(svg, axis, clause)
            if clause.score is not None:
                _disc(svg, self.at(axis, clause.score))
            self.label(svg, axis, clause)
        _draw_legend(svg, legend, (150.0, self.HEIGHT + 6))
        return _text_of(svg)

    def runs(self) -> list[list[int]]:
        """Neighbouring axes with a score; one without parts them, and the last axis neighbours the first."""
        count = len(self.clauses)
        present = [axis for axis in range(count) if self.clauses[axis].score is not None]
        if len(present) == count:
            return [present] if present else []
        runs: list[list[int]] = []
        for axis in present:
            if runs and runs[-1][-1] == axis - 1:
                runs[-1].append(axis)
            else:
                runs.append([axis])
        if len(runs) > 1 and runs[0][0] == 0 and runs[-1][-1] == count - 1:
            runs[0] = runs.pop() + runs[0]
        return runs

    def is_whole(self, run: Sequence[int]) -> bool:
        return len(run) == len(self.clauses)

    def points(self, run: Iterable[int]) -> list[Point]:
        return [self.at(axis, self.clauses[axis].score or 0) for axis in run]

    def area(self, svg: ElementTree.Element, run: Sequence[int]) -> None:
        corners = self.points(run) if self.is_whole(run) else [self.CENTRE, *self.points(run)]
        if len(corners) > 2:
            _add(svg, "polygon", points=_points(corners), fill=SCORE_AREA)

    def line(self, svg: ElementTree.Element, run: Sequence[int]) -> None:
        shape = "polygon" if self.is_whole(run) else "polyline"
        _add(svg, shape, points=_points(self.points(run)), fill="none", stroke=SCORE, stroke_width=3.5)

    def target(self, svg: ElementTree.Element) -> None:
        points = [self.at(axis, clause.target) for axis, clause in enumerate(self.clauses)]
        if points:
            _add(
                svg,
                "polygon",
                points=_points(points),
                fill="none",
                stroke=TARGET,
                stroke_width=2.5,
                stroke_dasharray=DASHES,
            )

    def grid(self, svg: ElementTree.Element) -> None:
        x, y = self.CENTRE
        for level in range(1, HIGHEST + 1):
            _add(
                svg,
                "circle",
                cx=x,
                cy=y,
                r=self.RADIUS * level / HIGHEST,
                fill="none",
                stroke=GRID,
                stroke_width=1,
            )
        for axis in range(len(self.clauses)):
            _line(svg, self.CENTRE, self.at(axis, HIGHEST), stroke=GRID, width=1)
        for level in range(1, HIGHEST + 1):
            beside = self.at(-0.5, level)
            _text(svg, str(level), (beside[0], beside[1] - 4), size=15, fill=MUTED, anchor="middle")

    def range_(self, svg: ElementTree.Element, axis: int, clause: ClauseResult) -> None:
        if clause.lower is not None and clause.upper is not None and _is_uncertain(clause):
            _bracket(svg, self.at(axis, clause.lower), self.at(axis, clause.upper))

    def label(self, svg: ElementTree.Element, axis: int, clause: ClauseResult) -> None:
        """Code and score in bold, below them the short title in at most two lines, outside the rim."""
        rim = self.at(axis, HIGHEST)
        away = ((rim[0] - self.CENTRE[0]) / self.RADIUS, (rim[1] - self.CENTRE[1]) / self.RADIUS)
        x, y = rim[0] + 16 * away[0], rim[1] + 16 * away[1]
        anchor = "middle" if abs(away[0]) < 0.2 else ("start" if away[0] > 0 else "end")
        room = {"start": self.WIDTH - x, "end": x, "middle": 2 * min(x, self.WIDTH - x)}[anchor] - 4
        lines = two_lines(clause.clause.short_title)
        size = min(15.0, room / (CHARACTER_WIDTH * max(len(line) for line in lines)))
        y += _lift(away[1], len(lines))
        code = _text(
            svg,
            f"{clause.clause.code}:\N{NO-BREAK SPACE}",
            (x, y),
            size=20,
            fill=INK,
            anchor=anchor,
            bold=True,
        )
        code.set("data-charta-label", "code")
        _tspan(code, printed(clause.score), fill=SCORE if clause.score is not None else INK)
        for number, line in enumerate(lines, 1):
            place = (x, y + 18 * number)
            title = _text(svg, line, place, size=size, fill=INK, anchor=anchor)
            title.set("data-charta-label", "title")


def _lift(away: float, lines: int) -> float:
    """How far the first line moves so that the block of text stands above, beside or below the rim."""
    half = 9.0 * lines
    return 6 - half + away * (half + 10)


BAR_HEIGHT = 16.0


class _Bars:
    """Where the rows lie: the title above its bar where the screen is narrow, before it on paper."""

    def __init__(self, clauses: Sequence[ClauseResult], *, wide: bool) -> None:
        self.clauses = clauses
        self.is_wide = wide
        self.left, self.length = (306.0, 344.0) if wide else (64.0, 336.0)
        self.width, self.row, self.drop = (720.0, 32.0, 8.0) if wide else (480.0, 60.0, 28.0)

    def drawn(self, sentence: str) -> str:
        """The whole picture."""
        has_range = any(_is_uncertain(clause) for clause in self.clauses)
        has_gap = any(clause.score is None for clause in self.clauses)
        legend = _legend(has_range=has_range, has_gap=has_gap, disc=False)
        top, foot = 6.0, 30.0
        bottom = top + self.row * len(self.clauses)
        lines = 2 if self.is_wide else len(legend)
        svg = _svg(self.width, bottom + foot + LEGEND_LINE * lines, sentence)
        for level in range(HIGHEST + 1):
            x = self.along(level)
            _line(svg, (x, top), (x, bottom), stroke=GRID if level else INK, width=1 if level else 2)
            _text(svg, str(level), (x, bottom + 18), size=15, fill=MUTED, anchor="middle")
        for number, clause in enumerate(self.clauses):
            self.bar(svg, top + self.row * number, clause)
        if self.is_wide:
            _draw_legend(svg, legend[:2], (0, bottom + foot + 8))
            _draw_legend(svg, legend[2:], (self.left, bottom + foot + 8))
        else:
            _draw_legend(svg, legend, (self.left, bottom + foot + 8))
        return _text_of(svg)

    def along(self, level: Decimal | float) -> float:
        return self.left + self.length * float(level) / HIGHEST

    def bar(self, svg: ElementTree.Element, top: float, clause: ClauseResult) -> None:
        """One row: the title above or before the bar with target and range, code and score at the sides."""
        y = top + self.drop
        middle = y + BAR_HEIGHT / 2
        self.title(svg, top, clause)
        right = self.left + self.length + 16
        _text(svg, printed(clause.score), (right, middle + 7), size=20, fill=INK, anchor="start", bold=True)
        if clause.score is None:
            shape: dict[str, str | float] = {
                "fill": "#ffffff",
                "stroke": MUTED,
                "stroke_width": 1,
                "stroke_dasharray": "3 4",
            }
            _add(svg, "rect", x=self.left, y=y, width=self.length, height=BAR_HEIGHT, **shape)
        else:
            length = self.along(clause.score) - self.left
            _add(svg, "rect", x=self.left, y=y, width=length, height=BAR_HEIGHT, fill=SCORE)
        if clause.lower is not None and clause.upper is not None and _is_uncertain(clause):
            below = y + BAR_HEIGHT + (4 if self.is_wide else 7)
            _bracket(svg, (self.along(clause.lower), below), (self.along(clause.upper), below))
        _diamond(svg, (self.along(clause.target), middle))

    def title(self, svg: ElementTree.Element, top: float, clause: ClauseResult) -> None:
        words = clause.clause.short_title
        middle = top + self.drop + BAR_HEIGHT / 2 + 7
        room = self.left - 48 if self.is_wide else self.length
        size = min(16.0, room / (CHARACTER_WIDTH * max(len(words), 1)))
        if self.is_wide:
            _text(svg, clause.clause.code, (0, middle), size=20, fill=INK, anchor="start", bold=True)
            _text(svg, words, (32, middle - 1), size=size, fill=INK, anchor="start")
            return
        _add(svg, "rect", x=self.left + 2, y=top + 2, width=self.length, height=24, fill="#ffffff")
        _text(svg, words, (self.left + 6, top + 20), size=size, fill=INK, anchor="start")
        _text(svg, clause.clause.code, (self.left - 16, middle), size=20, fill=INK, anchor="end", bold=True)


def two_lines(title: str) -> list[str]:
    """The title in one line if it is short or a single word, else in the two most even lines."""
    words = title.split() or [""]
    if len(title) <= 12 or len(words) == 1:
        return [" ".join(words)]
    ways = [[" ".join(words[:cut]), " ".join(words[cut:])] for cut in range(1, len(words))]
    return min(ways, key=lambda way: max(len(line) for line in way))


def _sentence(chart: str, clauses: Sequence[ClauseResult]) -> str:
    """What the chart says, for those who cannot see it: the lowest and the highest score by name."""
    rated = [clause for clause in clauses if clause.score is not None]
    opening = f"{chart}, Ist gegen Ziel"
    if not rated:
        return f"{opening}: Noch hat kein Abschnitt einen Wert."
    lowest = min(clause.score for clause in rated if clause.score is not None)
    highest = max(clause.score for clause in rated if clause.score is not None)
    if lowest == highest:
        said = f"Alle bewerteten stehen bei {printed(lowest)}"
    else:
        low, high = (_names([c for c in rated if c.score == end]) for end in (lowest, highest))
        said = f"Am niedrigsten {low} mit {printed(lowest)}, am höchsten {high} mit {printed(highest)}"
    without = [clause.clause.code for clause in clauses if clause.score is None]
    return f"{opening}: {said}." + (f" Ohne Wert: {', '.join(without)}." if without else "")


def _names(clauses: Sequence[ClauseResult]) -> str:
    names = [f"{clause.clause.code} {clause.clause.short_title}" for clause in clauses]
    if len(names) > NAMED_AT_MOST:
        names = [clause.clause.code for clause in clauses]
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} und {names[-1]}"


def _is_uncertain(clause: ClauseResult) -> bool:
    """Whether open answers leave a range around a score; where nothing has a score, "–" says it all."""
    return clause.score is not None and clause.lower != clause.upper


LEGEND_LINE = 28.0


def _legend(*, has_range: bool, has_gap: bool, disc: bool) -> list[tuple[str, str]]:
    entries = [("disc" if disc else "bar", "Ist"), ("dashes" if disc else "diamond", "Ziel")]
    if has_range:
        entries.append(("bracket", "Spanne bei offenen Antworten"))
    if has_gap:
        entries.append(("none", "kein Wert: offen oder nicht zu bewerten"))
    return entries


def _draw_legend(svg: ElementTree.Element, entries: Sequence[tuple[str, str]], corner: Point) -> None:
    x, y = corner
    for number, (sign, words) in enumerate(entries):
        middle = y + LEGEND_LINE * number + 4
        _sign(svg, sign, (x, middle))
        _text(svg, words, (x + 54, middle + 6), size=17, fill=INK, anchor="start")


def _sign(svg: ElementTree.Element, sign: str, place: Point) -> None:
    x, y = place
    match sign:
        case "disc":
            _line(svg, (x, y), (x + 42, y), stroke=SCORE, width=3.5)
            _disc(svg, (x + 21, y))
        case "bar":
            _add(svg, "rect", x=x, y=y - BAR_HEIGHT / 2, width=42, height=BAR_HEIGHT, fill=SCORE)
        case "dashes":
            _add(
                svg,
                "line",
                x1=x,
                y1=y,
                x2=x + 42,
                y2=y,
                stroke=TARGET,
                stroke_width=2.5,
                stroke_dasharray=DASHES,
            )
        case "diamond":
            _diamond(svg, (x + 21, y))
        case "bracket":
            _bracket(svg, (x, y), (x + 42, y))
        case _:
            _text(svg, NO_FIGURE, (x + 21, y + 6), size=20, fill=INK, anchor="middle", bold=True)


def _disc(svg: ElementTree.Element, place: Point) -> None:
    _add(svg, "circle", cx=place[0], cy=place[1], r=6, fill=SCORE, stroke="#ffffff", stroke_width=1.5)


def _diamond(svg: ElementTree.Element, place: Point) -> None:
    x, y = place
    corners = [(x, y - 11), (x + 8, y), (x, y + 11), (x - 8, y)]
    _add(svg, "polygon", points=_points(corners), fill="#ffffff", stroke=TARGET, stroke_width=3)


def _bracket(svg: ElementTree.Element, start: Point, end: Point) -> None:
    """A line with a short cross stroke at each end."""
    _line(svg, start, end, stroke=INK, width=2)
    length = math.dist(start, end) or 1
    across = (6 * (end[1] - start[1]) / length, -6 * (end[0] - start[0]) / length)
    for x, y in (start, end):
        _line(svg, (x - across[0], y - across[1]), (x + across[0], y + across[1]), stroke=INK, width=2)


def _svg(width: float, height: float, sentence: str) -> ElementTree.Element:
    svg = ElementTree.Element(
        "svg",
        {
            "xmlns": "http://www.w3.org/2000/svg",
            "viewBox": f"0 0 {_number(width)} {_number(height)}",
            "role": "img",
            "font-family": FONT,
        },
    )
    ElementTree.SubElement(svg, "title").text = NOT_XML.sub("", sentence)
    return svg


def _add(svg: ElementTree.Element, tag: str, **attributes: str | float) -> ElementTree.Element:
    return ElementTree.SubElement(
        svg,
        tag,
        {
            name.replace("_", "-"): value if isinstance(value, str) else _number(value)
            for name, value in attributes.items()
        },
    )


def _line(svg: ElementTree.Element, start: Point, end: Point, *, stroke: str, width: float) -> None:
    _add(svg, "line", x1=start[0], y1=start[1], x2=end[0], y2=end[1], stroke=stroke, stroke_width=width)


def _text(
    svg: ElementTree.Element,
    words: str,
    place: Point,
    *,
    size: float,
    fill: str,
    anchor: str,
    bold: bool = False,
) -> ElementTree.Element:
    text = _add(svg, "text", x=place[0], y=place[1], font_size=size, fill=fill, text_anchor=anchor)
    if bold:
        text.set("font-weight", "600")
    text.text = NOT_XML.sub("", words)
    return text


def _tspan(text: ElementTree.Element, words: str, *, fill: str) -> None:
    ElementTree.SubElement(text, "tspan", {"fill": fill}).text = words


def _points(points: Iterable[Point]) -> str:
    return " ".join(f"{_number(x)},{_number(y)}" for x, y in points)


def _number(value: float) -> str:
    """At most one decimal, and never "-0"."""
    return f"{round(value, 1) + 0.0:g}"


def _text_of(svg: ElementTree.Element) -> str:
    return ElementTree.tostring(svg, encoding="unicode")
