"""Public pages of the Charter."""

from __future__ import annotations

app_name = "guidelines"
urlpatterns: list = []
