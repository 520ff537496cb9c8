"""The admin as a desk: what its people work on stands in the order of their work."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _


class Desk(admin.AdminSite):
    site_title = "Charta-Check"
    site_header = _("Charta-Check: Redaktion und Zugänge")
    index_title = _("Übersicht")

    def get_app_list(self, request: HttpRequest, app_label: str | None = None) -> list[Any]:
        """The content first; within an app as its admin registers the models, from the edition to its parts."""
        registered = list(self._registry)
        found = super().get_app_list(request, app_label)
        for app in found:
            app["models"].sort(key=lambda row: registered.index(row["model"]))
        return sorted(found, key=lambda app: app["app_label"] != "guidelines")
