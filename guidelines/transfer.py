"""An edition as one file: written here, read elsewhere, without loss. fixtures/charta-2021.yaml is such a file.

The file is what `loaddata` reads, too. Reading it here is stricter: a file with any fault changes nothing, and every
fault is named by line and place.
"""

from __future__ import annotations

import datetime
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import yaml
from django.core.exceptions import ValidationError
from django.db import models
from yaml.composer import Composer
from yaml.constructor import SafeConstructor
from yaml.resolver import Resolver

from guidelines.content import Content, key_of
from guidelines.models import (
    Advice,
    Clause,
    Criterion,
    CriterionLink,
    Edition,
    Guideline,
    Ideal,
    Paragraph,
    Stakeholder,
)
from guidelines.publishing import faults_of

LARGEST = 2 * 1024 * 1024  # bytes; the edition of 2021 has a quarter of a million
HEAD = "# {title}, {issued}, as criteria. Titles are the Charter's own; every other text is ours.\n"
UNPRINTABLE = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")

# Model by model the fields of a row, in the order of the file. The models stand parents first.
FIELDS: dict[type[models.Model], tuple[str, ...]] = {
    Edition: ("code", "title", "subtitle", "publisher", "issued", "summary", "terms", "state"),
    Stakeholder: ("edition", "code", "position", "title"),
    Ideal: ("edition", "code", "position", "title", "summary"),
    Guideline: ("edition", "code", "position", "title", "short_title", "summary"),
    Clause: ("edition", "guideline", "kind", "code", "position", "title", "short_title", "summary"),
    Paragraph: ("clause", "number", "gist", "no_demand"),
    Advice: ("paragraph", "position", "stakeholders", "text"),
    Criterion: (
        *(
            "clause",
            "code",
            "position",
            "is_key",
            "short_title",
            "place",
            "also_covers",
            "binding",
            "binding_note",
        ),
        *("question", "help", "level_0", "level_1", "level_2", "level_3", "level_4"),
        *("step_1", "step_2", "step_3", "step_4", "evidence_hint", "ideals"),
    ),
    CriterionLink: ("criterion", "kind", "other", "sentence"),
}
MODELS = {model._meta.label_lower: model for model in FIELDS}
LINKS = {(Advice, "stakeholders"): "addressed", (Criterion, "also_covers"): "also_covered"}
LINKS[Criterion, "ideals"] = "ideals_served"


class Faulty(Exception):
    """The file was refused; nothing has changed. `faults` names each fault by its place."""

    def __init__(self, faults: list[str]) -> None:
        super().__init__("\n".join(faults))
        self.faults = faults


# Out -----------------------------------------------------------------------------------------------------------


class Key(list):
    """A natural key, written on one line."""


class Writer(getattr(yaml, "CSafeDumper", yaml.SafeDumper)):  # type: ignore[misc]  # libyaml, where it is there
    """Long texts folded, keys on one line, no anchors."""

    def ignore_aliases(self, data: Any) -> bool:  # noqa: ARG002  # PyYAML names it
        return True


def _text(writer: Writer, text: str) -> yaml.ScalarNode:
    foldable = len(text) > 70 and "\n" not in text and text == text.strip()
    return writer.represent_scalar("tag:yaml.org,2002:str", text, style=">" if foldable else None)


Writer.add_representer(str, _text)
Writer.add_representer(
    Key, lambda writer, key: writer.represent_sequence("tag:yaml.org,2002:seq", key, flow_style=True)
)


def write(edition: Edition) -> str:
    """The edition as the text of its file. Eleven queries."""
    content = Content.of(edition)
    rows = [
        {"model": part._meta.label_lower, "fields": _fields(part, content)}
        for part in _in_reading_order(content)
    ]
    head = HEAD.format(title=edition.title, issued=f"edition of {edition.issued:%Y-%m}")
    return head + yaml.dump(rows, Dumper=Writer, allow_unicode=True, sort_keys=False, width=110)


