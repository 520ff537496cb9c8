"""Pages of the assessments."""

from __future__ import annotations

import re

from django.urls import include, path, register_converter
from django.urls.converters import StringConverter

from assessments.reports.kinds import ReportKind
from assessments.views import (
    answers,
    arms,
    assignments,
    autosave,
    comments,
    drafts,
    entry,
    evidence,
    invitation,
    log,
    overview,
    presence,
    preview,
    questionnaire,
    reports,
    results,
    review,
    team,
)


class ClauseCode(StringConverter):
    """The code of a clause; anything else, such as NUL, never reaches the database."""

    regex = questionnaire.CLAUSE_CODE.pattern


class CriterionCode(StringConverter):
    """The code of a criterion."""

    regex = r"[0-9A-Za-z.-]{1,12}"


class Token(StringConverter):
    """The token of an invitation."""

    regex = "[A-Za-z0-9_-]{43}"


class FormName(StringConverter):
    """The short or the full form."""

    regex = "short|full"


class DocumentFile(StringConverter):
    """A document by the name of its file."""

    regex = "|".join(re.escape(kind.file) for kind in ReportKind)

    def to_python(self, value: str) -> ReportKind:
        return ReportKind.of_file(value)

    def to_url(self, value: ReportKind | str) -> str:
        return ReportKind(value).file


register_converter(ClauseCode, "clause")
register_converter(CriterionCode, "criterion")
register_converter(Token, "token")
register_converter(FormName, "form")
register_converter(DocumentFile, "document")

of_an_answer = [
    path("", answers.answer, name="answer"),
    path("speichern/", autosave.save_answer, name="save_answer"),
    path("fassungen/<int:version>/", answers.restore, name="restore"),
    path("kommentare/", comments.write, name="comment"),
    path("kommentare/<int:comment>/zurueckziehen/", comments.withdraw, name="comment-withdraw"),
    path("kommentare/<int:comment>/intern/", comments.keep_internal, name="comment-internal"),
    path("belege/link/", evidence.add_link, name="exhibit-link"),
    path("belege/datei/", evidence.add_file, name="exhibit-file"),
    path("belege/<int:exhibit>/", evidence.download, name="exhibit"),
    path("belege/<int:exhibit>/entfernen/", evidence.remove, name="exhibit-remove"),
    path("erwaehnungen/<int:mention>/erledigt/", comments.mention_done, name="mention-done"),
]

app_name = "assessments"
urlpatterns = [
    path("einschaetzungen/", overview.overview, name="overview"),
    path("einschaetzungen/neu/", overview.start, name="start"),
    path("einschaetzungen/<int:pk>/", results.results, name="results"),
    path("einschaetzungen/<int:pk>/fragen/", questionnaire.questions, name="questions"),
    path("einschaetzungen/<int:pk>/fragen/<clause:code>/", questionnaire.question, name="question"),
    path("einschaetzungen/<int:pk>/antworten/<criterion:code>/", include(of_an_answer)),
    path("einschaetzungen/<int:pk>/ziele/<clause:code>/speichern/", autosave.save_target, name="save_target"),
    path("einschaetzungen/<int:pk>/zuteilung/", assignments.assign, name="assign"),
    path("einschaetzungen/<int:pk>/fragen/<clause:code>/anwesend/", presence.presence, name="presence"),
    path("einschaetzungen/<int:pk>/eingabe/", entry.entry, name="entry"),
    path("einschaetzungen/<int:pk>/angaben/", drafts.correct, name="correct"),
    path("einschaetzungen/<int:pk>/verwerfen/", drafts.discard, name="discard"),
    path("einschaetzungen/<int:pk>/erweitern/", overview.widen, name="widen"),
    path("einschaetzungen/<int:pk>/uebergeben/", review.hand_over, name="hand_over"),
    path("einschaetzungen/<int:pk>/pruefung/", review.review, name="review"),
    path("einschaetzungen/<int:pk>/pruefung/zurueck/", review.take_back, name="take_back"),
    path("einschaetzungen/<int:pk>/abschliessen/", results.finalise, name="finalise"),
    path("vorschau/<slug:edition>/<clause:code>/<form:form>/", preview.preview, name="preview"),
    path("einschaetzungen/<int:pk>/berichte/<document:kind>", reports.report, name="report"),
    path(
        "einschaetzungen/<int:pk>/berichte/<document:kind>/stand/", reports.progress, name="report_progress"
    ),
    path("kommunen/<int:pk>/wappen/", arms.arms, name="arms"),
    path("kommunen/<int:pk>/protokoll/", log.log, name="log"),
    path("kommunen/<int:pk>/team/", team.team, name="team"),
    path("kommunen/<int:pk>/team/einladen/", team.invite, name="invite"),
    path("kommunen/<int:pk>/team/einladungen/<int:invitation>/noch-einmal/", team.resend, name="resend"),
    path("kommunen/<int:pk>/team/einladungen/<int:invitation>/zurueckziehen/", team.revoke, name="revoke"),
    path("kommunen/<int:pk>/team/<int:membership>/", team.member, name="member"),
    path("kommunen/<int:pk>/team/<int:membership>/entlassen/", team.withdraw, name="withdraw"),
    path("einladung/<token:token>/", invitation.invitation, name="invitation"),
]
