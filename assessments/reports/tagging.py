"""Mends of the tag tree that WeasyPrint 70.0 writes, made in its `finisher` hook before the file is written.

What is wrong in 70.0, seen on a report of thirty pages (each mend is one method below):

* a paragraph, list item, table or row that a page break splits becomes one structure element per page, and a
  repeated table head is read out again on every page (`_join`, `_merge`)
* running headers and footers are tagged as content, and hang in no tree (`_set_margins_apart`)
* `th` has no /Scope, so PDF/UA readers cannot tell row heads from column heads (`_describe`)
* link annotations carry the bare target as /Contents (`recording`)
* a table of contents in `nav` is tagged as an ordinary list (`_contents`)
* every `dt` and every `dd` is a list item of its own (`_definitions`)
* `figcaption` is not a child of its Figure (`_caption`)
* a hyphen at a line's end is U+2010, so search and copy see two words (`_soften_hyphens`)
* an attachment is listed twice in /AF (`finish`)
* PDF/A-3a and PDF/UA-1 cannot be declared together (`_declare_ua`)
* compressed data that happen to end with CR seem one byte short before "LF endstream" (`parting`)
* pydyf computes and compresses every object twice, for the file and for its identifier (`Settled`)

The mends rest on a private function of exactly this version; a test holds the pin. Nothing here imports
WeasyPrint: its module `weasyprint.pdf.tags` is handed in by the one module that renders.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from types import ModuleType
from typing import Any, NamedTuple

import pydyf

WEASYPRINT = "70.0"

SCOPES = {"row": "/Row", "rowgroup": "/Row", "col": "/Column", "colgroup": "/Column"}
NUMBERING = {"ol": "/Decimal", "ul": "/Disc"}
CONTENTS_ROLES = {"/L": "/TOC", "/LI": "/TOCI", "/LBody": "/Reference"}

# ISO 14289-1, 5: the identifier; ISO 19005-3, 6.6.2.3.2: its schema must be described in a PDF/A file.
UA_IDENTIFIER = b"""\
<rdf:Description rdf:about="" xmlns:pdfuaid="http://www.aiim.org/pdfua/ns/id/">\
<pdfuaid:part>1</pdfuaid:part></rdf:Description>\
<rdf:Description rdf:about="" xmlns:pdfaExtension="http://www.aiim.org/pdfa/ns/extension/" \
xmlns:pdfaSchema="http://www.aiim.org/pdfa/ns/schema#" xmlns:pdfaProperty="http://www.aiim.org/pdfa/ns/property#">\
<pdfaExtension:schemas><rdf:Bag><rdf:li rdf:parseType="Resource">\
<pdfaSchema:schema>PDF/UA Universal Accessibility Schema</pdfaSchema:schema>\
<pdfaSchema:namespaceURI>http://www.aiim.org/pdfua/ns/id/</pdfaSchema:namespaceURI>\
<pdfaSchema:prefix>pdfuaid</pdfaSchema:prefix>\
<pdfaSchema:property><rdf:Seq><rdf:li rdf:parseType="Resource"><pdfaProperty:name>part</pdfaProperty:name>\
<pdfaProperty:valueType>Integer</pdfaProperty:valueType><pdfaProperty:category>internal</pdfaProperty:category>\
<pdfaProperty:description>Part of ISO 14289 that is followed</pdfaProperty:description></rdf:li></rdf:Seq>\
</pdfaSchema:property></rdf:li></rdf:Bag></pdfaExtension:schemas></rdf:Description>"""

Element = Any  # a pydyf.Dictionary with /Type /StructElem
Reference = bytes


class Origin(NamedTuple):
    """Where a structure element comes from. Holds the element itself, so that its id() stays its own."""

    element: Element
    html: Any
    tag: str | None
    page: int
    margin: str | None


class Origins(dict[int, Origin]):
    """The origins of all structure elements of one file, by the element's id()."""

    def of(self, element: Element) -> Origin | None:
        """The origin, or None for what WeasyPrint adds without an HTML element of its own (runs of text)."""
        return self.get(id(element))

    def html(self, element: Element) -> Any:
        """The HTML element behind a structure element, or None."""
        origin = self.of(element)
        return origin.html if origin else None

    def html_tag(self, element: Element) -> str:
        """Its tag, or ""."""
        return str(getattr(self.html(element), "tag", ""))

    def are_fragments(self, earlier: Element, later: Element) -> bool:
        """Whether a page break split one HTML element into these two."""
        first, second = self.of(earlier), self.of(later)
        return (
            first is not None
            and second is not None
            and first.html is not None
            and first.html is second.html
            and (first.tag, earlier["S"]) == (second.tag, later["S"])
            and first.page < second.page
        )


