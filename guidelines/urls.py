"""Public pages of the Charter."""

from __future__ import annotations

from django.urls import path

from guidelines import views

app_name = "guidelines"
urlpatterns = [
    path("", views.charter, name="charter"),
    path("charta/<slug:edition>/", views.edition, name="edition"),
    path("charta/<slug:edition>/abdeckung/", views.coverage, name="coverage"),
    path("charta/<slug:edition>/pflichten/", views.duties, name="duties"),
    path("charta/<slug:edition>/vergleich/<slug:other>/", views.comparison, name="comparison"),
    path("charta/<slug:edition>/<str:code>/", views.clause, name="clause"),
]
