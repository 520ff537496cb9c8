"""Assessments as data, for whoever may see their pages: the list, the Record and the Result. Nothing is written."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated

from django.db.models import F
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import timezone
from django.utils.http import http_date, urlencode
from ninja import Query, Router
from pydantic import BeforeValidator, Field

from assessments.exchange.record_json import to_json
from assessments.exchange.result_json import ResultFigures
from assessments.models import Assessment, AuditEntry, Report
from assessments.models.assessment import AssessmentQuerySet
from assessments.models.audit import midnight
from assessments.record import Form, Record, Value
from assessments.reports.kinds import ReportKind
from assessments.scoring import evaluate

MOST = 100  # assessments on a page
FARTHEST = 1_000_000
COLUMNS = {
    "state": "state",
    "ags": "municipality__ags",
    "since": "reference_date__gte",
    "until": "reference_date__lte",
}
IN_THE_LOG = "API"
DRAFTS_CHANGE = "Ein Entwurf ändert sich noch; abgeschlossen ändert sich nichts mehr."

router = Router(tags=["Einschätzungen"])


class EditionName(Value):
    """The edition that is assessed."""

    code: str
    title: str
    href: str = Field(description="Die Ausgabe als Daten.")


class MunicipalityName(Value):
    """Who assesses itself, as the register names it now."""

    ags: str = Field(description="Amtlicher Gemeindeschlüssel, mit führender Null.")
    name: str
    kind: str
    federal_state: str
    district: str


class Links(Value):
    """Where the rest is; addresses on this server."""

    self: str
    record: str = Field(description="Der Datensatz: alle Antworten und Ziele.")
    result: str = Field(description="Das Ergebnis: alle Zahlen.")
    documents: str = Field(description="Berichte, Ratsvorlage und Tabellen.")
    page: str = Field(description="Das Ergebnis als Seite.")


class AssessmentEntry(Value):
    """One assessment, without what it says."""

    id: int
    municipality: MunicipalityName
    title: str
    reference_date: date = Field(description="Stichtag.")
    edition: EditionName
    form: Form = Field(description="short: Kurzform; full: Vollform.")
    state: Assessment.State = Field(description="draft: Entwurf; review: in Prüfung; final: abgeschlossen.")
    finalised_at: datetime | None
    sha256: str | None = Field(description="Prüfsumme des festgeschriebenen Datensatzes.")
    links: Links

    @classmethod
    def of(cls, row: Assessment) -> AssessmentEntry:
        """The entry of a row of `_listed`."""
        town = row.municipality
        return cls(
            id=row.pk,
            municipality=MunicipalityName(
                ags=town.ags,
                name=town.name,
                kind=town.kind_name,
                federal_state=town.federal_state,
                district=town.district,
            ),
            title=row.title,
            reference_date=row.reference_date,
            edition=EditionName(
                code=row.edition.code,
                title=row.edition.title,
                href=reverse("api:edition", args=[row.edition.code]),
            ),
            form=Form(row.form),
            state=Assessment.State(row.state),
            finalised_at=timezone.localtime(row.finalised_at) if row.finalised_at else None,
            sha256=row.sha256,  # type: ignore[attr-defined]  # an annotation of `_listed`
            links=Links(
                self=reverse("api:assessment", args=[row.pk]),
                record=reverse("api:record", args=[row.pk]),
                result=reverse("api:result", args=[row.pk]),
                documents=reverse("api:documents", args=[row.pk]),
                page=row.get_absolute_url(),
            ),
        )


class AssessmentList(Value):
    """One page of the list."""

    count: int = Field(description="Wie viele es insgesamt sind.")
    next: str | None = Field(description="Die nächste Seite der Liste.")
    items: tuple[AssessmentEntry, ...] = Field(description="Der jüngste Stichtag zuerst.")


class DocumentEntry(Value):
    """One document or sheet."""

    file: str = Field(description="Woran man es erkennt: immer gleich.")
    title: str
    purpose: str
    content_type: str
    href: str = Field(
        description="Das Dokument selbst, für Menschen im Browser; kein Zugriffstoken öffnet es."
    )
    sha256: str | None = Field(description="Prüfsumme, sobald es aufbewahrt wird; sonst leer.")
    size: int | None = Field(description="Seine Größe in Byte, ebenso.")
    done_at: datetime | None = Field(description="Wann es erzeugt wurde, ebenso.")

    @classmethod
    def of(cls, assessment: Assessment, kind: ReportKind, stored: Report | None) -> DocumentEntry:
        """The entry of a document, with what is stored of it."""
        kept = stored if stored and stored.is_done else None
        return cls(
            file=kind.file,
            title=kind.label,
            purpose=kind.purpose,
            content_type=kind.content_type,
            href=reverse("assessments:report", args=[assessment.pk, kind]),
            sha256=kept.sha256 if kept else None,
            size=kept.size if kept else None,
            done_at=timezone.localtime(kept.done_at) if kept and kept.done_at else None,
        )


class DocumentList(Value):
    """Every document of an assessment."""

    items: tuple[DocumentEntry, ...] = Field(description="Wie auf der Seite des Ergebnisses.")


def _day(text: object) -> object:
    """A day as the description says, and in no other way that Python would read."""
    if not (isinstance(text, str) and date.fromisoformat(text).isoformat() == text):
        raise ValueError(text)
    return text


Day = Annotated[date, BeforeValidator(_day)]


class Wanted(Value):
    """Which assessments; what is left out means all."""

    state: Assessment.State | None = Field(None, description="Nur in diesem Zustand.")
    ags: str | None = Field(None, description="Nur von dieser Kommune.", pattern=r"^([0-9]{5}|[0-9]{8})$")
    since: Day | None = Field(None, description="Nur mit einem Stichtag an diesem Tag oder später.")
    until: Day | None = Field(None, description="Nur mit einem Stichtag an diesem Tag oder früher.")

    def of(self, rows: AssessmentQuerySet) -> AssessmentQuerySet:
        """These of the rows."""
        given = self.model_dump(exclude_none=True)
        return rows.filter(**{COLUMNS[name]: value for name, value in given.items()})


def _listed(request: HttpRequest) -> AssessmentQuerySet:
    rows = Assessment.objects.visible_to(request.user).select_related("municipality", "edition")
    return rows.annotate(sha256=F("snapshot__sha256")).order_by("-reference_date", "-pk")


@router.api_operation(
    ["GET", "HEAD"],
    "/assessments",
    response=AssessmentList,
    summary="Einschätzungen, die Sie sehen dürfen",
    description="Dieselben wie auf der Übersicht: Ratsmitglieder sehen abgeschlossene, alle anderen auch Entwürfe.",
)
def assessments(
    request: HttpRequest,
    wanted: Annotated[Wanted, Query()],
    limit: Annotated[int, Query(ge=1, le=MOST, description="Wie viele auf einmal.")] = 50,
    offset: Annotated[int, Query(ge=0, le=FARTHEST, description="Wie viele zu überspringen sind.")] = 0,
) -> AssessmentList:
    rows = wanted.of(_listed(request))
    count = rows.count()
    end = offset + limit
    following = wanted.model_dump(mode="json", exclude_none=True) | {"limit": limit, "offset": end}
    return AssessmentList(
        count=count,
        next=f"{reverse('api:assessments')}?{urlencode(following)}" if end < count else None,
        items=tuple(map(AssessmentEntry.of, rows[offset:end])),
    )


@router.api_operation(
    ["GET", "HEAD"], "/assessments/{int:id}", response=AssessmentEntry, summary="Eine Einschätzung"
)
def assessment(request: HttpRequest, id: int) -> AssessmentEntry:  # noqa: A002  # the name of the parameter
    return AssessmentEntry.of(get_object_or_404(_listed(request), pk=id))


@router.api_operation(
    ["GET", "HEAD"],
    "/assessments/{int:id}/record",
    response=Record,
    summary="Der Datensatz einer Einschätzung",
    description=(
        "Der Wortlaut der Fragen, alle Antworten und Ziele, Byte für Byte wie beim Export: aus diesen Bytes ist die "
        f"Prüfsumme gebildet. {DRAFTS_CHANGE}"
    ),
)
def record(request: HttpRequest, id: int) -> HttpResponse:  # noqa: A002  # the name of the parameter
    """A GET that writes: whoever takes the data away leaves a line in the log, one a day."""
    found = _found(request, id)
    if not AuditEntry.objects.since(
        midnight(), AuditEntry.Kind.EXPORT, found.pk, request.user, IN_THE_LOG
    ).exists():
        AuditEntry.objects.of_assessment(AuditEntry.Kind.EXPORT, found, request.user, IN_THE_LOG)
    response = HttpResponse(to_json(found), "application/json; charset=utf-8")
    if found.finalised_at:
        response["Last-Modified"] = http_date(found.finalised_at.timestamp())
    return response


@router.api_operation(
    ["GET", "HEAD"],
    "/assessments/{int:id}/result",
    response=ResultFigures,
    summary="Das Ergebnis einer Einschätzung",
    description=(
        "Jede Zahl, die das Ergebnis als Seite und in Berichten zeigt, aus derselben Rechnung. Gerechnet wird mit "
        "genauen Brüchen, gerundet erst beim Drucken, auf eine Stelle, ab 5 nach oben. Darum steht jede Zahl zweimal "
        f"da: gedruckt und ungerundet. Wo die Seite „–“ zeigt, steht null. {DRAFTS_CHANGE}"
    ),
)
def result(request: HttpRequest, id: int) -> ResultFigures:  # noqa: A002  # the name of the parameter
    found = _found(request, id)
    start = evaluate(found.predecessor.record()) if found.predecessor else None
    return ResultFigures.of(evaluate(found.record()), start)


@router.api_operation(
    ["GET", "HEAD"],
    "/assessments/{int:id}/documents",
    response=DocumentList,
    summary="Die Dokumente einer Einschätzung",
    description=(
        "Berichte, Fragebögen, Ratsvorlage und Tabellen. Die Berichte und die Ratsvorlage einer abgeschlossenen "
        "Einschätzung werden einmal erzeugt und aufbewahrt; ihre Prüfsumme steht hier, sobald es sie gibt."
    ),
)
def documents(request: HttpRequest, id: int) -> DocumentList:  # noqa: A002  # the name of the parameter
    found = _found(request, id)
    stored = {report.kind: report for report in found.reports.listed()}
    return DocumentList(items=tuple(DocumentEntry.of(found, kind, stored.get(kind)) for kind in ReportKind))


def _found(request: HttpRequest, pk: int) -> Assessment:
    rows = Assessment.objects.visible_to(request.user).select_related("municipality", "predecessor")
    found: Assessment = get_object_or_404(rows, pk=pk)
    return found