def _in_reading_order(content: Content) -> Iterator[models.Model]:
    """The frame first, then clause by clause with its paragraphs, advice and criteria; links last."""
    yield content.edition
    yield from content.stakeholders
    yield from content.ideals
    yield from content.guidelines
    for clause in content.clauses:
        yield clause
        yield from (paragraph for paragraph in content.paragraphs if paragraph.clause is clause)
        yield from (piece for piece in content.advice if piece.paragraph.clause is clause)
        yield from (criterion for criterion in content.criteria if criterion.clause is clause)
    yield from content.links


def _fields(part: models.Model, content: Content) -> dict[str, Any]:
    values: dict[str, Any] = {}
    for name in FIELDS[type(part)]:
        link = LINKS.get((type(part), name))
        if link:
            values[name] = [Key(other.natural_key()) for other in getattr(content, link)[key_of(part)]]
            continue
        value = getattr(part, name)
        if isinstance(value, str):
            value = str(value)  # a choice is more than a text until it has been stored
        if isinstance(value, models.Model):
            value = Key(value.natural_key())  # type: ignore[attr-defined]
        values[name] = value.isoformat() if isinstance(value, datetime.date) else value
    return values


# In ------------------------------------------------------------------------------------------------------------


class Reader(Composer, SafeConstructor, Resolver):
    """Plain values only: an alias could make a small file endless, and a key given twice would hide the first.

    The text is taken apart by libyaml, where it is there, which is six times as fast.
    """

    def __init__(self, text: str) -> None:
        for base in (Composer, SafeConstructor, Resolver):
            base.__init__(self)
        parser = getattr(yaml, "CSafeLoader", yaml.SafeLoader)(text)
        self.check_event, self.peek_event, self.get_event = (
            parser.check_event,
            parser.peek_event,
            parser.get_event,
        )
        self.dispose = parser.dispose

    def compose_node(self, parent: yaml.Node | None, index: Any) -> yaml.Node | None:
        """Refuse aliases, and kinds that do not follow from the text itself."""
        event: Any = self.peek_event()
        problem = ""
        if isinstance(event, yaml.AliasEvent):
            problem = "Verweise (*) sind nicht erlaubt"
        elif getattr(event, "tag", None) is not None:
            problem = "Typangaben (!) sind nicht erlaubt"
        if problem:
            raise yaml.MarkedYAMLError(problem=problem, problem_mark=event.start_mark)
        return super().compose_node(parent, index)

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict:
        """Refuse a key given twice."""
        keys = [key.value for key, _value in node.value]
        if len(keys) != len(set(map(str, keys))):
            raise yaml.MarkedYAMLError(problem="Eine Angabe steht doppelt da", problem_mark=node.start_mark)
        return super().construct_mapping(node, deep)


def _field(model: type[models.Model], name: str) -> Any:
    return model._meta.get_field(name)


@dataclass
class _Row:
    """One entry of the file, with the place to name in a fault."""

    line: int
    model: type[models.Model]
    given: dict[str, Any]
    part: models.Model = field(init=False)

    def __post_init__(self) -> None:
        self.part = self.model()

    def place(self, name: str = "") -> str:
        """Line, kind and key of the entry, and the field."""
        key = next((self.given[k] for k in ("code", "number", "position") if k in self.given), "")
        here = f"Zeile {self.line}, {self.model._meta.verbose_name} {key}".rstrip()
        return f"{here}, „{_field(self.model, name).verbose_name}“" if name else here


def read(text: str, *, as_draft: bool = False) -> Edition:
    """Store the edition of this file. Raises `Faulty` with every fault, and then nothing has changed.

    `as_draft` leaves the state of the file aside: a draft can be looked at, and discarded.
    """
    rows, found = _rows(text)
    reading = _Reading(rows, found)
    content = reading.content()
    if content is None or reading.faults:
        raise Faulty(sorted(reading.faults, key=_line))
    if Edition.objects.filter(code=content.edition.code).exists():
        raise Faulty([f"Die Ausgabe {content.edition.code} gibt es hier schon."])
    if as_draft:
        content.edition.state = Edition.State.DRAFT
    if content.edition.state != Edition.State.DRAFT:
        incomplete = [str(fault) for fault in faults_of(content)]
        if incomplete:
            raise Faulty(incomplete)
    content.edition._change_reason = "aus einer Datei eingelesen"  # type: ignore[attr-defined]
    return content.store()


