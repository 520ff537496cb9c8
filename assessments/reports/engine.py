"""WeasyPrint 70.0 and its hyphenation, without what takes them long and is not needed.

As they load:

* `weasyprint.text.ffi` first tries the names that other systems give its libraries. For each that is missing, cffi
  asks ldconfig, gcc and ld where it might be: sixty processes, until the name that Linux knows is found at once.
* Much is imported for other typefaces than ours, for pictures, for HTML that is not well-formed, for layouts that
  our rules do not use and for other hosts (`HARDLY_EVER`).
* Its own style sheets say what every element of HTML is, and how every script of the world counts. A third of its
  start, and asked for each element; ours says it for those our documents have (`elements.css`).
* pyphen parses all 78,000 German patterns; the words of a report need a tenth of them (`Patterns`).

As they print:

* The HTML is read by a parser written in Python; well-formed as it is, expat reads it in no time (`_read_as_xml`).
* cffi reads a C type with all names it knows, at each first use of fourteen types (`_by_the_names_it_holds`).
* Each line of text is shaped once more to be drawn, as it was when it was measured (`_kept`).
* The same font description is built anew for every run of text (`_described_once`).
* pydyf lists all pages anew for every element of the tag tree (`_listed_once`).
* A page with a table of contents is laid out three times for the numbers beside its lines (`_filled_in`, `PageAlone`).
* Whether a box is in the flow is asked a hundred thousand times, and five questions answer it (`_mostly_in_flow`).
* Lengths are asked a hundred thousand times what they are a percentage of; few are one (`_mostly_absolute`).
* Pillow is imported to read a colour profile and hand out the same bytes (`Screen`).
* The text of a chart is laid out and drawn letter by letter, without kerning (`Whole`).

But for the last one nothing changes a byte of a file. A test compares with the engine as it is, and the version is
pinned: with the next one each of these is looked at again.
"""

from __future__ import annotations

import gc
import mimetypes
import re
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import IO, Any
from xml.etree import ElementTree

import cffi.api
import pydyf
import pyphen
import tinycss2
from cffi.cparser import Parser

HARDLY_EVER = (  # other typefaces than ours, pictures, HTML that is not well-formed, other layouts, other hosts
    *("fontTools.subset", "fontTools.ttLib", "fontTools.varLib.instancer"),
    *("PIL.EpsImagePlugin", "PIL.Image", "PIL.ImageCms", "PIL.ImageFile", "PIL.ImageOps"),
    *("ssl", "tinyhtml5", "uuid", "weasyprint.layout.flex", "weasyprint.layout.grid"),
)
ELEMENTS = Path(__file__).with_name("elements.css")
BLANKS = b" \t\r"
DIGITS = b"0123456789"
COMMENT = re.compile(rb"#.*")
NAME = re.compile(r"\w+")


class Later(ModuleType):
    """Stands for a module that is imported only once something of it is called."""

    def __getattr__(self, name: str) -> Callable[..., Any]:
        if name.startswith("__"):
            raise AttributeError(name)

        def real(*args: Any, **kwargs: Any) -> Any:
            return getattr(import_module(self.__name__), name)(*args, **kwargs)

        return real


@contextmanager
def _hastily() -> Iterator[None]:
    """Import without what is not needed; a library is found by its name or, on Linux, not at all."""
    find, parse = cffi.api._load_backend_lib, tinycss2.parse_stylesheet
    if sys.platform.startswith("linux"):
        cffi.api._load_backend_lib = _load_by_its_name
    tinycss2.parse_stylesheet = _of_our_elements(parse)
    left_out = {name: Later(name) for name in HARDLY_EVER if name not in sys.modules}
    sys.modules.update(left_out)
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()  # or the collector goes at once through all that was imported
        gc.enable()
        for name in left_out:
            del sys.modules[name]
        cffi.api._load_backend_lib, tinycss2.parse_stylesheet = find, parse


def _load_by_its_name(backend: Any, name: str | None, flags: int) -> Any:
    """A library by the name that Linux knows it by, or none."""
    if name and ".so" not in name:
        raise OSError(name)
    return backend.load_library(name, flags)


def _of_our_elements(parse: Callable[..., Any]) -> Callable[..., Any]:
    """Read our rules for elements as the first of the engine's style sheets, and nothing as the others."""
    texts = iter([ELEMENTS.read_text()])
    return lambda _css, *rest, **options: parse(next(texts, ""), *rest, **options)


mimetypes.init(files=())  # what an attachment is, Python's own table says, and no file of the machine

