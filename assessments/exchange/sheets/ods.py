"""Workbook -> ODS, the open standard's sheets. The same workbook gives the same bytes."""

from __future__ import annotations

import io
import re
from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from xml.sax.saxutils import escape

import odfdo
from odfdo.utils import digit_to_alpha

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

CHARACTER = 0.21  # centimetres
SPACES = re.compile("^ +|  +| +$")
VALUE_TYPES = {
    Look.TEXT: "string",
    Look.NUMBER: "float",
    Look.FIGURE: "float",
    Look.CHANGE: "float",
    Look.SHARE: "percentage",
    Look.WHOLE_SHARE: "percentage",
    Look.DATE: "date",
}
GERMAN = 'number:language="de" number:country="DE"'
WHOLE = '<number:number number:decimal-places="0" number:min-integer-digits="1"/>'
TENTHS = (
    '<number:number number:decimal-places="1" number:min-decimal-places="1" number:min-integer-digits="1"/>'
)
PER_CENT = "<number:text> %</number:text>"
DATA_STYLES = (
    f'<number:number-style style:name="number" {GERMAN}>{WHOLE}</number:number-style>',
    f'<number:number-style style:name="figure" {GERMAN}>{TENTHS}</number:number-style>',
    f'<number:number-style style:name="below" {GERMAN}><number:text>-</number:text>{TENTHS}</number:number-style>',
    f'<number:number-style style:name="change" {GERMAN}><number:text>+</number:text>{TENTHS}'
    '<style:map style:condition="value()&lt;0" style:apply-style-name="below"/></number:number-style>',
    f'<number:percentage-style style:name="share" {GERMAN}>{TENTHS}{PER_CENT}</number:percentage-style>',
    f'<number:percentage-style style:name="whole-share" {GERMAN}>{WHOLE}{PER_CENT}</number:percentage-style>',
    '<number:text-style style:name="text"><number:text-content/></number:text-style>',
    f'<number:date-style style:name="date" {GERMAN}><number:day number:style="long"/><number:text>.</number:text>'
    '<number:month number:style="long"/><number:text>.</number:text><number:year number:style="long"/>'
    "</number:date-style>",
)
EDGE = f'fo:border-bottom="0.5pt solid #{LINE}" fo:padding="0.06cm" fo:padding-left="0.2cm"'
LETTERS = f'fo:font-family="{FONT}" fo:font-size="{SIZE}pt" fo:color="#{INK}"'
ROW = (
    '<style:style style:name="row" style:family="table-row"><style:table-row-properties '
    'style:use-optimal-row-height="true"/></style:style>'
)


def ods_file(book: Workbook) -> bytes:
    """The workbook for LibreOffice."""
    document = odfdo.Document("spreadsheet")
    body = document.body
    body.clear()
    _add(document, "content.xml", "office:automatic-styles", _styles(book))
    for piece in (*(_table(sheet) for sheet in book.sheets), _filters(book)):
        body.append(odfdo.Element.from_tag(piece))
    _lay_out(document, book)
    _freeze(document, book)
    document.language = "de-DE"
    meta = document.meta
    meta.title, meta.generator = book.title, GENERATOR
    meta.creation_date = meta.date = book.day.replace(tzinfo=None)
    assert document.container is not None
    document.container.del_part("Thumbnails/thumbnail.png")
    document.manifest.del_full_path("Thumbnails/thumbnail.png")
    target = io.BytesIO()
    document.save(target)
    return packed(target)


def _add(document: odfdo.Document, part: str, place: str, pieces: list[str]) -> None:
    """Put these elements in the place of what the library's own empty document has there."""
    xml = document.get_part(part)
    assert isinstance(xml, odfdo.XmlPart)
    parent = xml.get_element(f"//{place}")
    assert isinstance(parent, odfdo.Element)
    parent.clear()
    for piece in pieces:
        parent.append(odfdo.Element.from_tag(piece))


# How cells look