def _line(fault: str) -> int:
    found = re.match(r"Zeile (\d+)", fault)
    return int(found[1]) if found else 0


def decode(raw: bytes) -> str:
    """The text of an uploaded or opened file. Raises `Faulty`."""
    if len(raw) > LARGEST:
        raise Faulty([f"Die Datei ist größer als {LARGEST // 1024 // 1024} MiB."])
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise Faulty([f"Die Datei ist kein Text in UTF-8 (Byte {error.start})."]) from error


def _rows(text: str) -> tuple[list[_Row], list[str]]:
    """The entries of the file in its order, and what is wrong with their outer form."""
    reader = None
    try:
        reader = Reader(text)
        root = reader.get_single_node()
        if not isinstance(root, yaml.SequenceNode):
            return [], ["Die Datei ist keine Liste von Einträgen mit „model“ und „fields“."]
        entries = [
            (node.start_mark.line + 1, reader.construct_object(node, deep=True)) for node in root.value
        ]
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else "?"
        return [], [f"Zeile {line}: {error.problem or error.context}"]
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        return [], [f"Die Datei ist kein lesbares YAML: {str(error).splitlines()[0]}"]
    finally:
        if reader is not None:
            reader.dispose()
    rows, found = [], []
    for line, entry in entries:
        if (
            not isinstance(entry, dict)
            or set(entry) != {"model", "fields"}
            or not isinstance(entry["fields"], dict)
            or not isinstance(entry["model"], str)
        ):
            found.append(f"Zeile {line}: Der Eintrag besteht nicht aus „model“ und „fields“.")
        elif entry["model"] not in MODELS:
            found.append(f"Zeile {line}: „{entry['model']}“ gehört nicht zu einer Ausgabe.")
        else:
            rows.append(_Row(line, MODELS[entry["model"]], entry["fields"]))
    return rows, found


