"""The page of one answer: what it says, what was said about it, and everything it has said before."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import zip_longest
from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.db import IntegrityError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from assessments.answer_forms import CommentForm, FileForm, LinkForm, VersionForm
from assessments.models import Answer, Comment, Exhibit, Membership, Role, Stale
from guidelines.comparison import Piece, marked

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from assessments.models.municipality import Person

VERSIONS = 10  # on a page


@dataclass(frozen=True, slots=True)
class Change:
    """One field that a version says otherwise than the one before."""

    label: str
    before: tuple[Piece, ...]
    after: tuple[Piece, ...]

    @classmethod
    def of(cls, label: str, before: str, after: str) -> Change:
        """Word by word; what stands there for the first time needs no marks."""
        return cls(label, *marked(before, after)) if before else cls(label, (), (Piece(after, False),))


@dataclass(frozen=True, slots=True)
class Version:
    """One version of an answer: who wrote it, what changed in it, and all that it said."""

    number: int
    by: str
    at: datetime
    note: str
    changes: tuple[Change, ...]
    words: dict[str, str]

    @classmethod
    def of(cls, past: Any, earlier: Any | None) -> Version:
        """A row of the history, against the row before it; in the first one everything is new."""
        now, then = _row(past), _row(earlier) if earlier else Answer()
        words, before = now.in_words(), then.in_words() if earlier else {}
        changes = tuple(
            Change.of(label, before.get(label, ""), text)
            for label, text in words.items()
            if text != before.get(label, "")
        )
        note = ""
        if now.needs_confirmation:
            note = _("Aus der letzten Einschätzung übernommen, zu bestätigen")
        elif then.needs_confirmation:
            note = _("Für diese Einschätzung bestätigt")
        # what was taken over nobody has written here, but somebody began the assessment with it
        by, at = past.changed_by or past.history_user, past.changed_at or past.history_date
        return cls(past.version, str(by), at, note, changes, words)


def _row(past: Any) -> Answer:
    """The answer as it was; `past.instance` would ask the database for what the history leaves out."""
    return Answer(**{name: getattr(past, name) for name in Answer.WRITTEN})


@require_safe
def answer(request: HttpRequest, pk: int, code: str) -> HttpResponse:
    """Show one answer with its comments, its evidence and its history."""
    return page(request, find(request.user, pk, code))


@require_POST
def restore(request: HttpRequest, pk: int, code: str, version: int) -> HttpResponse:
    """Bring an earlier version back, as a new one on top of the one that was seen."""
    answer = find(request.user, pk, code)
    if not answer.assessment.may_answer:
        raise PermissionDenied
    past = get_object_or_404(Answer.history.filter(id=answer.pk), version=version)
    form = VersionForm(request.POST)
    if not answer.takes_changes:
        return too_late(request, answer)
    if not form.is_valid():
        messages.error(request, _("Die Seite kam unvollständig an. Bitte versuchen Sie es noch einmal."))
        return page(request, answer, status=422)
    wanted = _row(past)
    wanted.needs_confirmation = False  # who brings a text back says that it holds
    if wanted.same_as(answer):
        messages.info(request, _("Diese Fassung gilt schon."))
        return redirect(f"{answer.get_absolute_url()}#verlauf")
    for name in Answer.WRITTEN:
        setattr(answer, name, getattr(wanted, name))
    try:
        answer.save_based_on(form.cleaned_data["version"], request.user)
    except IntegrityError:
        return too_late(request, answer)
    except Stale:
        messages.warning(
            request,
            _(
                "Inzwischen hat jemand die Antwort geändert; zurückgeholt ist nichts. Hier steht der jetzige Stand."
            ),
        )
        return page(request, find(request.user, pk, code), status=409)
    messages.success(request, _("Fassung %(number)s ist zurückgeholt.") % {"number": version})
    return redirect(f"{answer.get_absolute_url()}#verlauf")


def find(person: Person, pk: int, code: str) -> Answer:
    """The answer with everything its page shows of it, in one query; not yours is 404."""
    rows = Answer.objects.visible_to(person).select_related(
        "assessment__municipality",
        "criterion__clause__guideline",
        "criterion__place",
        "changed_by",
        "verdict__by",
    )
    answer: Answer = get_object_or_404(rows, assessment__pk=pk, criterion__code=code)
    answer.of_reader()
    return answer


def members_to_notify(answer: Answer, person: Person) -> list[Membership]:
    """Who else works on the assessment (one query)."""
    town = Membership.objects.insiders().filter(municipality=answer.assessment.municipality_id)
    others = town.filter(person__is_active=True).exclude(person=person.pk)
    return list(others.select_related("person").order_by("person__name", "pk"))


def page(
    request: HttpRequest,
    answer: Answer,
    *,
    status: int = 200,
    comment_form: CommentForm | None = None,
    link_form: LinkForm | None = None,
    file_form: FileForm | None = None,
    unsaved: Sequence[str] = (),
) -> HttpResponse:
    """The page, with a form as it was refused, or with texts that came too late."""
    assessment = answer.assessment
    is_insider = assessment.role != Role.COUNCIL
    is_draft = not assessment.is_final
    record = assessment.record() if assessment.is_final else None
    asked: Any = record.criterion(answer.criterion.code) if record else answer.criterion
    comments = list(Comment.objects.filter(answer=answer).visible_as(assessment.role).with_people())
    if is_insider and is_draft and comment_form is None:
        comment_form = CommentForm(members=members_to_notify(answer, request.user))
    exhibits = list(Exhibit.objects.filter(answer=answer).with_people())
    may_answer = assessment.may_answer and answer.takes_changes
    context = {
        "assessment": assessment,
        "answer": answer,
        "asked": asked,
        "said": asked.answer if record else answer.value(),
        "is_insider": is_insider,
        "may_answer": may_answer,
        "exhibits": [exhibit for exhibit in exhibits if not exhibit.removed_at],
        "removed": [exhibit for exhibit in exhibits if exhibit.removed_at] if is_insider else [],
        "link_form": (link_form or LinkForm()) if may_answer else None,
        "file_form": (file_form or FileForm()) if may_answer else None,
        "comments": comments,
        "written": sum(not comment.withdrawn_at for comment in comments),
        "asked_of_me": [
            mention
            for comment in comments
            for mention in comment.mentions.all()
            if is_draft
            and mention.person_id == request.user.pk
            and not (mention.done_at or comment.withdrawn_at)
        ],
        "comment_form": comment_form,
        "can_leave_report": {
            comment.pk
            for comment in comments
            if comment.is_for_report and comment.may_be_kept_internal_by(request.user, assessment.role)
        },
        "versions": _versions(answer, request.GET.get("seite")) if is_insider else None,
        "verdicts": answer.verdicts.select_related("by") if is_insider and answer.verdict_id else [],
        "unsaved": [text for text in unsaved if text.strip()],
    }
    return render(request, "assessments/answer.html", context, status=status)


def too_late(request: HttpRequest, answer: Answer, *unsaved: str) -> HttpResponse:
    """The assessment is final or under review: nothing was written, and nothing of a text is lost."""
    fresh = find(request.user, answer.assessment_id, answer.criterion.code)
    why = _("Diese Einschätzung ist abgeschlossen. Sie lässt sich nur noch lesen.")
    if fresh.assessment.is_in_review:
        why = _("Die Einschätzung wird geprüft. Ändern lässt sich nur, was zurückgegeben wurde.")
    messages.warning(request, _("Nicht gespeichert: %s") % why)
    return page(request, fresh, status=409, unsaved=unsaved)


def _versions(answer: Answer, number: str | None) -> Any:
    """One page of the history, the newest first; each version knows the one before it (two queries)."""
    rows = (
        Answer.history.filter(id=answer.pk)
        .select_related("changed_by", "history_user")
        .order_by("-version", "-pk")
    )
    paginator = Paginator(rows, VERSIONS)
    found = paginator.get_page(number)
    first = (found.number - 1) * VERSIONS
    some = list(rows[first : first + VERSIONS + 1])
    found.object_list = [Version.of(past, earlier) for past, earlier in zip_longest(some, some[1:])][
        :VERSIONS
    ]
    return found