with _hastily():
    import weasyprint
    from fontTools.ttLib import TTFont
    from PIL import ImageFile
    from weasyprint import layout
    from weasyprint.css.properties import Dimension
    from weasyprint.css.targets import CounterLookupItem, TargetLookupItem
    from weasyprint.draw import text as draw_text
    from weasyprint.formatting_structure.boxes import Box, ParentBox
    from weasyprint.layout import percent
    from weasyprint.layout.absolute import AbsolutePlaceholder, absolute_box_layout
    from weasyprint.pdf import tags
    from weasyprint.svg import Node
    from weasyprint.text import fonts, line_break
    from weasyprint.urls import URLFetcher, URLFetcherResponse

# WeasyPrint makes Pillow take torn pictures, in the whole process; ours are whole.
ImageFile.LOAD_TRUNCATED_IMAGES = False

__all__ = ["TTFont", "URLFetcher", "URLFetcherResponse", "load_hyphenation", "tags", "weasyprint"]


VOID = re.compile(r"<(br|img|meta)\b([^<>]*)>")
ENTITIES = {"&nbsp;": "\N{NO-BREAK SPACE}", "&shy;": "\N{SOFT HYPHEN}"}
FONT_PROPERTIES = (
    *("font_family", "font_style", "font_stretch", "font_weight", "font_size", "font_variant_caps"),
    "font_variation_settings",
)


def _by_the_names_it_holds(parse: Callable[[Any, str], Any]) -> Callable[[Any, str], Any]:
    """Read C with the type names that occur in it, instead of with every one that was ever declared."""

    def parsed(parser: Any, source: str) -> Any:
        declared = parser._declarations
        names = (f"typedef {word}" for word in NAME.findall(source))
        parser._declarations = {name: declared[name] for name in names if name in declared}
        try:
            return parse(parser, source)
        finally:
            parser._declarations = declared

    return parsed


