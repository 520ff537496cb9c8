"""Sheet -> CSV for programs: commas, UTF-8, figures with a point, shares as numbers, days as in ISO 8601."""

from __future__ import annotations

import csv
import io
import re

from assessments.exchange.sheets.workbook import Cell, Sheet

# What a program takes for the beginning of a formula, also full-width, also behind something invisible.
FORMULA = re.compile("[\\s\u00ad\u200b-\u200f\u2060-\u2064\ufeff]*[=+\\-@＝＋－＠]|[\t\r]")


def csv_file(sheet: Sheet) -> bytes:
    """The heads and the rows of one sheet. A text that a program could take for a formula begins with "'"."""
    target = io.StringIO(newline="")
    writer = csv.writer(target)
    writer.writerow(head.text for head in sheet.heads)
    writer.writerows([_defused(cell) for cell in row] for row in sheet.rows)
    return target.getvalue().encode()


def _defused(cell: Cell) -> Cell:
    return f"'{cell}" if isinstance(cell, str) and FORMULA.match(cell) else cell
