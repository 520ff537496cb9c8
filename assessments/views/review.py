"""The review: handing over, judging answers one by one or by section, and the way back to the draft."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_http_methods

from assessments.forms import EachFieldOnce, TextField
from assessments.mails import tell
from assessments.models import Answer, Assessment, Refusal, Review, Role, Seen, Verdict, WrongState
from assessments.models.answer import TEXT_LIMIT
from assessments.record import wording
from assessments.views.too_late import too_late
from guidelines.models import Clause

SEEN = re.compile(r"(\d{1,9})-(\d{1,18})")
REASON = re.compile(r"(?:frage-([\w.-]+)-)?reason")
WAITING = {Review.NONE, Review.CHANGED, Review.MENDED}
REFUSALS = {
    Refusal.STALE: gettext_lazy(
        "Nicht übernommen, weil die Antwort inzwischen geändert oder von jemand anderem geprüft wurde: %s. "
        "Bitte sehen Sie sie noch einmal an."
    ),
    Refusal.OWN: gettext_lazy(
        "Diese Antwort haben Sie selbst zuletzt geändert, bestätigen kann sie nur eine andere Person: %s."
    ),
    Refusal.UNANSWERED: gettext_lazy(
        "Hier gibt es noch keine Antwort, die sich bestätigen ließe: %s. Sie können die Frage zurückgeben."
    ),
}


class ReasonForm(EachFieldOnce, forms.Form):
    """Why something goes back."""

    reason = TextField(
        label=gettext_lazy("Was fehlt oder stimmt nicht?"),
        max_length=TEXT_LIMIT,
        widget=forms.Textarea(attrs={"rows": 3}),
        error_messages={"required": gettext_lazy("Bitte schreiben Sie, was fehlt oder nicht stimmt.")},
    )


@dataclass(frozen=True, slots=True)
class Card:
    """One answer on the review page, with the form that sends it back."""

    answer: Answer
    form: ReasonForm
    is_own: bool

    @property
    def seen(self) -> str:
        """What a verdict given from this page rests on."""
        return f"{self.answer.version}-{self.answer.verdict_id or 0}"

    @property
    def level_text(self) -> str:
        """The wording of the chosen level. Only for a rated answer."""
        return wording(self.answer.criterion.levels, self.answer.level or 0)

    @property
    def waits(self) -> bool:
        """Whether somebody has to look at this answer."""
        return not self.answer.is_open and self.answer.review in WAITING

    @property
    def can_be_confirmed(self) -> bool:
        """Whether the reader may confirm it."""
        return not self.is_own and not self.answer.is_open and self.answer.review is not Review.CONFIRMED


@dataclass(frozen=True, slots=True)
class Part:
    """The answers of one clause."""

    clause: Clause
    cards: tuple[Card, ...]

    @property
    def confirmable(self) -> int:
        """How many answers the button for the whole section would confirm: sent back ones are left alone."""
        return sum(card.waits and card.can_be_confirmed for card in self.cards)


@require_http_methods(["GET", "HEAD", "POST"])
def hand_over(request: HttpRequest, pk: int) -> HttpResponse:
    """Say what handing over means; on POST put the assessment up for review and tell the reviewers."""
    assessment = _assessment(request, pk)
    if not assessment.may_finalise:
        raise PermissionDenied
    if request.method == "POST":
        try:
            assessment.hand_over(request.user)
        except WrongState:
            return _moved_on(request, assessment)
        reviewers = assessment.municipality.people_as(Role.REVIEWER)
        tell(
            reviewers,
            "handed_over",
            {"assessment": assessment, "by": request.user, "link": _link(request, "review", pk)},
        )
        messages.success(request, _("Zur Prüfung übergeben."))
        return redirect("assessments:review", pk)
    if not assessment.is_draft:
        return _moved_on(request, assessment)
    return render(
        request,
        "assessments/hand_over.html",
        {"assessment": assessment, "reviewers": list(assessment.municipality.people_as(Role.REVIEWER))},
    )


@require_http_methods(["GET", "HEAD", "POST"])
def take_back(request: HttpRequest, pk: int) -> HttpResponse:
    """Turn an assessment in review into a draft again, with a reason that its officers read."""
    assessment = _assessment(request, pk)
    if not assessment.may_review:
        raise PermissionDenied
    if not assessment.is_in_review:
        return _moved_on(request, assessment)
    form = ReasonForm(request.POST if request.method == "POST" else None)
    form.fields["reason"].label = _("Warum geht die Einschätzung zurück in den Entwurf?")
    form.fields["reason"].error_messages["required"] = _("Bitte nennen Sie den Grund.")
    if form.is_valid():
        try:
            assessment.take_back(request.user, form.cleaned_data["reason"])
        except WrongState:
            return _moved_on(request, assessment)
        tell(
            assessment.municipality.people_as(Role.OFFICER).exclude(pk=request.user.pk),
            "taken_back",
            {"assessment": assessment, "by": request.user, "link": _link(request, "questions", pk)},
        )
        messages.success(request, _("Die Einschätzung ist wieder ein Entwurf."))
        return redirect("assessments:questions", pk)
    context = {"assessment": assessment, "form": form}
    status = 422 if form.is_bound else 200
    return render(request, "assessments/take_back.html", context, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
def review(request: HttpRequest, pk: int) -> HttpResponse:
    """Show every answer with its verdict; on POST confirm one or a section, or send one back with a reason."""
    assessment = _assessment(request, pk)
    if request.method == "POST" and not assessment.may_review:
        raise PermissionDenied
    if not assessment.is_in_review:
        return _moved_on(request, assessment)
    if request.method == "POST":
        return _judge(request, assessment)
    return _page(request, assessment, _answers(assessment))


def _judge(request: HttpRequest, assessment: Assessment) -> HttpResponse:
    """One button was pressed: `confirm` or `return` name a question, `confirm_all` a section."""
    sent = request.POST
    answers = _answers(assessment)
    codes = {answer.criterion.code: answer for answer in answers}
    confirmed, returned = codes.get(sent.get("confirm", "")), codes.get(sent.get("return", ""))
    if returned:
        form = ReasonForm(sent, prefix=_prefix(returned))
        if not form.is_valid():
            return _page(request, assessment, answers, refused=form)
        chosen, kind, reason = [returned], Verdict.Kind.RETURNED, form.cleaned_data["reason"]
    elif confirmed:
        chosen, kind, reason = [confirmed], Verdict.Kind.CONFIRMED, ""
    else:
        part = [answer for answer in answers if answer.criterion.clause.code == sent.get("confirm_all", "")]
        cards = [_card(answer, request) for answer in part]
        chosen = [card.answer for card in cards if card.waits and card.can_be_confirmed]
        kind, reason = Verdict.Kind.CONFIRMED, ""
    seen = [_seen(answer, sent.get(f"{_prefix(answer)}-seen", "")) for answer in chosen]
    if not seen or not all(seen):
        messages.warning(request, _("Es gab nichts zu übernehmen. Bitte sehen Sie sich den Stand an."))
        return _page(request, assessment, answers, status=422)
    try:
        stands, refused = Verdict.objects.give(kind, [one for one in seen if one], request.user, reason)
    except IntegrityError:
        assessment.refresh_from_db(fields=["state"])
        if assessment.is_in_review:
            raise
        return _moved_on(request, assessment)
    for why, those in refused.items():
        named = ", ".join(answer.criterion.code for answer in those)
        messages.warning(request, REFUSALS[why] % named)
    if refused:
        return _page(request, assessment, _answers(assessment), status=409)
    if kind == Verdict.Kind.RETURNED:
        _tell_of_return(request, assessment, chosen[0], reason)
        messages.success(request, _("Zurückgegeben: %s") % chosen[0].criterion.code)
    else:
        messages.success(
            request,
            ngettext(
                "%(count)d Antwort bestätigt: %(codes)s",
                "%(count)d Antworten bestätigt: %(codes)s",
                len(stands),
            )
            % {"count": len(stands), "codes": ", ".join(answer.criterion.code for answer in stands)},
        )
    return _go_on(request, assessment, answers, chosen, given=returned)


def _go_on(
    request: HttpRequest,
    assessment: Assessment,
    answers: Sequence[Answer],
    judged: Sequence[Answer],
    given: Answer | None,
) -> HttpResponse:
    """To the next answer; but reasons typed for others stay in their fields until they are sent or deleted."""
    if left := [label for label, _text in _reasons(request, given=given)]:
        messages.warning(
            request, _("Noch nicht abgeschickt, aber noch in seinem Feld: %s.") % "; ".join(left)
        )
        return _page(request, assessment, _answers(assessment), given=given)
    return redirect(f"{reverse('assessments:review', args=[assessment.pk])}#{_next_place(answers, judged)}")


def _page(
    request: HttpRequest,
    assessment: Assessment,
    answers: Sequence[Answer],
    *,
    refused: ReasonForm | None = None,
    given: Answer | None = None,
    status: int = 200,
) -> HttpResponse:
    """All cards, with what was typed into them except for the answer whose reason is `given`."""
    cards = [_card(answer, request, refused, given) for answer in answers]
    parts = [
        Part(clause, tuple(group))
        for clause, group in groupby(cards, lambda card: card.answer.criterion.clause)
    ]
    counts = Counter("unanswered" if card.answer.is_open else str(card.answer.review) for card in cards)
    context = {
        "assessment": assessment,
        "parts": parts,
        "asked": len(cards),
        "confirmed": counts[Review.CONFIRMED],
        "returned": sum(card.answer.review is Review.RETURNED for card in cards),
        "waiting": sum(card.waits for card in cards),
        "unanswered": counts["unanswered"],
        "first": next((card for card in cards if card.waits), None),
        "refused": refused,
    }
    return render(request, "assessments/review.html", context, status=422 if refused else status)


def _assessment(request: HttpRequest, pk: int) -> Assessment:
    rows = Assessment.objects.visible_to(request.user).select_related("municipality", "edition", "moved_by")
    found: Assessment = get_object_or_404(rows, pk=pk)
    return found


def _answers(assessment: Assessment) -> list[Answer]:
    """Every answer with all that the page shows of it, in the Charter's order (one query)."""
    rows = assessment.answers.select_related("criterion__clause__guideline", "verdict__by", "changed_by")
    return list(rows.order_by("criterion__clause__position", "criterion__position"))


