"""The documents that are printed of an assessment, all from one Result."""

from __future__ import annotations

from enum import StrEnum


class ReportKind(StrEnum):
    """What a document is for; `slug` names it in addresses and files, `label` on the page."""

    COUNCIL = "council"
    FULL = "full"
    PAPER = "paper"
    BLANK = "blank"

    @property
    def slug(self) -> str:
        """Its name in addresses and file names."""
        return SLUGS[self]

    @property
    def label(self) -> str:
        """Its name for people."""
        return LABELS[self]

    @property
    def purpose(self) -> str:
        """Whom it serves, in a sentence."""
        return PURPOSES[self]

    @property
    def template(self) -> str:
        """The template it is made of."""
        return TEMPLATES[self]

    @classmethod
    def of_slug(cls, slug: str) -> ReportKind:
        """The kind with this slug. Raises `ValueError`."""
        for kind in cls:
            if kind.slug == slug:
                return kind
        raise ValueError(slug)


SLUGS = {
    ReportKind.COUNCIL: "ratsbericht",
    ReportKind.FULL: "gesamtbericht",
    ReportKind.PAPER: "fragebogen",
    ReportKind.BLANK: "fragebogen-leer",
}
LABELS = {
    ReportKind.COUNCIL: "Ratsbericht",
    ReportKind.FULL: "Gesamtbericht",
    ReportKind.PAPER: "Fragebogen auf Papier",
    ReportKind.BLANK: "Leerer Fragebogen",
}
PURPOSES = {
    ReportKind.COUNCIL: "Für Rat und Ausschuss: zwei Seiten zum Entscheiden, danach die Begründung.",
    ReportKind.FULL: "Für die Akten und für Nachfragen: jede Antwort mit Wortlaut, Beleg und Begründung.",
    ReportKind.PAPER: "Für Sitzungen und zum Mitschreiben: alle Fragen, die bisherigen Antworten sind angekreuzt.",
    ReportKind.BLANK: "Derselbe Fragebogen ohne Antworten.",
}
TEMPLATES = {
    ReportKind.COUNCIL: "reports/council.html",
    ReportKind.FULL: "reports/full.html",
    ReportKind.PAPER: "reports/paper.html",
    ReportKind.BLANK: "reports/paper.html",
}
