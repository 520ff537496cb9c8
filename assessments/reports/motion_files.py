"""A motion as ODT and DOCX: real heading styles, head rows of tables, German, no names of persons.

The same motion gives the same bytes: both libraries write the clock's time into the archive, so it is packed anew.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterator

import docx
import odfdo
from docx.document import Document as DocxDocument
from docx.enum.table import WD_TABLE_ALIGNMENT
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Cm, Pt, RGBColor
from docx.table import Table as DocxTable
from docx.text.paragraph import Paragraph as DocxParagraph

from assessments.exchange.office import GENERATOR, clean, packed
from assessments.reports.motion import Block, Heading, Items, Motion, Paragraph, Table

FONT = "Arial"  # on every computer; the municipality's own template brings its own
WIDTH = 17.0  # centimetres between the margins of A4
INK, LINE, HEAD = "171a2b", "9aa0b4", "e8eaf2"
BLANK_LINES = re.compile(r"\n\s*\n")


def odt_file(motion: Motion) -> bytes:
    """The motion as OpenDocument text."""
    document = odfdo.Document("text")
    body = document.body
    body.clear()
    _odt_styles(document, motion)
    _odt_margins(document, motion)
    body.append(odfdo.Paragraph(motion.title, style="Title"))
    body.append(odfdo.Paragraph(clean(motion.subject), style="Subtitle"))
    for block in motion.blocks:
        for element in _odt_elements(block):
            body.append(element)
    document.language = "de-DE"
    meta = document.meta
    meta.title, meta.subject = f"{motion.title}: {clean(motion.place)}", clean(motion.subject)
    meta.creation_date = meta.date = motion.day.replace(tzinfo=None)
    assert document.container is not None
    document.container.del_part("Thumbnails/thumbnail.png")
    document.manifest.del_full_path("Thumbnails/thumbnail.png")
    target = io.BytesIO()
    document.save(target)
    return packed(target)


def docx_file(motion: Motion) -> bytes:
    """The motion as Word document."""
    document = docx.Document()
    _docx_styles(document)
    _docx_margins(document, motion)
    document.add_paragraph(motion.title, style="Title")
    document.add_paragraph(clean(motion.subject), style="Subtitle")
    lists = 0
    for block in motion.blocks:
        match block:
            case Heading(text, level):
                document.add_heading(clean(text), level)
            case Paragraph(text):
                for paragraph in _paragraphs(text):
                    document.add_paragraph(paragraph)
            case Items(texts, is_numbered):
                lists += is_numbered
                for text in texts:
                    item = document.add_paragraph(
                        clean(text), style="List Number" if is_numbered else "List Bullet"
                    )
                    if is_numbered:
                        _numbered_afresh(document, item, lists)
            case Table():
                _docx_table(document, block)
    properties = document.core_properties
    properties.title, properties.subject = f"{motion.title}: {clean(motion.place)}", clean(motion.subject)
    properties.author = properties.last_modified_by = GENERATOR
    properties.comments, properties.language = "", "de-DE"
    properties.created = properties.modified = motion.day.replace(tzinfo=None)
    properties.revision = 1
    target = io.BytesIO()
    document.save(target)
    return packed(target)


def _paragraphs(text: str) -> list[str]:
    return [part.strip() for part in BLANK_LINES.split(clean(text))]


# OpenDocument

# Paragraph styles by the names that every office suite knows, so that a template can replace them:
# name -> parent, paragraph properties, text properties
ODT_PARAGRAPHS: dict[str, tuple[str, dict[str, str], dict[str, str]]] = {
    "Standard": ("", {}, {"fo:font-family": FONT, "fo:color": f"#{INK}", "fo:font-size": "11pt"}),
    "Text_20_body": ("Standard", {"fo:margin-bottom": "0.25cm", "fo:line-height": "125%"}, {}),
    "Heading": ("Standard", {"fo:keep-with-next": "always"}, {"fo:font-weight": "bold"}),
    "Title": ("Heading", {"fo:margin-bottom": "0.1cm"}, {"fo:font-size": "24pt"}),
    "Subtitle": ("Heading", {"fo:margin-bottom": "0.6cm"}, {"fo:font-size": "13pt"}),
    "Heading_20_1": (
        "Heading",
        {"fo:margin-top": "0.8cm", "fo:margin-bottom": "0.25cm"},
        {"fo:font-size": "16pt"},
    ),
    "Heading_20_2": (
        "Heading",
        {"fo:margin-top": "0.5cm", "fo:margin-bottom": "0.15cm"},
        {"fo:font-size": "12.5pt"},
    ),
    "Caption": (
        "Standard",
        {"fo:margin-top": "0.3cm", "fo:margin-bottom": "0.1cm", "fo:keep-with-next": "always"},
        {"fo:font-weight": "bold", "fo:font-size": "10pt"},
    ),
    "Table_20_Contents": ("Standard", {}, {"fo:font-size": "10pt"}),
    "Table_20_Heading": ("Table_20_Contents", {}, {"fo:font-weight": "bold"}),
    "Header": ("Standard", {"fo:margin-bottom": "0.4cm"}, {"fo:font-size": "9pt"}),
    "Footer": ("Standard", {}, {"fo:font-size": "9pt"}),
}
ODT_LABEL = (
    '<style:list-level-properties text:list-level-position-and-space-mode="label-alignment">'
    '<style:list-level-label-alignment text:label-followed-by="listtab" text:list-tab-stop-position="0.7cm" '
    'fo:text-indent="-0.7cm" fo:margin-left="0.7cm"/></style:list-level-properties>'
)
ODT_LISTS = (
    '<text:list-style style:name="Aufzählung"><text:list-level-style-bullet text:level="1" '
    f'text:bullet-char="•">{ODT_LABEL}</text:list-level-style-bullet></text:list-style>',
    '<text:list-style style:name="Nummern"><text:list-level-style-number text:level="1" style:num-format="1" '
    f'style:num-suffix=".">{ODT_LABEL}</text:list-level-style-number></text:list-style>',
)
ODT_CELL = f'fo:border="0.5pt solid #{LINE}" fo:padding="0.12cm"'
ODT_TABLES = (
    '<style:style style:name="Zelle" style:family="table-cell"><style:table-cell-properties '
    f"{ODT_CELL}/></style:style>",
    '<style:style style:name="Kopfzelle" style:family="table-cell"><style:table-cell-properties '
    f'{ODT_CELL} fo:background-color="#{HEAD}"/></style:style>',
    '<style:style style:name="Zeile" style:family="table-row"><style:table-row-properties '
    'fo:keep-together="always"/></style:style>',
    '<style:style style:name="Tabelle" style:family="table"><style:table-properties '
    f'style:width="{WIDTH}cm" table:align="left" fo:margin-bottom="0.3cm"/></style:style>',
)


def _odt_styles(document: odfdo.Document, motion: Motion) -> None:
    outline = document.get_style("outline", "Outline")
    if outline is not None:
        outline.delete()  # it would number the headings
    for name in ODT_PARAGRAPHS:
        existing = document.get_style("paragraph", name)
        if existing is not None:
            existing.delete()
        document.insert_style(_odt_paragraph_style(name))
    shares = sorted({share for block in motion.blocks if isinstance(block, Table) for share in block.widths})
    columns = (
        f'<style:style style:name="Spalte{share}" style:family="table-column">'
        f'<style:table-column-properties style:column-width="{WIDTH * share / 100:.2f}cm"/></style:style>'
        for share in shares
    )
    for style in (*ODT_LISTS, *ODT_TABLES, *columns):
        document.insert_style(style, automatic=True)


def _odt_paragraph_style(name: str) -> odfdo.Style:
    parent, paragraph, text = ODT_PARAGRAPHS[name]
    style = odfdo.Style("paragraph", name=name, display_name=name.replace("_20_", " "))
    if parent:
        style.set_attribute("style:parent-style-name", parent)
    if level := re.fullmatch(r"Heading_20_(\d)", name):
        style.set_attribute("style:default-outline-level", level[1])
    for tag, values in (("style:paragraph-properties", paragraph), ("style:text-properties", text)):
        if values:
            element = odfdo.Element.from_tag(tag)
            for key, value in values.items():
                element.set_attribute(key, value)
            style.append(element)
    return style


def _odt_margins(document: odfdo.Document, motion: Motion) -> None:
    """Header with the municipality, footer with checksum and page number; a draft says so in both."""
    page = document.get_style("master-page", "Standard")
    assert isinstance(page, odfdo.StyleMasterPage)
    header = odfdo.Paragraph(" · ".join(filter(None, [clean(motion.place), motion.notice])), style="Header")
    footer = odfdo.Paragraph(f"{motion.seal} · Seite ", style="Footer")
    footer.append(odfdo.Element.from_tag('<text:page-number text:select-page="current">1</text:page-number>'))
    footer.append(" von ")
    footer.append(odfdo.Element.from_tag("<text:page-count>1</text:page-count>"))
    page.set_page_header(header)
    page.set_page_footer(footer)


def _odt_elements(block: Block) -> Iterator[odfdo.Element]:
    match block:
        case Heading(text, level):
            yield odfdo.Header(level, clean(text), style=f"Heading_20_{level}")
        case Paragraph(text):
            for paragraph in _paragraphs(text):
                yield odfdo.Paragraph(paragraph, style="Text_20_body")
        case Items(texts, is_numbered):
            items = odfdo.List(style="Nummern" if is_numbered else "Aufzählung")
            for text in texts:
                items.append(odfdo.ListItem(odfdo.Paragraph(clean(text), style="Text_20_body")))
            yield items
        case Table():
            yield odfdo.Paragraph(clean(block.caption), style="Caption")
            yield _odt_table(block)


def _odt_table(block: Table) -> odfdo.Element:
    table = odfdo.Element.from_tag("table:table")
    table.set_attribute("table:name", clean(block.caption))
    table.set_attribute("table:style-name", "Tabelle")
    for width in block.widths:
        column = odfdo.Element.from_tag("table:table-column")
        column.set_attribute("table:style-name", f"Spalte{width}")
        table.append(column)
    head = odfdo.Element.from_tag("table:table-header-rows")
    head.append(_odt_row(block.head, "Kopfzelle", "Table_20_Heading"))
    table.append(head)
    for row in block.rows:
        table.append(_odt_row(row, "Zelle", "Table_20_Contents"))
    return table


def _odt_row(texts: tuple[str, ...], cell_style: str, paragraph_style: str) -> odfdo.Element:
    row = odfdo.Element.from_tag("table:table-row")
    row.set_attribute("table:style-name", "Zeile")
    for text in texts:
        cell = odfdo.Element.from_tag("table:table-cell")
        cell.set_attribute("office:value-type", "string")
        cell.set_attribute("table:style-name", cell_style)
        for paragraph in _paragraphs(text):
            cell.append(odfdo.Paragraph(paragraph, style=paragraph_style))
        row.append(cell)
    return row


# Word


def _docx_styles(document: DocxDocument) -> None:
    """Word's own styles by their own names, in our type and in German."""
    sizes = {"Normal": 11, "Title": 24, "Subtitle": 13, "Heading 1": 16, "Heading 2": 12.5, "Caption": 10}
    for name, size in sizes.items():
        style = document.styles[name]
        style.font.name, style.font.size, style.font.italic = FONT, Pt(size), False
        style.font.bold = name != "Normal"
        style.font.color.rgb = RGBColor.from_string(INK.upper())
        properties = style.element.get_or_add_rPr()
        for spacing in properties.findall(qn("w:spacing")):
            properties.remove(spacing)
        fonts = properties.get_or_add_rFonts()
        for attribute in [key for key in fonts.attrib if key.endswith("Theme")]:
            del fonts.attrib[attribute]
        for kind in ("w:ascii", "w:hAnsi", "w:cs", "w:eastAsia"):
            fonts.set(qn(kind), FONT)
    for border in document.styles["Title"].element.iter(qn("w:pBdr")):
        border.getparent().remove(border)
    document.styles["Caption"].paragraph_format.keep_with_next = True
    for language in document.styles.element.iter(qn("w:lang")):
        language.set(qn("w:val"), "de-DE")
        language.set(qn("w:eastAsia"), "de-DE")


