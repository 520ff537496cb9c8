"""Workbook -> XLSX. Texts stay texts, whatever they begin with; the same workbook gives the same bytes."""

from __future__ import annotations

import io
import re
import zipfile
from copy import copy
from textwrap import wrap
from typing import Any

import openpyxl
from openpyxl.packaging.core import DocumentProperties
from openpyxl.styles import Alignment, Border, Font, PatternFill, Side
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.dimensions import RowDimension
from openpyxl.worksheet.properties import PageSetupProperties
from openpyxl.worksheet.worksheet import Worksheet
from openpyxl.writer.excel import ExcelWriter

from assessments.exchange.office import GENERATOR, packed
from assessments.exchange.sheets.workbook import (
    FONT,
    INK,
    LINE,
    SHADE,
    SIZE,
    Cell,
    Look,
    Sheet,
    Workbook,
    shown,
)

LONGEST = 32_767  # UTF-16 units in a cell; Excel calls a file with a longer text damaged
CUT = " … [gekürzt; der ganze Text steht in den Dateien ODS, CSV und JSON]"
LONGEST_HEADER = 120  # characters; with its codes it must stay below 255
LOOKS_ESCAPED = re.compile("_(?=x[0-9A-Fa-f]{4}_)")  # XLSX writes "_x0041_" for "A"
HIGHEST = 409  # points; Excel knows no higher row
LINE_HEIGHT = 13  # points
LETTERS = 110  # fit on average where 100 digits do
FORMATS = {
    Look.EMPTY: "General",
    Look.TEXT: "@",
    Look.NUMBER: "0",
    Look.FIGURE: "0.0",
    Look.CHANGE: "+0.0;-0.0;0.0",
    Look.SHARE: r"0.0\ %",
    Look.WHOLE_SHARE: r"0\ %",
    Look.DATE: "dd.mm.yyyy",
}
PLAIN = Font(name=FONT, size=SIZE, color=INK)
BOLD = Font(name=FONT, size=SIZE, color=INK, bold=True)
BEHIND_HEADS = PatternFill("solid", fgColor=SHADE)
EDGE = Border(bottom=Side("thin", color=LINE))
LEFT = Alignment(
    horizontal="left", vertical="top", wrap_text=True, indent=1
)  # away from the figure before it
RIGHT = Alignment(horizontal="right", vertical="top", wrap_text=True)


def xlsx_file(book: Workbook) -> bytes:
    """The workbook for Excel."""
    made = openpyxl.Workbook()
    del made["Sheet"]
    for sheet in book.sheets:
        _write(made.create_sheet(sheet.title), sheet, book)
    day = book.day.replace(tzinfo=None)
    made.properties = DocumentProperties(
        creator=GENERATOR,
        lastModifiedBy=GENERATOR,
        title=book.title,
        created=day,
        modified=day,
        language="de-DE",
    )
    target = io.BytesIO()
    # `made.save` would write the clock's time for `modified`
    ExcelWriter(made, zipfile.ZipFile(target, "w")).save()
    return packed(target)


class FittedRow(RowDimension):
    """A row as high as its texts need, which Excel fits again when they change: not a height that somebody chose."""

    customHeight = False  # noqa: N815 - the format's own name


def _write(place: Worksheet, sheet: Sheet, book: Workbook) -> None:
    for number, head in enumerate(sheet.heads, 1):
        place.column_dimensions[get_column_letter(number)].width = head.width
        side = RIGHT if head.is_figure else LEFT
        top = place.cell(1, number, head.text)
        top.font, top.fill, top.border, top.alignment = BOLD, BEHIND_HEADS, EDGE, side
        alike: dict[Look, Any] = {}  # a style taken over costs a tenth of one put together
        for line, row in enumerate(sheet.rows, 2):
            value = row[number - 1]
            look = Look.of(value)
            cell: Any = place.cell(line, number)
            _fill(cell, value)
            if look in alike:
                cell._style = copy(alike[look])
            else:
                cell.font, cell.border, cell.alignment = PLAIN, EDGE, side
                cell.number_format = FORMATS[look]
                alike[look] = cell._style
    heads = tuple(head.text for head in sheet.heads)
    for line, cells in enumerate((heads, *sheet.rows), 1):
        place.row_dimensions[line] = FittedRow(place, index=line, ht=_height(cells, sheet))
    place.auto_filter.ref = place.dimensions
    place.freeze_panes = f"{get_column_letter(sheet.fixed + 1)}2"
    _lay_out(place, sheet, book)


def _fill(cell: Any, value: Cell) -> None:
    if isinstance(value, str):
        cell.value = _shortened(LOOKS_ESCAPED.sub("_x005F_", value))
        cell.data_type = "s"  # neither a formula nor an error, whatever it looks like
    else:
        cell.value = value


def _height(row: tuple[Cell, ...], sheet: Sheet) -> float:
    """The height in points that the longest cell of a row needs."""
    lines = max(
        sum(_lines(line, head.width * LETTERS // 100) for line in shown(cell).split("\n"))
        for cell, head in zip(row, sheet.heads, strict=True)
    )
    return min(HIGHEST, lines * LINE_HEIGHT + 4)


def _lines(text: str, width: int) -> int:
    return 1 if len(text) <= width else len(wrap(text, width))


def _shortened(text: str) -> str:
    units = text.encode("utf-16-le")
    if len(units) <= 2 * LONGEST:
        return text
    return units[: 2 * (LONGEST - len(CUT))].decode("utf-16-le", "ignore") + CUT


def _lay_out(place: Worksheet, sheet: Sheet, book: Workbook) -> None:
    """On paper: A4 across, as wide as one can read, the heads and the fixed columns on each page."""
    place.page_setup.orientation, place.page_setup.paperSize = "landscape", place.PAPERSIZE_A4
    place.sheet_properties.pageSetUpPr = PageSetupProperties(fitToPage=True)
    place.page_setup.fitToWidth, place.page_setup.fitToHeight = sheet.pages, 0
    place.print_title_rows = "1:1"
    if sheet.fixed:
        place.print_title_cols = f"A:{get_column_letter(sheet.fixed)}"
    header, footer = place.oddHeader, place.oddFooter
    assert header is not None
    assert footer is not None
    header.left.text, header.right.text = book.header[:LONGEST_HEADER].replace("&", "&&"), "&A"
    footer.left.text, footer.right.text = book.seal, "Seite &P von &N"
