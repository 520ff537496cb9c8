"""Editors and drafts for the tests of the content."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.models import Group
from django.test import Client

from guidelines.models import Edition
from guidelines.publishing import copy


@pytest.fixture
def draft(edition: Edition) -> Edition:
    """A whole copy of the edition of 2021 that may be changed."""
    return copy(edition, "2027")


@pytest.fixture
def editor(edition: Edition, person: Callable[..., Any]) -> Client:
    """A client signed in as a member of the group "Redaktion"."""
    user = person("editor")
    user.groups.add(Group.objects.get(name="Redaktion"))
    client = Client()
    client.force_login(user)
    return client


@pytest.fixture
def form_of(editor: Client) -> Callable[[str], dict[str, Any]]:
    """`form_of("/redaktion/…/change/")`: what the browser would send if "Speichern" were pressed at once."""

    def read(address: str) -> dict[str, Any]:
        context = editor.get(address).context
        forms = [context["adminform"].form]
        for inline in context["inline_admin_formsets"]:
            forms += [inline.formset.management_form, *inline.formset.forms]
        sent: dict[str, Any] = {}
        for form in forms:
            for field in form:
                value = field.value()
                if value is None or value is False:
                    continue
                sent[field.html_name] = (
                    "on"
                    if value is True
                    else [getattr(v, "pk", v) for v in value]
                    if isinstance(value, list)
                    else value
                )
        return sent

    return read
