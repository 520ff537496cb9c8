"""Walk the structure tree of a PDF and say what a reader with a screen reader would stumble over."""

from __future__ import annotations

import io
from collections.abc import Iterator

import pikepdf

Owner = tuple[tuple[int, int], int]  # a page's object number and a marked sequence on it


def faults(pdf: bytes) -> list[str]:
    """Everything that is wrong, in words; empty for a sound file."""
    with pikepdf.open(io.BytesIO(pdf)) as file:
        return [*_document(file), *_Walk(file).faults()]


def roles(pdf: bytes) -> dict[str, int]:
    """How often each role stands in the tree."""
    with pikepdf.open(io.BytesIO(pdf)) as file:
        walk = _Walk(file)
        walk.faults()
        return walk.roles


def _document(file: pikepdf.Pdf) -> Iterator[str]:
    root = file.Root
    if root.get("/Lang") != "de":
        yield "language is not German"
    if not root.MarkInfo.Marked:
        yield "not marked as tagged"
    if not root.ViewerPreferences.DisplayDocTitle:
        yield "window would not show the title"
    if not str(file.docinfo.get("/Title", "")).strip():
        yield "no title"


def _kids(element: pikepdf.Object) -> list[pikepdf.Object]:
    kids = element.get("/K")
    if kids is None:
        return []
    return list(kids) if isinstance(kids, pikepdf.Array) else [kids]


def _elements(element: pikepdf.Object) -> list[pikepdf.Object]:
    return [kid for kid in _kids(element) if isinstance(kid, pikepdf.Dictionary) and "/S" in kid]


def _width(cell: pikepdf.Object) -> int:
    attributes = cell.get("/A")
    return int(attributes.get("/ColSpan", 1)) if attributes is not None else 1


class _Walk:
    """One way through the tree."""

    def __init__(self, file: pikepdf.Pdf) -> None:
        self.file = file
        self.found: list[str] = []
        self.roles: dict[str, int] = {}
        self.headings: list[int] = []
        self.owners: dict[Owner, str] = {}

    def faults(self) -> list[str]:
        root = self.file.Root.StructTreeRoot
        for element in _elements(root):
            self.visit(element, root, None)
        self.found += [
            f"heading jumps from {above} to {below}"
            for above, below in zip(self.headings, self.headings[1:], strict=False)
            if below > above + 1
        ]
        if self.headings[:1] != [1]:
            self.found.append("first heading is not of level 1")
        self.content()
        return self.found

    def visit(self, element: pikepdf.Object, parent: pikepdf.Object, page: pikepdf.Object | None) -> None:
        role = str(element.S).removeprefix("/")
        self.roles[role] = self.roles.get(role, 0) + 1
        page = element.get("/Pg", page)
        if element.P.objgen != parent.objgen:
            self.found.append(f"{role} names another parent")
        if role.startswith("H") and role[1:].isdigit():
            self.headings.append(int(role[1:]))
        check = getattr(self, f"check_{role.lower()}", None)
        if check:
            check(element)
        for kid in _kids(element):
            self.follow(kid, element, role, page)

    def follow(
        self, kid: pikepdf.Object, element: pikepdf.Object, role: str, page: pikepdf.Object | None
    ) -> None:
        if isinstance(kid, int):
            assert page is not None
            self.own((page.objgen, int(kid)), role)
        elif kid.get("/Type") == "/MCR":
            self.own((kid.Pg.objgen, int(kid.MCID)), role)
        elif kid.get("/Type") == "/OBJR":
            if not str(kid.Obj.get("/Contents", "")).strip():
                self.found.append("link without description")
        else:
            self.visit(kid, element, page)

    def own(self, sequence: Owner, role: str) -> None:
        if sequence in self.owners:
            self.found.append(f"content read twice, as {self.owners[sequence]} and {role}")
        self.owners[sequence] = role

    def check_figure(self, figure: pikepdf.Object) -> None:
        if len(str(figure.get("/Alt", "")).strip()) < 20:
            self.found.append("figure without a sentence that stands for it")

    def check_th(self, cell: pikepdf.Object) -> None:
        if "/Scope" not in cell.get("/A", {}):
            self.found.append("head cell that does not say whether it heads a row or a column")

    def check_link(self, link: pikepdf.Object) -> None:
        if not any(not isinstance(kid, int) and kid.get("/Type") == "/OBJR" for kid in _kids(link)):
            self.found.append("link that leads nowhere")

    def check_table(self, table: pikepdf.Object) -> None:
        parts = _elements(table)
        if sum(part.S == "/THead" for part in parts) > 1:
            self.found.append("table with several heads")
        if [str(part.S) for part in parts].count("/Caption") != 1:
            self.found.append("table without a caption")
        rows = [row for part in parts if part.S in {"/THead", "/TBody", "/TFoot"} for row in _elements(part)]
        widths = {sum(_width(cell) for cell in _elements(row)) for row in rows}
        if len(widths) != 1:
            self.found.append(f"table with rows of {sorted(widths)} cells")
        if not any(cell.S == "/TH" for row in rows for cell in _elements(row)):
            self.found.append("table without head cells")

    def check_l(self, items: pikepdf.Object) -> None:
        if any(item.S != "/LI" for item in _elements(items)):
            self.found.append("list with something that is no item")

    def check_toc(self, items: pikepdf.Object) -> None:
        if any(item.S not in {"/TOCI", "/TOC"} for item in _elements(items)):
            self.found.append("table of contents with something that is no entry")

    def content(self) -> None:
        """Every drawn thing is either in the tree or an artifact."""
        for number, page in enumerate(self.file.pages, 1):
            depth = 0
            for instruction in pikepdf.parse_content_stream(page):
                operator = str(instruction.operator)
                if operator in {"BDC", "BMC"}:
                    depth += 1
                    operands = instruction.operands
                    if len(operands) > 1 and "/MCID" in operands[1]:
                        if (page.obj.objgen, int(operands[1].MCID)) not in self.owners:
                            self.found.append(f"content on page {number} that is in no tree")
                    elif operands[0] != "/Artifact":
                        self.found.append(f"content on page {number} without a place")
                elif operator == "EMC":
                    depth -= 1
                elif operator in {"Tj", "TJ"} and depth == 0:
                    self.found.append(f"text on page {number} outside any mark")
