"""The documents that are made of an assessment, all from one Result."""

from __future__ import annotations

from enum import StrEnum


class ReportKind(StrEnum):
    """What a document is for; `slug` names it in addresses and files, `label` on the page."""

    COUNCIL = "council"
    FULL = "full"
    PAPER = "paper"
    BLANK = "blank"
    MOTION_ODT = "motion_odt"
    MOTION_DOCX = "motion_docx"
    SHEETS_XLSX = "sheets_xlsx"
    SHEETS_ODS = "sheets_ods"
    ANSWERS_CSV = "answers_csv"
    FIGURES_CSV = "figures_csv"
    RECORD_JSON = "record_json"

    @property
    def slug(self) -> str:
        """Its name in file names."""
        return SLUGS[self]

    @property
    def file(self) -> str:
        """Its name in addresses, with the ending: "ratsbericht.pdf"."""
        return f"{self.slug}.{self.ending}"

    @property
    def ending(self) -> str:
        """The ending of its file, such as "pdf"."""
        return ENDINGS.get(self, "pdf")

    @property
    def content_type(self) -> str:
        """What it is sent as."""
        return CONTENT_TYPES[self.ending]

    @property
    def is_kept(self) -> bool:
        """Whether it is stored once the assessment is final."""
        return self in KEPT

    @property
    def is_data(self) -> bool:
        """Whether it is there to go on computing with, not to be read from beginning to end."""
        return self in DATA

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
    def of_file(cls, file: str) -> ReportKind:
        """The kind with this name in addresses. Raises `ValueError`."""
        for kind in cls:
            if kind.file == file:
                return kind
        raise ValueError(file)


SLUGS = {
    ReportKind.COUNCIL: "ratsbericht",
    ReportKind.FULL: "gesamtbericht",
    ReportKind.PAPER: "fragebogen",
    ReportKind.BLANK: "fragebogen-leer",
    ReportKind.MOTION_ODT: "ratsvorlage",
    ReportKind.MOTION_DOCX: "ratsvorlage",
    ReportKind.SHEETS_XLSX: "daten",
    ReportKind.SHEETS_ODS: "daten",
    ReportKind.ANSWERS_CSV: "antworten",
    ReportKind.FIGURES_CSV: "kennzahlen",
    ReportKind.RECORD_JSON: "daten",
}
LABELS = {
    ReportKind.COUNCIL: "Ratsbericht",
    ReportKind.FULL: "Gesamtbericht",
    ReportKind.PAPER: "Fragebogen auf Papier",
    ReportKind.BLANK: "Leerer Fragebogen",
    ReportKind.MOTION_ODT: "Ratsvorlage",
    ReportKind.MOTION_DOCX: "Ratsvorlage",
    ReportKind.SHEETS_XLSX: "Tabellen für Excel",
    ReportKind.SHEETS_ODS: "Tabellen für LibreOffice",
    ReportKind.ANSWERS_CSV: "Alle Antworten",
    ReportKind.FIGURES_CSV: "Alle Kennzahlen",
    ReportKind.RECORD_JSON: "Vollständiger Datensatz",
}
PURPOSES = {
    ReportKind.COUNCIL: "Für Rat und Ausschuss: zwei Seiten zum Entscheiden, danach die Begründung.",
    ReportKind.FULL: "Für die Akten und für Nachfragen: jede Antwort mit Wortlaut, Beleg und Begründung.",
    ReportKind.PAPER: "Für Sitzungen und zum Mitschreiben: alle Fragen, die bisherigen Antworten sind angekreuzt.",
    ReportKind.BLANK: "Derselbe Fragebogen ohne Antworten.",
    ReportKind.MOTION_ODT: "Für die Sitzung: Beschlussvorschlag und Sachdarstellung, zum Weiterschreiben.",
    ReportKind.MOTION_DOCX: "Dieselbe Ratsvorlage für Word.",
    ReportKind.SHEETS_XLSX: "Antworten, Kennzahlen, Leitbilder, Lücken, Pflichten und Forderungen, je auf einem Blatt.",
    ReportKind.SHEETS_ODS: "Dieselben Blätter im offenen Standard.",
    ReportKind.ANSWERS_CSV: "Für andere Programme: eine Zeile je Frage. Für Excel nehmen Sie die Tabellen.",
    ReportKind.FIGURES_CSV: "Für andere Programme: eine Zeile je Index, Leitlinie und Abschnitt.",
    ReportKind.RECORD_JSON: "Zum Nachrechnen und Aufbewahren: alles, was die Einschätzung sagt; daraus entsteht "
    "jede Zahl.",
}
TEMPLATES = {
    ReportKind.COUNCIL: "reports/council.html",
    ReportKind.FULL: "reports/full.html",
    ReportKind.PAPER: "reports/paper.html",
    ReportKind.BLANK: "reports/paper.html",
}
ENDINGS = {
    ReportKind.MOTION_ODT: "odt",
    ReportKind.MOTION_DOCX: "docx",
    ReportKind.SHEETS_XLSX: "xlsx",
    ReportKind.SHEETS_ODS: "ods",
    ReportKind.ANSWERS_CSV: "csv",
    ReportKind.FIGURES_CSV: "csv",
    ReportKind.RECORD_JSON: "json",
}
CONTENT_TYPES = {
    "pdf": "application/pdf",
    "odt": "application/vnd.oasis.opendocument.text",
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "ods": "application/vnd.oasis.opendocument.spreadsheet",
    "csv": "text/csv; charset=utf-8",
    "json": "application/json",
}
PRINTED = (ReportKind.COUNCIL, ReportKind.FULL, ReportKind.PAPER, ReportKind.BLANK)  # as PDF
KEPT = (ReportKind.COUNCIL, ReportKind.FULL, ReportKind.MOTION_ODT, ReportKind.MOTION_DOCX)
DATA = (
    ReportKind.SHEETS_XLSX,
    ReportKind.SHEETS_ODS,
    ReportKind.ANSWERS_CSV,
    ReportKind.FIGURES_CSV,
    ReportKind.RECORD_JSON,
)
