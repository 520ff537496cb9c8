"""Who changed what, when: the versions of one part of an edition, and going back to one of them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from itertools import zip_longest
from typing import Any

from django.core.exceptions import ValidationError
from django.db import models, transaction
from django.utils.translation import gettext as _

from guidelines.comparison import Piece, headline, marked
from guidelines.models import Criterion, Edition, Paragraph
from guidelines.publishing import PARENTS, edition_of, lock, place_of, text_fields, texts_beside
from guidelines.spelling import is_mended_typo

MOST = 100  # versions on one page
FIRST = "Stand vor der ersten Änderung"
BEFORE = "Stand vor der nächsten Änderung"


@dataclass(frozen=True)
class Difference:
    """One field in two versions."""

    field: str
    before: tuple[Piece, ...]
    after: tuple[Piece, ...]


@dataclass(frozen=True)
class Version:
    """One stored version: who, when, why, and how it differs from the one before it and from today's."""

    number: int
    when: datetime
    who: str
    note: str
    removed: bool
    changes: tuple[Difference, ...]
    since: tuple[Difference, ...]


def keep_first(part: models.Model) -> None:
    """Store the version that is about to change, if the history lacks it: what came from a file has no history."""
    if part.pk is None:
        return
    newest = part.history.order_by("-history_id").first()  # type: ignore[attr-defined]
    if newest and _values_of([newest], type(part))[newest.history_id] == _today(part):
        return
    stored = type(part)._base_manager.get(pk=part.pk)
    stored._history_user, stored._change_reason = None, BEFORE if newest else FIRST  # type: ignore[attr-defined]
    stored.save()


def versions(part: models.Model) -> list[Version]:
    """The versions of a part, newest first. Constant number of queries: rows, links, names of what they point at."""
    rows = list(part.history.select_related("history_user").order_by("-history_id")[:MOST])  # type: ignore[attr-defined]
    stored = _values_of(rows, type(part))
    today = _today(part)
    names = _names(type(part), [*stored.values(), today])
    result = []
    for row, earlier in zip_longest(rows, rows[1:]):
        changes = (
            _differences(part, stored[earlier.history_id], stored[row.history_id], names) if earlier else ()
        )
        if earlier and not changes and not row.history_change_reason:
            continue  # saving the links of a row writes a version of its own each time
        result.append(
            Version(
                number=row.history_id,
                when=row.history_date,
                who=str(row.history_user or ""),
                note=row.history_change_reason or "",
                removed=row.history_type == "-",
                changes=changes,
                since=_differences(part, stored[row.history_id], today, names),
            )
        )
    return result


def restore(part: models.Model, number: int, note: str) -> None:
    """Make an earlier version today's. Raises `ValidationError`; a published edition allows it for typing errors."""
    with transaction.atomic():
        edition = lock(edition_of(part))
        row = part.history.get(history_id=number)  # type: ignore[attr-defined]
        values = _values_of([row], type(part))[number]
        today = _today(part)
        if edition.state == Edition.State.WITHDRAWN:
            raise ValidationError(_("Eine zurückgezogene Ausgabe lässt sich nicht mehr ändern."))
        if edition.state == Edition.State.PUBLISHED and not _only_typos(part, today, values):
            raise ValidationError(
                _(
                    "Die Ausgabe ist veröffentlicht, und diese Fassung unterscheidet sich in mehr als Schreibfehlern."
                )
            )
        keep_first(part)
        for field in _fields(type(part)):
            setattr(part, field.attname, values[field.name])
        part.full_clean()
        part._change_reason = note  # type: ignore[attr-defined]
        part.save()
        for field in type(part)._meta.many_to_many:
            other_model: Any = field.related_model
            getattr(part, field.name).set(other_model.objects.filter(pk__in=values[field.name]))


@dataclass(frozen=True)
class Removed:
    """A part that was deleted from a draft: the number of its last version, what it was, who deleted it when."""

    model: str
    number: int
    place: str
    name: str
    when: datetime
    who: str


def removed(edition: Edition) -> list[Removed]:
    """What was deleted and can come back, newest first: its parent is there, it is not. Eleven queries."""
    paragraphs = Paragraph.objects.filter(clause__edition=edition).select_related("clause")
    criteria = Criterion.objects.filter(clause__edition=edition).select_related("clause")
    parents: dict[str, dict[int, Any]] = {
        "edition": {edition.pk: edition},
        "clause": {clause.pk: clause for clause in edition.clauses.all()},
        "paragraph": {paragraph.pk: paragraph for paragraph in paragraphs},
        "criterion": {criterion.pk: criterion for criterion in criteria},
    }
    parents["other"] = parents["criterion"]
    found: dict[tuple[str, int], Removed] = {}
    for model, parent in PARENTS.items():
        rows: Any = model.history.filter(  # type: ignore[attr-defined]
            **{"history_type": "-", f"{parent}__in": list(parents[parent])}
        ).exclude(id__in=model._base_manager.values("pk"))
        for row in rows.select_related("history_user").order_by("history_id"):
            part = row.instance
            names = [name for name in (parent, "other") if hasattr(model, name)]
            if any(getattr(part, f"{name}_id") not in parents[name] for name in names):
                continue
            for name in names:
                setattr(part, name, parents[name][getattr(part, f"{name}_id")])
            found[model._meta.model_name or "", part.pk] = Removed(
                model=model._meta.model_name or "",
                number=row.history_id,
                place=place_of(part),
                name=headline(part),
                when=row.history_date,
                who=str(row.history_user or ""),
            )
    return sorted(found.values(), key=lambda part: part.when, reverse=True)


