"""What the site knows about a person: to be handed out to them, or forgotten."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date, datetime
from typing import Any

from django.apps import apps
from django.contrib.admin.models import LogEntry
from django.contrib.contenttypes.models import ContentType
from django.contrib.sessions.models import Session
from django.core.exceptions import ObjectDoesNotExist
from django.db import models, transaction
from django.utils import timezone

from assessments.models import Assignment, AuditEntry, Invitation, Membership, Municipality
from charta_app.models import User

FORMER = "ehemaliges Mitglied"
# Keys and prints of secrets, which open something or say nothing
WITHHELD = {
    "charta_app.AccessToken.token_hash",
    "charta_app.User.password",
    "mfa.Authenticator.data",
    "usersessions.UserSession.session_key",
    "assessments.Invitation.token_hash",
    "assessments.Exhibit.stored_as",
}

# What simple-history calls its own columns
HISTORY = {
    "history_date": "gespeichert am",
    "history_type": "Vorgang",
    "history_user": "gespeichert von",
    "history_change_reason": "Anmerkung",
}


def export(person: User) -> dict[str, Any]:
    """Everything stored about a person, in words: each kind of row by what it has to do with them."""
    found = {
        heading(field): _rows(field.model._default_manager.filter(**{field.name: person}))
        for field in references()
    }
    mine = ContentType.objects.get_for_model(User)
    found |= {
        "Zuteilungen": _rows(Assignment.objects.filter(membership__person=person)),
        "Einladungen an diese Adresse": _rows(Invitation.objects.filter(email=person.email)),
        "Änderungen am Zugang durch die Verwaltung": _rows(
            LogEntry.objects.filter(content_type=mine, object_id=str(person.pk))
        ),
    }
    return {
        "Auskunft über": person.email,
        "Stand": timezone.localtime().isoformat(timespec="minutes"),
        "Zugang": _row(person),
        "Gespeichert": {name: rows for name, rows in found.items() if rows},
    }


def erase(person: User) -> None:
    """Make the account nobody's: what would go with it goes, what others rely on stays and names nobody.

    Texts in which somebody else has written the person's name stay as they are.
    """
    with transaction.atomic():
        for membership in Membership.objects.of(person):
            AuditEntry.objects.role_change(membership, None, None)
        Invitation.objects.filter(email=person.email).delete()
        for field in references():
            is_history = field.model is LogEntry
            if field.remote_field.on_delete is models.CASCADE and not is_history:
                field.model._default_manager.filter(**{field.name: person}).delete()
        for session in Session.objects.iterator():
            if session.get_decoded().get("_auth_user_id") == str(person.pk):
                session.delete()
        _forget_in_log(person)
        person.name, person.email = FORMER, f"ehemalig-{person.pk}@ehemalig.invalid"
        person.is_active = person.is_staff = person.is_superuser = False
        person.last_login = None
        person.set_unusable_password()
        person.save()


def references() -> Iterator[Any]:
    """Every field of every table that points at a person, those of the history as well."""
    for model in apps.get_models(include_auto_created=True):
        for field in model._meta.concrete_fields:
            if field.is_relation and field.related_model is User:
                yield field


def heading(field: Any) -> str:
    """Which rows, and what they have to do with the person."""
    current = getattr(field.model, "instance_type", None)
    title = f"Frühere Fassungen, {current._meta.verbose_name_plural}" if current else ""
    return f"{title or field.model._meta.verbose_name_plural}: {HISTORY.get(field.name, field.verbose_name)}"


def _forget_in_log(person: User) -> None:
    """The admin keeps copies of names in the lines of its own log."""
    kinds = ContentType.objects.get_for_models(User, Membership, Municipality).values()
    lines = LogEntry.objects.filter(content_type__in=kinds)
    for line in lines.iterator():
        texts = line.object_repr, line.change_message
        for secret in (person.name, person.email):
            for written in {secret, json.dumps(secret)[1:-1]} - {""}:
                line.object_repr = line.object_repr.replace(written, FORMER)
                line.change_message = line.change_message.replace(written, FORMER)
        if (line.object_repr, line.change_message) != texts:
            line.save(update_fields=["object_repr", "change_message"])


def _rows(rows: models.QuerySet) -> list[dict[str, Any]]:
    """Rows in words; those of the history say which row they were a version of."""
    found = list(rows.order_by("pk"))
    current: Any = getattr(rows.model, "instance_type", None)
    if current is None:
        return [_row(row) for row in found]
    things = current._default_manager.select_related().in_bulk({row.id for row in found})
    return [{"frühere Fassung von": str(things.get(row.id, "gelöscht"))} | _row(row) for row in found]


def _row(row: models.Model) -> dict[str, Any]:
    """The filled fields of one row by their German names, but for secrets."""
    shown = {}
    for field in row._meta.concrete_fields:
        if f"{row._meta.label}.{field.name}" not in WITHHELD and field.name != "history_id":
            value = _value(row, field)
            if value not in {None, ""}:
                shown[HISTORY.get(field.name, str(field.verbose_name))] = value
    return shown


def _value(row: models.Model, field: Any) -> Any:
    if field.choices:
        return str(getattr(row, f"get_{field.name}_display")())
    try:
        value = getattr(row, field.name)
    except ObjectDoesNotExist:  # the history may point at what is gone
        return f"gelöscht ({getattr(row, field.attname)})"
    match value:
        case datetime():
            value = timezone.localtime(value).isoformat(timespec="seconds")
        case date():
            value = value.isoformat()
        case bool():
            value = "ja" if value else "nein"
    return value if value is None or isinstance(value, int) else str(value)