def _prefix(answer: Answer) -> str:
    return f"frage-{answer.criterion.code}"


def _card(
    answer: Answer, request: HttpRequest, refused: ReasonForm | None = None, given: Answer | None = None
) -> Card:
    prefix = _prefix(answer)
    typed = {"reason": "" if answer == given else request.POST.get(f"{prefix}-reason", "")}
    form = refused if refused and refused.prefix == prefix else ReasonForm(prefix=prefix, initial=typed)
    return Card(answer, form, is_own=answer.changed_by_id == request.user.pk)


def _reasons(request: HttpRequest, given: Answer | None = None) -> list[tuple[str, str]]:
    """The reasons somebody has typed, each with the question it is about; without the one that is `given`."""
    done = f"{_prefix(given)}-reason" if given else ""
    matches = ((REASON.fullmatch(name), str(text)) for name, text in request.POST.items() if name != done)
    return [
        (_("Ihr Grund zu %s") % match[1] if match[1] else _("Ihr Grund"), text)
        for match, text in matches
        if match and text.strip()
    ]


def _seen(answer: Answer, sent: str) -> Seen | None:
    match = SEEN.fullmatch(sent)
    return Seen(answer.pk, int(match[1]), int(match[2]) or None) if match else None


def _next_place(answers: Sequence[Answer], judged: Sequence[Answer]) -> str:
    """Where to go on: the next answer that waits, from the last judged one on; else that one."""
    start = answers.index(judged[-1])
    rest = [*answers[start + 1 :], *answers[:start]]
    waiting = (a for a in rest if a not in judged and not a.is_open and a.review in WAITING)
    return _prefix(next(waiting, judged[-1]))


