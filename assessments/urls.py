"""Pages of the assessments."""

from __future__ import annotations

from django.urls import path, register_converter
from django.urls.converters import StringConverter

from assessments.reports import ReportKind
from assessments.views import log, overview, preview, questionnaire, reports, results, review


class ClauseCode(StringConverter):
    """The code of a clause; anything else, such as NUL, never reaches the database."""

    regex = questionnaire.CLAUSE_CODE.pattern


class FormName(StringConverter):
    """The short or the full form."""

    regex = "short|full"


class ReportSlug(StringConverter):
    """A document by its slug."""

    regex = "|".join(sorted((kind.slug for kind in ReportKind), key=len, reverse=True))

    def to_python(self, value: str) -> ReportKind:
        return ReportKind.of_slug(value)

    def to_url(self, value: ReportKind | str) -> str:
        return ReportKind(value).slug


register_converter(ClauseCode, "clause")
register_converter(FormName, "form")
register_converter(ReportSlug, "kind")

app_name = "assessments"
urlpatterns = [
    path("einschaetzungen/", overview.overview, name="overview"),
    path("einschaetzungen/neu/", overview.start, name="start"),
    path("einschaetzungen/<int:pk>/", results.results, name="results"),
    path("einschaetzungen/<int:pk>/fragen/", questionnaire.questions, name="questions"),
    path("einschaetzungen/<int:pk>/fragen/<clause:code>/", questionnaire.question, name="question"),
    path("einschaetzungen/<int:pk>/erweitern/", overview.widen, name="widen"),
    path("einschaetzungen/<int:pk>/uebergeben/", review.hand_over, name="hand_over"),
    path("einschaetzungen/<int:pk>/pruefung/", review.review, name="review"),
    path("einschaetzungen/<int:pk>/pruefung/zurueck/", review.take_back, name="take_back"),
    path("einschaetzungen/<int:pk>/abschliessen/", results.finalise, name="finalise"),
    path("vorschau/<slug:edition>/<clause:code>/<form:form>/", preview.preview, name="preview"),
    path("einschaetzungen/<int:pk>/berichte/<kind:kind>.pdf", reports.report, name="report"),
    path("kommunen/<int:pk>/protokoll/", log.log, name="log"),
]