def _styles(book: Workbook) -> list[str]:
    widths = sorted({head.width for sheet in book.sheets for head in sheet.heads})
    counts = sorted({sheet.pages for sheet in book.sheets})
    return [
        *DATA_STYLES,
        ROW,
        *(_cell_style(look, is_right) for look in Look for is_right in (False, True)),
        *(_cell_style(None, is_right) for is_right in (False, True)),
        *(
            f'<style:style style:name="width-{width}" style:family="table-column"><style:table-column-properties '
            f'style:column-width="{width * CHARACTER:.2f}cm"/></style:style>'
            for width in widths
        ),
        *(
            f'<style:style style:name="table-{count}" style:family="table" style:master-page-name="pages-{count}">'
            '<style:table-properties table:display="true" style:writing-mode="lr-tb"/></style:style>'
            for count in counts
        ),
    ]


def _style_name(look: Look | None, is_right: bool) -> str:
    """The style of a cell; without a look that of a head."""
    return f"{look or 'head'}-{'right' if is_right else 'left'}"


def _cell_style(look: Look | None, is_right: bool) -> str:
    data = f'style:data-style-name="{look}"' if look in VALUE_TYPES else ""
    behind, weight = ("", "") if look else (f'fo:background-color="#{SHADE}"', 'fo:font-weight="bold"')
    return (
        f'<style:style style:name="{_style_name(look, is_right)}" style:family="table-cell" '
        f'style:parent-style-name="Default" {data}>'
        f'<style:table-cell-properties {EDGE} {behind} style:vertical-align="top" fo:wrap-option="wrap" '
        'style:text-align-source="fix"/>'
        f'<style:paragraph-properties fo:text-align="{"end" if is_right else "start"}"/>'
        f"<style:text-properties {LETTERS} {weight}/></style:style>"
    )


# Tables, as text: the library takes a hundred times as long to put an element together as to read it


def _table(sheet: Sheet) -> str:
    columns = [f'<table:table-column table:style-name="width-{head.width}"/>' for head in sheet.heads]
    fixed = "".join(columns[: sheet.fixed])
    if fixed:
        fixed = f"<table:table-header-columns>{fixed}</table:table-header-columns>"
    heads = _row(_cell(head.text, _style_name(None, head.is_figure)) for head in sheet.heads)
    rows = (
        _row(
            _cell(cell, _style_name(Look.of(cell), head.is_figure))
            for cell, head in zip(row, sheet.heads, strict=True)
        )
        for row in sheet.rows
    )
    return (
        f'<table:table table:name="{sheet.title}" table:style-name="table-{sheet.pages}">'
        f"{fixed}{''.join(columns[sheet.fixed :])}<table:table-header-rows>{heads}</table:table-header-rows>"
        f"{''.join(rows)}</table:table>"
    )


def _row(cells: Iterable[str]) -> str:
    return f'<table:table-row table:style-name="row">{"".join(cells)}</table:table-row>'


def _cell(value: Cell, style: str) -> str:
    if value is None or value == "":
        return f'<table:table-cell table:style-name="{style}"/>'
    number = ""
    if isinstance(value, date):
        number = f'office:date-value="{value.isoformat()}"'
    elif isinstance(value, int | Decimal):
        number = f'office:value="{value}"'
    lines = "".join(f"<text:p>{_line(line)}</text:p>" for line in shown(value).split("\n"))
    return (
        f'<table:table-cell table:style-name="{style}" office:value-type="{VALUE_TYPES[Look.of(value)]}" {number}>'
        f"{lines}</table:table-cell>"
    )


def _line(text: str) -> str:
    """ODF takes several spaces for one, unless they are counted."""
    counted = SPACES.sub(lambda found: f'<text:s text:c="{len(found[0])}"/>', escape(text))
    return counted.replace("\t", "<text:tab/>")