def _moved_on(request: HttpRequest, assessment: Assessment) -> HttpResponse:
    """To where the assessment stands now; what somebody has written stays in sight."""
    assessment.refresh_from_db(fields=["state"])
    if reasons := _reasons(request):
        return too_late(request, assessment, texts=reasons)
    if assessment.is_final:
        messages.info(request, _("Diese Einschätzung ist abgeschlossen. Sie lässt sich nur noch lesen."))
        return redirect(assessment)
    if assessment.is_in_review:
        messages.info(request, _("Diese Einschätzung ist schon in Prüfung."))
        return redirect("assessments:review", assessment.pk)
    messages.info(request, _("Diese Einschätzung ist ein Entwurf und nicht in Prüfung."))
    return redirect("assessments:questions", assessment.pk)


def _tell_of_return(request: HttpRequest, assessment: Assessment, answer: Answer, reason: str) -> None:
    concerned: Any = (
        [answer.changed_by] if answer.changed_by else assessment.municipality.people_as(Role.OFFICER)
    )
    clause = answer.criterion.clause.code
    link = request.build_absolute_uri(reverse("assessments:question", args=[assessment.pk, clause]))
    context = {"assessment": assessment, "by": request.user, "answer": answer, "reason": reason, "link": link}
    tell([person for person in concerned if person.pk != request.user.pk], "returned", context)


def _link(request: HttpRequest, view: str, pk: int) -> str:
    return request.build_absolute_uri(reverse(f"assessments:{view}", args=[pk]))
