"""Where a part stands in its edition, and the ways from one to the other."""

from __future__ import annotations

from typing import Any

from django.db import models
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from guidelines.models import Clause, Edition
from guidelines.publishing import PARENTS, edition_of


def _path(model: type[models.Model]) -> str:
    parent: Any = model._meta.get_field(PARENTS[model])
    above = parent.related_model
    return parent.name if above is Edition else f"{parent.name}__{_path(above)}"


# Where the edition is found from each model.
EDITION_PATH: dict[type[models.Model], str] = {Edition: "pk"} | {model: _path(model) for model in PARENTS}
SHOWN_UNDER = PARENTS | {Clause: "guideline"}  # recommendations have none


def admin_url(part: models.Model) -> str:
    """The page of this part in the admin."""
    return reverse(f"admin:{part._meta.app_label}_{part._meta.model_name}_change", args=[part.pk])


def state_path(model: type[models.Model]) -> str:
    to_edition = EDITION_PATH[model]
    return "state" if to_edition == "pk" else f"{to_edition}__state"


def trail(part: models.Model) -> list[tuple[Any, str]]:
    """The way from the edition down to this part: names and addresses of its parents."""
    steps: list[models.Model] = []
    here: Any = part
    while not isinstance(here, Edition):
        parent = getattr(here, SHOWN_UNDER[type(here)]) or here.edition
        steps.insert(0, parent)
        here = parent
    return [(str(step), admin_url(step)) for step in steps]


def is_draft(obj: Any) -> bool:
    return obj is None or not obj.pk or edition_of(obj).state == Edition.State.DRAFT


def adding(obj: Any, *kinds: tuple[type[models.Model], str, Any]) -> list[tuple[Any, str]]:
    """Links that add something under a part of a draft."""
    if not is_draft(obj):
        return []
    return [
        (_("%s hinzufügen") % label, reverse(f"admin:guidelines_{model._meta.model_name}_add") + query)
        for model, query, label in kinds
    ]


def previews(clause: Any) -> list[tuple[Any, str]]:
    """Links to the question page as officers will see it; the site has it above us, so it is known by name alone."""
    return [
        (label, reverse("assessments:preview", args=[clause.edition.code, clause.code, form]))
        for label, form in ((_("Vorschau Kurzform"), "short"), (_("Vorschau Vollform"), "full"))
    ]