def _filters(book: Workbook) -> str:
    """The arrows at the heads; the names are those LibreOffice gives to ranges that nobody has named."""
    ranges = (
        f'<table:database-range table:name="__Anonymous_Sheet_DB__{number}" table:display-filter-buttons="true" '
        f'table:target-range-address="{sheet.title}.A1:{sheet.title}.'
        f'{digit_to_alpha(len(sheet.heads) - 1)}{len(sheet.rows) + 1}"/>'
        for number, sheet in enumerate(book.sheets)
    )
    return f"<table:database-ranges>{''.join(ranges)}</table:database-ranges>"


# Paper and screen


def _lay_out(document: odfdo.Document, book: Workbook) -> None:
    """On paper: A4 across, as wide as one can read, with header and footer."""
    counts = sorted({sheet.pages for sheet in book.sheets})
    _add(document, "styles.xml", "office:automatic-styles", [_page_layout(count) for count in counts])
    _add(document, "styles.xml", "office:master-styles", [_master_page(count, book) for count in counts])


def _page_layout(count: int) -> str:
    room = '<style:header-footer-properties fo:min-height="0.7cm" fo:margin="0.2cm"/>'
    return (
        f'<style:page-layout style:name="layout-{count}"><style:page-layout-properties fo:page-width="29.7cm" '
        'fo:page-height="21cm" style:print-orientation="landscape" fo:margin="1.5cm" style:writing-mode="lr-tb" '
        f'style:first-page-number="continue" style:scale-to-X="{count}" style:scale-to-Y="0"/>'
        f"<style:header-style>{room}</style:header-style>"
        f"<style:footer-style>{room}</style:footer-style></style:page-layout>"
    )


def _master_page(count: int, book: Workbook) -> str:
    def line(left: str, right: str) -> str:
        return (
            f"<style:region-left><text:p>{left}</text:p></style:region-left>"
            f"<style:region-right><text:p>{right}</text:p></style:region-right>"
        )

    top = line(escape(book.header), "<text:sheet-name>Blatt</text:sheet-name>")
    bottom = line(
        escape(book.seal),
        "Seite <text:page-number>1</text:page-number> von <text:page-count>1</text:page-count>",
    )
    return (
        f'<style:master-page style:name="pages-{count}" style:page-layout-name="layout-{count}">'
        f"<style:header>{top}</style:header><style:footer>{bottom}</style:footer></style:master-page>"
    )


def _freeze(document: odfdo.Document, book: Workbook) -> None:
    """The heads and the fixed columns stay in sight."""
    tables = "".join(_view(sheet) for sheet in book.sheets)
    view = (
        f"{_item('ViewId', 'string', 'view1')}"
        f'<config:config-item-map-named config:name="Tables">{tables}</config:config-item-map-named>'
        f"{_item('ActiveTable', 'string', book.sheets[0].title)}"
    )
    views = (
        '<config:config-item-set config:name="ooo:view-settings"><config:config-item-map-indexed config:name="Views">'
        f"<config:config-item-map-entry>{view}</config:config-item-map-entry></config:config-item-map-indexed>"
        "</config:config-item-set>"
    )
    _add(document, "settings.xml", "office:settings", [views])


def _view(sheet: Sheet) -> str:
    items = (
        _item("HorizontalSplitMode", "short", 2 if sheet.fixed else 0),
        _item("HorizontalSplitPosition", "int", sheet.fixed),
        _item("VerticalSplitMode", "short", 2),
        _item("VerticalSplitPosition", "int", 1),
        _item("ActiveSplitRange", "short", 3 if sheet.fixed else 2),
        _item("PositionLeft", "int", 0),
        _item("PositionRight", "int", sheet.fixed),
        _item("PositionTop", "int", 0),
        _item("PositionBottom", "int", 1),
    )
    return (
        f'<config:config-item-map-entry config:name="{sheet.title}">{"".join(items)}'
        "</config:config-item-map-entry>"
    )


def _item(name: str, kind: str, value: str | int) -> str:
    return f'<config:config-item config:name="{name}" config:type="{kind}">{value}</config:config-item>'