class _Reading:
    """From the entries of a file to content in memory, collecting every fault on the way."""

    def __init__(self, rows: list[_Row], faults: list[str]) -> None:
        self.rows, self.faults = rows, faults
        self.known: dict[type[models.Model], dict[tuple, models.Model]] = {model: {} for model in FIELDS}
        self.related: list[tuple[_Row, str, list[models.Model]]] = []

    def content(self) -> Content | None:
        for model in FIELDS:  # parents first, whatever the order of the file
            for row in self.rows:
                if row.model is model:
                    self._row(row)
        if self.rows and len(self.known[Edition]) != 1:
            self.faults.append(
                f"Die Datei enthält {len(self.known[Edition])} Ausgaben; erwartet ist genau eine."
            )
        if not self.rows and not self.faults:
            self.faults.append("Die Datei enthält keinen Eintrag.")
        if self.faults:
            return None
        return self._put_together()

    def _put_together(self) -> Content:
        def all_of(model: type[models.Model], order: Callable[[Any], Any]) -> list[Any]:
            return sorted(self.known[model].values(), key=order)

        content = Content(
            edition=all_of(Edition, str)[0],
            stakeholders=all_of(Stakeholder, lambda s: s.position),
            ideals=all_of(Ideal, lambda i: i.position),
            guidelines=all_of(Guideline, lambda g: g.position),
            clauses=all_of(Clause, lambda c: c.position),
            paragraphs=all_of(Paragraph, lambda p: (p.clause.position, p.number)),
            advice=all_of(Advice, lambda a: (a.paragraph.clause.position, a.paragraph.number, a.position)),
            criteria=all_of(Criterion, lambda c: (c.clause.position, c.position)),
            links=all_of(
                CriterionLink, lambda k: [(c.clause.position, c.position) for c in (k.criterion, k.other)]
            ),
        )
        for row, name, others in self.related:
            getattr(content, LINKS[row.model, name])[key_of(row.part)].extend(others)
        self._one_key_each(content)
        return content

    def _one_key_each(self, content: Content) -> None:
        """Two key criteria in a clause: the database would refuse them, here they are named."""
        seen: dict[str, Criterion] = {}
        for criterion in content.criteria:
            if criterion.is_key and criterion.clause.code in seen:
                first = seen[criterion.clause.code]
                self.faults.append(
                    f"Abschnitt {criterion.clause.code}: {first.code} und {criterion.code} sind beide Schlüsselfrage."
                )
            elif criterion.is_key:
                seen[criterion.clause.code] = criterion

    def _row(self, row: _Row) -> None:
        before = len(self.faults)
        wanted = FIELDS[row.model]
        for name in wanted:
            if name not in row.given:
                self.faults.append(f"{row.place(name)}: Die Angabe fehlt.")
        for name in row.given:
            if name not in wanted:
                self.faults.append(f"{row.place()}: Die Angabe „{name}“ ist unbekannt.")
        for name in wanted:
            if name in row.given:
                self._field(row, name, row.given[name])
        if len(self.faults) == before:
            self._torn(row)
        self._remember(row)

    def _torn(self, row: _Row) -> None:
        """What the rows of one entry say about each other."""
        part = row.part
        if isinstance(part, Clause) and (part.kind == Clause.Kind.PRINCIPLE) == (part.guideline is None):
            self.faults.append(
                f"{row.place('guideline')}: Ein Grundsatz gehört zu einer Leitlinie, "
                "eine Handlungsempfehlung zu keiner."
            )
        if isinstance(part, CriterionLink) and part.criterion is part.other:
            self.faults.append(
                f"{row.place('other')}: Eine Prüffrage kann nicht mit sich selbst verbunden sein."
            )

    def _remember(self, row: _Row) -> None:
        try:
            key = row.part.natural_key()  # type: ignore[attr-defined]
        except (AttributeError, models.ObjectDoesNotExist):  # its parent is faulty and has been named
            return
        if key in self.known[row.model]:
            self.faults.append(f"{row.place()}: Diesen Eintrag gibt es in der Datei schon.")
        else:
            self.known[row.model][key] = row.part

    def _field(self, row: _Row, name: str, value: Any) -> None:
        model_field = _field(row.model, name)
        if model_field.many_to_many:
            if not isinstance(value, list):
                self.faults.append(f"{row.place(name)}: Erwartet ist eine Liste.")
                return
            others = [other for key in value if (other := self._other(row, name, key)) is not None]
            if len({id(other) for other in others}) != len(others):
                self.faults.append(f"{row.place(name)}: Ein Eintrag steht doppelt da.")
            self.related.append((row, name, others))
        elif model_field.is_relation:
            if value is None and model_field.null:
                return
            other = self._other(row, name, value)
            if other is not None:
                setattr(row.part, name, other)
        else:
            self._plain(row, name, value)

    def _other(self, row: _Row, name: str, key: Any) -> models.Model | None:
        model = _field(row.model, name).related_model
        if isinstance(key, list) and all(isinstance(item, str | int) for item in key):
            other = self.known[model].get(tuple(key))
            if other is not None:
                return other
        shown = ", ".join(map(str, key)) if isinstance(key, list) else str(key)
        self.faults.append(f"{row.place(name)}: „{shown}“ gibt es in der Datei nicht.")
        return None

    def _plain(self, row: _Row, name: str, value: Any) -> None:
        model_field = _field(row.model, name)
        expected: tuple[type, ...] = (str,)
        if isinstance(model_field, models.BooleanField):
            expected = (bool,)
        elif isinstance(model_field, models.IntegerField):
            expected = (int,)
        elif isinstance(model_field, models.DateField):
            expected = (str, datetime.date)
        if type(value) not in expected:
            self.faults.append(
                f"{row.place(name)}: Erwartet ist {_KIND[expected[0]]}, da steht: {str(value)[:40]}"
            )
            return
        if isinstance(value, str) and UNPRINTABLE.search(value):
            self.faults.append(f"{row.place(name)}: Der Text enthält ein nicht druckbares Zeichen.")
            return
        try:
            # an empty text is no fault of the file: a draft may have gaps, and publishing names them
            setattr(row.part, name, model_field.clean(value, None) if value != "" else value)
        except ValidationError as error:
            self.faults.extend(f"{row.place(name)}: {message}" for message in error.messages)


_KIND = {str: "ein Text (in Anführungszeichen)", bool: "true oder false", int: "eine ganze Zahl"}