def _docx_margins(document: DocxDocument, motion: Motion) -> None:
    section = document.sections[0]
    section.page_width, section.page_height = Cm(21), Cm(29.7)
    section.left_margin = section.right_margin = section.top_margin = section.bottom_margin = Cm(2)
    section.header.paragraphs[0].text = " · ".join(filter(None, [clean(motion.place), motion.notice]))
    footer = section.footer.paragraphs[0]
    footer.add_run(f"{motion.seal} · Seite ")
    _field(footer, "PAGE")
    footer.add_run(" von ")
    _field(footer, "NUMPAGES")


def _field(paragraph: DocxParagraph, name: str) -> None:
    """Add a field that Word fills in."""
    field = OxmlElement("w:fldSimple")
    field.set(qn("w:instr"), name)
    run, text = OxmlElement("w:r"), OxmlElement("w:t")
    text.text = "1"
    run.append(text)
    field.append(run)
    paragraph._p.append(field)


def _numbered_afresh(document: DocxDocument, item: DocxParagraph, number: int) -> None:
    """Let each numbered list begin at 1: in Word all paragraphs of the style are one list."""
    numbering = document.part.numbering_part.numbering_definitions._numbering
    known = {num.numId: num for num in numbering.num_lst}
    identity = 1000 + number
    if identity not in known:
        style = document.styles["List Number"].element.pPr.numPr.numId.val
        added = numbering.add_num(known[style].abstractNumId.val)
        added.set(qn("w:numId"), str(identity))
        added.add_lvlOverride(ilvl=0).add_startOverride(1)
    properties = item._p.get_or_add_pPr().get_or_add_numPr()
    properties.get_or_add_ilvl().val = 0
    properties.get_or_add_numId().val = identity


