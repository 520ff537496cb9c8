"""Sheet -> CSV that a German Excel opens by a double click: semicolons, decimal commas, UTF-8 with its mark."""

from __future__ import annotations

import codecs
import csv
import io
import re

from assessments.exchange.sheets.workbook import Cell, Sheet, shown

# What a program takes for the beginning of a formula, also full-width, also behind something invisible.
FORMULA = re.compile("[\\s\u00ad\u200b-\u200f\u2060-\u2064\ufeff]*[=+\\-@＝＋－＠]|[\t\r]")


def csv_file(sheet: Sheet) -> bytes:
    """The heads and the rows of one sheet. A text that a program could take for a formula begins with "'"."""
    target = io.StringIO(newline="")
    writer = csv.writer(target, delimiter=";")
    writer.writerow(head.text for head in sheet.heads)
    writer.writerows([_defused(cell) for cell in row] for row in sheet.rows)
    return codecs.BOM_UTF8 + target.getvalue().encode()


def _defused(cell: Cell) -> str:
    return f"'{cell}" if isinstance(cell, str) and FORMULA.match(cell) else shown(cell)