@contextmanager
def recording(tags: ModuleType) -> Iterator[Origins]:
    """While this is open, `weasyprint.pdf.tags` tells of each structure element which HTML element it stands for.

    Link annotations get the link's text as their description on the way.
    """
    origins, margins = Origins(), [""]
    module: Any = tags
    build = module._build_box_tree

    def build_and_record(
        box: Any, parent: Any, pdf: Any, page: int, nums: Any, annotations: Any, streams: Any
    ) -> Iterator[Element]:
        box = getattr(box, "_box", box)  # the placeholder of an absolutely placed box
        annotation = getattr(box, "link_annotation", None)
        if annotation and box.element is not None:
            text = " ".join("".join(box.element.itertext()).split())
            annotation["Contents"] = pydyf.String(text or str(annotation["Contents"]))
        if is_margin := hasattr(box, "at_keyword"):
            margins.append(box.at_keyword)
        for element in build(box, parent, pdf, page, nums, annotations, streams):
            origins.setdefault(
                id(element), Origin(element, box.element, box.element_tag, page, margins[-1] or None)
            )
            yield element
        if is_margin:  # a margin box yields nothing, so nothing else ran in between
            margins.pop()

    module._build_box_tree = build_and_record
    try:
        yield origins
    finally:
        module._build_box_tree = build


@contextmanager
def parting() -> Iterator[None]:
    """While this is open, no compressed data end with CR: they hold one more line end, or are not compressed."""
    written: property = pydyf.Stream.data

    def parted(stream: Any) -> bytes:
        kept: bytes | None = vars(stream).get("kept_data")
        if kept is not None:
            return kept
        data: bytes = written.fget(stream)  # type: ignore[misc]  # a property that can be read
        if stream.compress and data.endswith(b"\r\nendstream"):
            if stream.extra.get("Type") == "/ObjStm":
                stream.stream.append(b"")
            else:
                stream.compress = False
            data = written.fget(stream)  # type: ignore[misc]
        if stream.extra.get("Type") == "/ObjStm":  # the last object: nothing changes any more
            stream.kept_data = data
        return data

    pydyf.Stream.data = property(parted)
    try:
        yield
    finally:
        pydyf.Stream.data = written


def finish(pdf: Any, origins: Origins) -> None:
    """Mend the finished file, in place."""
    tree = Tree(pdf, origins)
    tree.mend()
    _soften_hyphens(pdf)
    _declare_ua(pdf)
    if "AF" in pdf.catalog:
        pdf.catalog["AF"] = pydyf.Array(dict.fromkeys(pdf.catalog["AF"]))
    pdf.objects = [item if item.free == "f" else Settled(item) for item in pdf.objects]


class Settled(pydyf.Object):
    """An object whose bytes are computed and will not change."""

    data: bytes = b""
    compressible = False

    def __init__(self, item: Any) -> None:
        super().__init__()
        self.number, self.generation = item.number, item.generation
        self.data, self.compressible = item.data, item.compressible


