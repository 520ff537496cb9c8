"""Reading a page as a browser without JavaScript does: the fields a form would send."""

from __future__ import annotations

from html.parser import HTMLParser
from typing import Any, NamedTuple


class _Forms(HTMLParser):
    """Collects the successful controls of each POST form inside <main>, as HTML defines them."""

    def __init__(self) -> None:
        super().__init__()
        self.forms: list[dict[str, str]] = []
        self.actions: list[str] = []
        self.texts: list[list[str]] = []  # names of the fields of each form that one can write into
        self._in_main = False
        self._form: dict[str, str] | None = None
        self._select: str | None = None
        self._text: str | None = None
        self._value = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        name = given.get("name")
        if tag == "main":
            self._in_main = True
        elif tag == "form" and self._in_main and (given.get("method") or "").lower() == "post":
            self._form = {}
            self.forms.append(self._form)
            self.actions.append(given.get("action") or "")
            self.texts.append([])
        elif self._form is None or "disabled" in given:
            return
        elif tag == "input" and name:
            kind = given.get("type", "text")
            if kind not in {"submit", "button"} and (kind not in {"radio", "checkbox"} or "checked" in given):
                self._form[name] = given.get("value") or ("on" if kind == "checkbox" else "")
            if kind not in {"submit", "button", "radio", "checkbox", "hidden", "file"}:
                self.texts[-1].append(name)
        elif tag == "textarea" and name:
            self._text, self._value = name, ""
            self.texts[-1].append(name)
        elif tag == "select" and name:
            self._select = name
        elif tag == "option" and self._select and ("selected" in given or self._select not in self._form):
            self._form[self._select] = given.get("value") or ""

    def handle_data(self, data: str) -> None:
        if self._text is not None:
            self._value += data

    def handle_endtag(self, tag: str) -> None:
        if tag == "textarea" and self._text is not None and self._form is not None:
            self._form[self._text] = self._value.removeprefix("\n").removeprefix("\r\n")
            self._text = None
        elif tag == "select":
            self._select = None
        elif tag == "form":
            self._form = None
        elif tag == "main":
            self._in_main = False


class Written(NamedTuple):
    """A form of a page: where it goes, what it would send untouched, and which of that one can write."""

    action: str
    fields: dict[str, str]
    texts: list[str]


def forms(response: Any) -> list[Written]:
    """The page's forms that one can write into."""
    reader = _Forms()
    reader.feed(response.content.decode())
    found = map(Written, reader.actions, reader.forms, reader.texts)
    return [form for form in found if form.texts]


def form_data(response: Any, containing: str = "") -> dict[str, str]:
    """What the page's form would send untouched; with several forms the first that has a field `containing`."""
    reader = _Forms()
    reader.feed(response.content.decode())
    return next(form for form in reader.forms if any(containing in name for name in form))