def bring_back(edition: Edition, gone: Removed, note: str) -> models.Model:
    """Store a deleted part of a draft again, with its links. Raises `ValidationError` if its place is taken."""
    with transaction.atomic():
        if lock(edition).state != Edition.State.DRAFT:
            raise ValidationError(_("Nur in einen Entwurf lässt sich Gelöschtes zurückholen."))
        model = next(model for model in PARENTS if model._meta.model_name == gone.model)
        history: Any = model.history  # type: ignore[attr-defined]
        part = history.get(history_id=gone.number).instance
        part.full_clean()
        part._change_reason = note
        part.save(force_insert=True)
        last = history.filter(id=part.pk, history_id__lt=gone.number).order_by("-history_id").first()
        for field in model._meta.many_to_many if last else ():
            other_model: Any = field.related_model
            keys = _values_of([last], model)[last.history_id][field.name]
            getattr(part, field.name).set(other_model.objects.filter(pk__in=keys))
    return part


def _only_typos(part: models.Model, today: dict[str, Any], values: dict[str, Any]) -> bool:
    texts = {field.name for field in text_fields(type(part))}
    return all(
        name in texts and is_mended_typo(today[name], value, texts_beside(part))
        for name, value in values.items()
        if value != today[name]
    )


def _fields(model: type[models.Model]) -> list[models.Field]:
    """What a version restores: everything but the key and the state of an edition, which has its own way."""
    return [field for field in model._meta.concrete_fields if not field.primary_key and field.name != "state"]


def _today(part: models.Model) -> dict[str, Any]:
    stored = type(part)._base_manager.filter(pk=part.pk).first()
    if stored is None:
        return {}
    values = {field.name: getattr(stored, field.attname) for field in _fields(type(part))}
    for field in type(part)._meta.many_to_many:
        values[field.name] = tuple(sorted(getattr(stored, field.name).values_list("pk", flat=True)))
    return values


def _values_of(rows: list[Any], model: type[models.Model]) -> dict[int, dict[str, Any]]:
    """The values of stored versions by their numbers; links as sorted keys."""
    values = {
        row.history_id: {field.name: getattr(row, field.attname) for field in _fields(model)} for row in rows
    }
    for field in model._meta.many_to_many:
        linked: dict[int, list[int]] = defaultdict(list)
        stored: Any = getattr(rows[0].__class__, field.name).model if rows else None
        if stored:
            target = f"{field.m2m_reverse_field_name()}_id"
            for number, pk in stored.objects.filter(history__in=list(values)).values_list(
                "history_id", target
            ):
                linked[number].append(pk)
        for number, row in values.items():
            row[field.name] = tuple(sorted(linked[number]))
    return values


def _names(model: type[models.Model], rows: Iterable[dict[str, Any]]) -> dict[str, dict[int, str]]:
    """How the rows that versions point at are called today, one query for each field."""
    names = {}
    rows = [row for row in rows if row]
    for field in (*_fields(model), *model._meta.many_to_many):
        if not field.is_relation:
            continue
        keys = {key for row in rows for key in (row[field.name] if field.many_to_many else [row[field.name]])}
        other_model: Any = field.related_model
        found = other_model._base_manager.filter(pk__in=keys - {None})
        parents = [f.name for f in other_model._meta.fields if f.name in {"clause", "paragraph"}]
        names[field.name] = {other.pk: str(other) for other in found.select_related(*parents)}
    return names


def _differences(
    part: models.Model, before: dict[str, Any], after: dict[str, Any], names: dict[str, dict[int, str]]
) -> tuple[Difference, ...]:
    if not before or not after:
        return ()
    return tuple(
        Difference(
            str(field.verbose_name),
            *marked(*(_shown(field, row[field.name], names) for row in (before, after))),
        )
        for field in (*_fields(type(part)), *type(part)._meta.many_to_many)
        if before[field.name] != after[field.name]
    )


def _shown(field: Any, value: Any, names: dict[str, dict[int, str]]) -> str:
    if field.many_to_many:
        return ", ".join(names[field.name].get(key, "(gelöscht)") for key in value)
    if field.is_relation:
        return names[field.name].get(value, "(gelöscht)") if value is not None else ""
    if field.choices:
        return str(dict(field.flatchoices).get(value, value))
    if isinstance(value, bool):
        return "ja" if value else "nein"
    return "" if value is None else str(value)