class Tree:
    """The structure tree of one file."""

    def __init__(self, pdf: Any, origins: Origins) -> None:
        self.pdf = pdf
        self.origins = origins
        root = self._object(pdf.catalog["StructTreeRoot"])
        self.document = self._object(root["K"][0])
        self.parents = self._object(root["ParentTree"])["Nums"]
        self.page_of = {reference: number for number, reference in enumerate(pdf.page_references)}
        self.moved: dict[Reference, Reference] = {}
        self.artifacts: dict[tuple[int, int], Any] = {}
        self.head_ids: dict[bytes, Any] = {}

    def mend(self) -> None:
        """All mends of the tree, then the two places that point into it: parent tree and content streams."""
        self._walk(self.document)
        self._set_margins_apart()
        self._update_parents()
        self._mark_artifacts()

    # The walk

    def _walk(self, element: Element) -> None:
        self._join(element)
        for child in self._children(element):
            self._describe(child, element)
            self._walk(child)
            html_tag = self.origins.html_tag(child)
            if html_tag == "figure":
                self._caption(child)
            elif html_tag == "dl" and child["S"] == "/L":
                self._definitions(child)
            elif html_tag == "nav":
                self._contents(child)

    def _describe(self, element: Element, parent: Element) -> None:
        html = self.origins.html(element)
        if html is None:
            return
        role = element["S"]
        if role in {"/TH", "/TD"} and "A" in element:
            self._describe_cell(element, html)
        elif role == "/L" and html.tag in NUMBERING:
            element["A"] = pydyf.Dictionary({"O": "/List", "ListNumbering": NUMBERING[html.tag]})
        elif role == parent["S"] == "/P" and html is self.origins.html(parent):
            element["S"] = "/Span"  # a box inside the paragraph, not a second paragraph

    def _describe_cell(self, cell: Element, html: Any) -> None:
        attributes = cell["A"]
        if cell["S"] == "/TH":
            attributes["Scope"] = SCOPES.get(html.attrib.get("scope"), "/Column")
        if "Headers" in attributes:
            heads = [self.head_ids.get(head.data, head) for head in attributes["Headers"]]
            if heads:
                attributes["Headers"] = pydyf.Array(heads)
            else:
                del attributes["Headers"]

    # What a page break split

    def _join(self, element: Element) -> None:
        kept, previous = pydyf.Array(), None
        for kid in element["K"]:
            child = self._element(kid)
            if child is not None and previous is not None and self.origins.are_fragments(previous, child):
                self._merge(previous, child)
                continue
            previous = child
            kept.append(kid)
        element["K"] = kept

    def _merge(self, first: Element, second: Element) -> None:
        """Move the contents of the later fragment to the end of the earlier one."""
        if first["S"] == "/Table":
            self._join_heads(first, second)
        cells = self._children(first) if first["S"] == "/TR" else []
        for kid in second["K"]:
            child = self._element(kid)
            if child is None:
                first["K"].append(self._on_page(kid, first, second))
                continue
            same = next((cell for cell in cells if self.origins.are_fragments(cell, child)), None)
            if same is not None:
                self._merge(same, child)
                continue
            child["P"] = first.reference
            first["K"].append(kid)
        self.moved[second.reference] = first.reference
        second.clear()

    def _join_heads(self, first: Element, second: Element) -> None:
        """Of a table's head, repeated on each page, the first stays; a row taller than the page comes before it."""
        kept = pydyf.Array()
        for kid in second["K"]:
            child = self._element(kid)
            twin = None
            if child is not None and child["S"] in {"/THead", "/TFoot"}:
                twin = next((c for c in self._children(first) if self.origins.are_fragments(c, child)), None)
            if child is None or twin is None:
                if child is not None and child["S"] == "/THead":
                    bodies = [part["S"] for part in self._children(first)]
                    first["K"].insert(bodies.index("/TBody") if "/TBody" in bodies else len(bodies), kid)
                    child["P"] = first.reference
                else:
                    kept.append(kid)
                continue
            for repeated, original in zip(self._cells(child), self._cells(twin), strict=True):
                if "ID" in repeated and "ID" in original:
                    self.head_ids[repeated["ID"].data] = original["ID"]
            self._make_artifact(child, pydyf.Dictionary({"Type": "/Pagination"}))
            child.clear()
        second["K"] = kept

    def _on_page(self, kid: Any, first: Element, second: Element) -> Any:
        """A marked sequence that now hangs under an element of another page must name its own page."""
        if isinstance(kid, int) and first["Pg"] != second["Pg"]:
            return pydyf.Dictionary({"Type": "/MCR", "Pg": second["Pg"], "MCID": kid})
        return kid

    # Single kinds of content

    def _caption(self, figure_html: Element) -> None:
        """`figure` itself has no role; its one caption belongs into its one image."""
        below = [*self._children(figure_html)]
        below += [grandchild for child in below for grandchild in self._children(child)]
        figures = [element for element in below if element["S"] == "/Figure"]
        captions = [element for element in self._children(figure_html) if element["S"] == "/Caption"]
        if len(figures) == len(captions) == 1:
            self._move(captions[0], figure_html, figures[0])

    def _definitions(self, items: Element) -> None:
        """LI(dt) LI(dd) LI(dd) becomes LI(Lbl LBody LBody)."""
        kept, current = pydyf.Array(), None
        for item in self._children(items):
            body = self._children(item)[0]
            if self.origins.html_tag(body) == "dt":
                body["S"] = "/Lbl"
                current = None
            if current is None:
                current = item
                kept.append(item.reference)
            else:
                self._move(body, item, current)
                item.clear()
        items["K"] = kept

    def _contents(self, element: Element) -> None:
        for child in self._children(element):
            child["S"] = CONTENTS_ROLES.get(child["S"], child["S"])
            if child["S"] == "/TOC":
                child.pop("A", None)
                if element["S"] == "/Reference":  # ISO 32000-1, 14.8.4.2: a TOC stands in a TOCI or a TOC
                    self._move(child, element, self._object(element["P"]))
            self._contents(child)

    # Running headers and footers

    def _set_margins_apart(self) -> None:
        for origin in self.origins.values():
            element = origin.element
            if not origin.margin or not element:
                continue
            header = origin.margin.startswith("@top")
            properties = pydyf.Dictionary(
                {
                    "Type": "/Pagination",
                    "Subtype": "/Header" if header else "/Footer",
                    "Attached": pydyf.Array(["/Top" if header else "/Bottom"]),
                }
            )
            self._make_artifact(element, properties)
            for child in self._children(element):
                if self.origins.of(child) is None:
                    child.clear()
        for origin in self.origins.values():
            if origin.margin:
                origin.element.clear()

    # What points into the tree

    def _update_parents(self) -> None:
        pages = len(self.pdf.page_references)
        for position in range(0, len(self.parents), 2):
            key, value = self.parents[position], self.parents[position + 1]
            if key >= pages:  # a link annotation
                self.parents[position + 1] = self._final(value)
                continue
            for number, reference in enumerate(value):
                value[number] = b"null" if (key, number) in self.artifacts else self._final(reference)

    def _mark_artifacts(self) -> None:
        for number, reference in enumerate(self.pdf.page_references):
            stream = self._object(self._object(reference)["Contents"]).stream
            for position, operand in enumerate(stream):
                if isinstance(operand, pydyf.Dictionary) and (number, operand.get("MCID")) in self.artifacts:
                    stream[position] = self.artifacts[number, operand["MCID"]]
                    stream[position - 1] = b"/Artifact"

    # Small tools

    def _object(self, reference: Reference) -> Any:
        return self.pdf.objects[int(reference.split()[0])]

    def _element(self, kid: Any) -> Element | None:
        """The structure element that a kid refers to, or None for marked content and annotations."""
        found = self._object(kid) if isinstance(kid, bytes) else None
        return found if found is not None and found.get("Type") == "/StructElem" else None

    def _children(self, element: Element) -> list[Element]:
        return [child for kid in element["K"] if (child := self._element(kid)) is not None]

    def _cells(self, part: Element) -> list[Element]:
        return [cell for row in self._children(part) for cell in self._children(row)]

    def _move(self, element: Element, source: Element, target: Element) -> None:
        source["K"].remove(element.reference)
        target["K"].append(element.reference)
        element["P"] = target.reference

    def _make_artifact(self, element: Element, properties: Any) -> None:
        page = self.page_of[element["Pg"]]
        for kid in element["K"]:
            if isinstance(kid, int):
                self.artifacts[page, kid] = properties
            elif isinstance(kid, dict):
                self.artifacts[self.page_of[kid["Pg"]], kid["MCID"]] = properties
            elif (child := self._element(kid)) is not None:
                self._make_artifact(child, properties)

    def _final(self, reference: Reference) -> Reference:
        while reference in self.moved:
            reference = self.moved[reference]
        return reference


def _soften_hyphens(pdf: Any) -> None:
    """Text at a line's end is hyphenated with U+2010, which nobody types: hand it out as the soft hyphen U+00AD."""
    for item in pdf.objects:
        if isinstance(item, pydyf.Stream) and b"begincmap" in item.stream[:4]:
            item.stream = [re.sub(rb"^(<[0-9a-f]{4}>) <2010>$", rb"\1 <00ad>", line) for line in item.stream]


def _declare_ua(pdf: Any) -> None:
    metadata = pdf.objects[int(pdf.catalog["Metadata"].split()[0])]
    if not any(b"pdfuaid:part" in part for part in metadata.stream):
        metadata.stream = [
            part.replace(b"</rdf:RDF>", UA_IDENTIFIER + b"</rdf:RDF>") for part in metadata.stream
        ]
    metadata.compress = False  # readable without a PDF library, as archives like it
