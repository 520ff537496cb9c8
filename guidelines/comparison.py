"""What has changed between two editions, or between two versions of a text."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from difflib import SequenceMatcher
from enum import StrEnum
from typing import Any

from django.db import models

from guidelines.content import Content, Part, key_of
from guidelines.models import Criterion, Edition
from guidelines.publishing import place_of

TOKEN = re.compile(r"\s+|\w+|[^\w\s]")
MOST_COMPARISONS = 100_000  # of words with each other; repeated words take a second at a million


class Kind(StrEnum):
    """What happened to a place."""

    ADDED = "hinzugekommen"
    REMOVED = "weggefallen"
    BINDING = "Verbindlichkeit geändert"
    WORDING = "Wortlaut geändert"
    ORDER = "Zuordnung geändert"


@dataclass(frozen=True)
class Piece:
    """A run of words of one version, and whether the other version lacks it."""

    text: str
    differs: bool


@dataclass(frozen=True)
class Change:
    """One difference: the kind, the place, the field if it is one, and both versions."""

    kind: Kind
    place: str
    field: str
    before: tuple[Piece, ...]
    after: tuple[Piece, ...]


def compare(before: Content, after: Content) -> list[Change]:
    """Every difference between two editions; parts are matched by their codes. In the order of the newer one."""
    changes: list[Change] = list(_fields(before.edition, after.edition, before, after))
    old = {(type(part), key_of(part)): part for part in before.parts()}
    new = {(type(part), key_of(part)): part for part in after.parts()}
    for key, part in new.items():
        if key in old:
            changes.extend(_fields(old[key], part, before, after))
        else:
            changes.append(Change(Kind.ADDED, place_of(part), "", (), (Piece(headline(part), True),)))
    changes.extend(
        Change(Kind.REMOVED, place_of(part), "", (Piece(headline(part), True),), ())
        for key, part in old.items()
        if key not in new
    )
    return changes


def marked(before: str, after: str) -> tuple[tuple[Piece, ...], tuple[Piece, ...]]:
    """Both versions cut into pieces, those that differ marked; word by word, unless too much was rewritten."""
    old, new = TOKEN.findall(before), TOKEN.findall(after)
    shortest = min(len(old), len(new))
    head = next((n for n in range(shortest) if old[n] != new[n]), shortest)
    tail = next((n for n in range(shortest - head) if old[-1 - n] != new[-1 - n]), shortest - head)
    rewritten = old[head : len(old) - tail], new[head : len(new) - tail]
    if len(rewritten[0]) * len(rewritten[1]) > MOST_COMPARISONS:
        steps = [("replace", head, len(old) - tail, head, len(new) - tail)]
    else:
        matcher = SequenceMatcher(None, *rewritten, autojunk=False)
        steps = [(kind, i + head, j + head, k + head, m + head) for kind, i, j, k, m in matcher.get_opcodes()]
    equal = "equal"
    left, right = [], []
    for kind, i, j, k, m in (
        (equal, 0, head, 0, head),
        *steps,
        (equal, len(old) - tail, len(old), len(new) - tail, len(new)),
    ):
        left.append(Piece("".join(old[i:j]), kind != equal))
        right.append(Piece("".join(new[k:m]), kind != equal))
    return tuple(piece for piece in left if piece.text), tuple(piece for piece in right if piece.text)


def _fields(old: Part | Edition, new: Part | Edition, before: Content, after: Content) -> Iterator[Change]:
    for field in new._meta.concrete_fields:
        if (
            field.primary_key
            or field.name in {"edition", "state"}
            or (field.name == "code" and isinstance(new, Edition))
        ):
            continue
        was, now = _shown(old, field.name), _shown(new, field.name)
        if was != now:
            kind = _kind(field)
            name = "" if kind is Kind.BINDING else str(field.verbose_name)  # the kind says it already
            yield Change(kind, place_of(new), name, *marked(was, now))
    for name, links in (
        ("stakeholders", "addressed"),
        ("also_covers", "also_covered"),
        ("ideals", "ideals_served"),
    ):
        link = next((field for field in new._meta.many_to_many if field.name == name), None)
        if link is not None:
            was, now = (
                ", ".join(str(other) for other in getattr(content, links)[key_of(part)])
                for content, part in ((before, old), (after, new))
            )
            if was != now:
                yield Change(Kind.ORDER, place_of(new), str(link.verbose_name), *marked(was, now))


def _kind(field: Any) -> Kind:
    if field.name == "binding":
        return Kind.BINDING
    wording = isinstance(field, models.CharField | models.TextField) and not field.choices
    return Kind.WORDING if wording else Kind.ORDER


def _shown(part: models.Model, name: str) -> str:
    display = getattr(part, f"get_{name}_display", None)
    value = display() if display else getattr(part, name)
    if isinstance(value, bool):
        return "ja" if value else "nein"
    if isinstance(value, models.Model):  # by its code: a new title of the parent is a change of the parent
        return ", Absatz ".join(map(str, key_of(value)))
    return "" if value is None else str(value)


def headline(part: models.Model) -> str:
    """The text by which one recognises a part."""
    if isinstance(part, Criterion):
        return f"{part.question} ({part.get_binding_display()})"
    for name in ("title", "gist", "text", "sentence"):
        if hasattr(part, name):
            return str(getattr(part, name))
    return str(part)