def _docx_table(document: DocxDocument, block: Table) -> None:
    document.add_paragraph(clean(block.caption), style="Caption")
    table = document.add_table(rows=0, cols=len(block.head), style="Table Grid")
    table.alignment, table.autofit = WD_TABLE_ALIGNMENT.LEFT, False
    for texts in (block.head, *block.rows):
        _docx_row(table, texts, block.widths, is_head=texts is block.head)
    for column, share in zip(table.columns, block.widths, strict=True):
        column.width = Cm(WIDTH * share / 100)
    document.add_paragraph().paragraph_format.space_after = Pt(0)


def _docx_row(table: DocxTable, texts: tuple[str, ...], widths: tuple[int, ...], *, is_head: bool) -> None:
    row = table.add_row()
    properties = row._tr.get_or_add_trPr()
    properties.append(OxmlElement("w:cantSplit"))
    if is_head:
        properties.append(OxmlElement("w:tblHeader"))
    for cell, text, share in zip(row.cells, texts, widths, strict=True):
        cell.width = Cm(WIDTH * share / 100)
        for number, part in enumerate(_paragraphs(text)):
            paragraph = cell.paragraphs[0] if number == 0 else cell.add_paragraph()
            run = paragraph.add_run(part)
            run.font.size, run.bold = Pt(10), is_head or None
            paragraph.paragraph_format.space_before = paragraph.paragraph_format.space_after = Pt(2)
        if is_head:
            shade = OxmlElement("w:shd")
            shade.set(qn("w:val"), "clear")
            shade.set(qn("w:fill"), HEAD)
            cell._tc.get_or_add_tcPr().append(shade)
