"""A workbook as plain values, whatever kind of file is made of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from math import ceil

from assessments.scoring import percent, printed

FONT, SIZE = "Arial", 10  # on every computer
INK, LINE, SHADE = "171A2B", "9AA0B4", "E8EAF2"  # of letters, of lines, behind the heads
READABLE = 190  # characters beside each other on a page across


class Share(Decimal):
    """A share 0–1, shown as a percentage."""


class Change(Decimal):
    """A difference, shown with its sign."""


Cell = str | int | Decimal | date | None  # None is an empty cell; a Decimal is shown with one decimal


class Look(StrEnum):
    """How a cell is to be shown."""

    EMPTY = "empty"
    TEXT = "text"
    NUMBER = "number"
    FIGURE = "figure"
    CHANGE = "change"
    SHARE = "share"
    WHOLE_SHARE = "whole-share"  # "100 %", not "100,0 %"
    DATE = "date"

    @classmethod
    def of(cls, cell: Cell) -> Look:
        """The look that goes with what a cell holds."""
        if isinstance(cell, Share):
            return cls.SHARE if cell * 100 % 1 else cls.WHOLE_SHARE
        return next((look for kind, look in LOOKS if isinstance(cell, kind)), cls.EMPTY)


LOOKS = (
    (str, Look.TEXT),
    (date, Look.DATE),
    (Change, Look.CHANGE),
    (Decimal, Look.FIGURE),
    (int, Look.NUMBER),
)


@dataclass(frozen=True, slots=True)
class Head:
    """The head of a column; `width` in characters. Figures stand on the right, also a word in place of one."""

    text: str
    width: int
    is_figure: bool = False


@dataclass(frozen=True, slots=True)
class Sheet:
    """One sheet: a row of heads, then the rows. The first `fixed` columns stay in sight."""

    title: str
    heads: tuple[Head, ...]
    rows: tuple[tuple[Cell, ...], ...]
    fixed: int = 1

    @property
    def pages(self) -> int:
        """How many pages beside each other its columns need on paper."""
        return ceil(sum(head.width for head in self.heads) / READABLE)


@dataclass(frozen=True, slots=True)
class Workbook:
    """Sheets with what stands on every printed page, and the day that the file names instead of the clock's."""

    title: str
    header: str
    seal: str
    day: datetime
    sheets: tuple[Sheet, ...]


def shown(cell: Cell) -> str:
    """A cell as the page writes it."""
    match cell:
        case None:
            return ""
        case date():
            return f"{cell:%d.%m.%Y}"
        case Share():
            return percent(cell).replace("\N{NO-BREAK SPACE}", " ")
        case Change():
            return f"{'+' if cell > 0 else ''}{printed(cell)}"
        case Decimal():
            return printed(cell)
        case _:
            return str(cell)