def _described_once(describe: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """Pango copies a description that it is given, so that one serves all runs of text with this font."""
    known: dict[tuple[Any, ...], Any] = {}

    def described(style: Any) -> Any:
        key = tuple(str(style[name]) for name in FONT_PROPERTIES)
        if key not in known:
            known[key] = describe(style)
        return known[key]

    return described


def _listed_once(listed: property) -> property:
    """The references of all pages, made again only when there is a page more."""

    def references(pdf: Any) -> Any:
        count, kept = vars(pdf).get("kept_references", (0, ()))
        if count != len(pdf.pages["Kids"]):
            count, kept = len(pdf.pages["Kids"]), listed.fget(pdf)  # type: ignore[misc]  # a property that can be read
            pdf.kept_references = count, kept
        return kept

    return property(references)


def _kept(reactivate: Callable[[Any, Any], None]) -> Callable[[Any, Any], None]:
    """A line that was measured is drawn as it is; only one that is stretched, or holds a line end, is set anew."""

    def reactivated(layout: Any, style: Any) -> None:
        if layout.justification_spacing or "\n" in layout.text:
            reactivate(layout, style)
            line_break.pango.pango_layout_set_single_paragraph_mode(layout.layout, True)  # a C function

    return reactivated


class WithoutParagraphs:
    """Pango, but for the call that would set a line anew before it is drawn."""

    def __getattr__(self, name: str) -> Any:
        value = getattr(line_break.pango, name)
        setattr(self, name, value)
        return value

    def pango_layout_set_single_paragraph_mode(self, layout: Any, is_single: bool) -> None:
        """Done where it matters, by `_kept`."""


class PageAlone(dict[str, Any]):
    """The counters of a page, equal when the page is: nothing that we print in a text counts all pages."""

    __hash__ = None  # as any dict

    def __eq__(self, other: object) -> bool:
        return isinstance(other, dict) and self.get("page") == other.get("page")

    def __ne__(self, other: object) -> bool:
        return not self == other


def _kept_as_page_alone(name: str) -> property:
    return property(
        lambda item: vars(item)[name], lambda item, counters: vars(item).update({name: PageAlone(counters)})
    )


def _filled_in(make_all_pages: Callable[..., Iterator[Any]]) -> Callable[..., Iterator[Any]]:
    """The second time, page numbers come into the contents as they lie; what stands in the flow is laid out again."""

    def made(context: Any, root: Any, html: Any, pages: list[Any]) -> Iterator[Any]:
        waiting = {
            box: lookup
            for (box, kind), lookup in context.target_collector.counter_lookup_items.items()
            if kind == "content" and lookup.page_maker_index is not None
        }
        for lookup in waiting.values():
            lookup.parse_again(lookup.cached_page_counter_values)
        for page, (*_state, remake) in zip(pages, context.page_maker, strict=False):
            if remake["content_changed"]:
                remake["content_changed"] = not _fill_in(page, page, waiting, context)
        yield from make_all_pages(context, root, html, pages)

    return made


def _fill_in(box: Any, around: Any, waiting: dict[Any, Any], context: Any) -> bool:
    """Lay out what was `waiting` and is placed within `around`; whether all of it is."""
    done = True
    for child in box.children:
        if child.missing_link in waiting:
            if not isinstance(child, AbsolutePlaceholder):
                return False
            laid_out, _rest = absolute_box_layout(context, child.missing_link, around, [], 0, None)
            child.set_laid_out_box(laid_out)
        elif isinstance(child, ParentBox):
            within = around if child.style["position"] == "static" else child
            done = _fill_in(child, within, waiting, context) and done
    return done


def _mostly_in_flow(is_in_normal_flow: Callable[[Any], bool]) -> Callable[[Any], bool]:
    def in_flow(box: Any) -> bool:
        style = box.style
        return (style["float"] == "none" and style["position"] == "static") or is_in_normal_flow(box)

    return in_flow


def _mostly_absolute(resolve: Callable[[Any, str, Any], None]) -> Callable[[Any, str, Any], None]:
    def resolved(box: Any, name: str, refer_to: Any) -> None:
        value = box.style[name]
        if value.__class__ is Dimension and value.unit == "px":
            setattr(box, name, value.value)
        else:
            resolve(box, name, refer_to)

    return resolved


def _read_as_xml(parse: Callable[..., Any]) -> Callable[..., Any]:
    """Let expat read what is well-formed, as all of ours is, and the parser in Python whatever is not."""

    def read(source: Any, **options: Any) -> Any:
        text = source.read()
        strict = VOID.sub(r"<\1\2/>", re.sub(r"^\s*<!doctype html>\s*", "", text))
        for entity, character in ENTITIES.items():
            strict = strict.replace(entity, character)
        try:
            return ElementTree.fromstring(strict)  # noqa: S314  # no document type, so no entities of its own
        except ElementTree.ParseError:
            return parse(text, **options)

    return read


class Screen:
    """The colours of a screen, sRGB: the one profile that a report holds, as it lies in its file."""

    name = "IEC 61966-2-1 Default RGB Colour Space - sRGB"

    def __init__(self, file: IO[bytes], *_about: Any) -> None:
        with file:
            self.content = file.read()
        self.components = "RGB"
        self.pdf_reference = None


class Whole(str):
    """A text that is one piece for whoever goes through its letters."""

    __slots__ = ()

    def __iter__(self) -> Iterator[str]:
        return iter((str(self),))


line_break.Layout.deactivate = lambda layout: None  # noqa: ARG005  # the engine's signature
line_break.Layout.reactivate = _kept(line_break.Layout.reactivate)
draw_text.pango = WithoutParagraphs()
Parser._parse = _by_the_names_it_holds(Parser._parse)
line_break.get_font_description = _described_once(fonts.get_font_description)
pydyf.PDF.page_references = _listed_once(pydyf.PDF.page_references)
for lookup in (CounterLookupItem, TargetLookupItem):
    lookup.cached_page_counter_values = _kept_as_page_alone("cached_page_counter_values")
layout.make_all_pages = _filled_in(layout.make_all_pages)
Box.is_in_normal_flow = _mostly_in_flow(Box.is_in_normal_flow)
percent.resolve_one_percentage = _mostly_absolute(percent.resolve_one_percentage)
weasyprint.tinyhtml5.parse = _read_as_xml(weasyprint.tinyhtml5.parse)
weasyprint.pdf.ColorProfile = Screen
Node.text = property(lambda node: Whole(node._etree_node.text or ""))


class Patterns(pyphen.HyphDict):
    """The patterns of a language, each parsed when a word contains its letters."""

    def __init__(self, path: Path) -> None:
        blob = COMMENT.sub(b"", path.read_bytes()).translate(None, BLANKS)
        encoding, _, lines = blob.partition(b"\n")
        letters, patterns = (
            text.decode(encoding.decode()).split("\n") for text in (lines.translate(None, DIGITS), lines)
        )
        self.unread = dict(zip(letters, patterns, strict=True))
        self.maxlen = max(map(len, self.unread))
        self.patterns: dict[str, tuple[int, tuple[int, ...]]] = {}
        self.cache: dict[str, list[int]] = {}

    def positions(self, word: str) -> list[int]:
        """Where a word can be parted: as pyphen says, which finds the patterns it needs here."""
        if word.lower() not in self.cache:
            self._read(f".{word.lower()}.")
        positions: list[int] = super().positions(word)
        return positions

    def _read(self, pointed: str) -> None:
        for start in range(len(pointed)):
            for end in range(start + 1, min(start + self.maxlen, len(pointed)) + 1):
                if pattern := self.unread.pop(pointed[start:end], ""):
                    values = [int(digit or 0) for digit, _letter in pyphen.parse(pattern)]
                    first = next((n for n, value in enumerate(values) if value), 0)
                    self.patterns[pointed[start:end]] = first, tuple(values[first:])


def load_hyphenation(language: str) -> None:
    """Make pyphen know the patterns of a language."""
    path = pyphen.LANGUAGES[language]
    pyphen.hdcache[path] = Patterns(path)
