"""The roles people have in a municipality."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Role(models.TextChoices):
    """What a person is in a municipality (DESIGN, "Who uses it")."""

    OFFICER = "officer", _("Digitalbeauftragte Person")
    CONTRIBUTOR = "contributor", _("Fachamt")
    REVIEWER = "reviewer", _("Prüfende Person")
    COUNCIL = "council", _("Ratsmitglied")


MEANINGS = {
    Role.OFFICER: _(
        "legt Einschätzungen an, lädt ein, teilt Abschnitte zu, beantwortet alle Fragen, schließt ab"
    ),
    Role.CONTRIBUTOR: _("beantwortet die zugeteilten Abschnitte und liest alle anderen"),
    Role.REVIEWER: _("liest und prüft die Entwürfe"),
    Role.COUNCIL: _("liest abgeschlossene Ergebnisse und Berichte"),
}
