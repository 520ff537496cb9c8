"""Typing in what was answered on paper: lines of code and answer, checked before anything is saved."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_http_methods

from assessments.exchange.paper import Typed, read, short_code
from assessments.forms import AnswerForm, Difference, EachFieldOnce, TextField
from assessments.models import Answer, Assessment, Target
from assessments.views.too_late import too_late

if TYPE_CHECKING:
    from assessments.models.municipality import Person

LONGEST = 300_000  # characters; a full form with a long comment to each question
VERSION = re.compile(r"(\d{1,9})-(\d{1,9})")


class SheetForm(EachFieldOnce, forms.Form):
    """The typed lines, and the versions of the answers that the last check showed."""

    lines = TextField(
        label=gettext_lazy("Zeilen vom Papier"),
        max_length=LONGEST,
        widget=forms.Textarea(attrs={"rows": 14, "spellcheck": "false", "autocapitalize": "off"}),
        error_messages={"required": gettext_lazy("Bitte tippen Sie mindestens eine Zeile ein.")},
    )
    versions = forms.CharField(required=False, max_length=5_000, widget=forms.HiddenInput)

    def seen(self) -> dict[int, int]:
        """Which version of which answer (by id) the person has seen."""
        return {int(pk): int(version) for pk, version in VERSION.findall(self.cleaned_data["versions"])}


@dataclass(frozen=True, slots=True)
class Line:
    """One typed line with what it means for its question."""

    typed: Typed
    faults: Sequence[str] = ()
    form: AnswerForm | None = None
    was_overtaken: bool = False

    @property
    def changes(self) -> list[Difference]:
        """What the line changes: the new beside what is stored."""
        return self.form.differences() if self.form else []

    @property
    def is_saved(self) -> bool:
        """Whether saving has changed the answer."""
        return self.form is not None and self.form.is_changed and not self.form.was_stale

    @property
    def confirms(self) -> bool:
        """Whether the line says once more what was taken over from the predecessor."""
        return self.form is not None and self.form.is_changed and not self.changes


@require_http_methods(["GET", "HEAD", "POST"])
def entry(request: HttpRequest, pk: int) -> HttpResponse:
    """Take typed lines; show what each means and where something is wrong; save when that was seen and confirmed."""
    assessment, mine = _assessment(request.user, pk)
    if assessment.is_final:
        return _too_late(request, assessment) if request.method == "POST" else redirect(assessment)
    if request.method != "POST":
        return _page(request, assessment, SheetForm())
    return _take(request, assessment, mine, SheetForm(request.POST))


def _take(request: HttpRequest, assessment: Assessment, mine: set[int], sheet: SheetForm) -> HttpResponse:
    if not sheet.is_valid():
        return _page(request, assessment, sheet, status=422)
    rows, seen = _answers(assessment), sheet.seen()
    codes = {short_code(code).upper(): code for code in rows}
    lines = [_line(typed, rows, mine, seen) for typed in read(sheet.cleaned_data["lines"], codes)]
    if any(line.faults for line in lines):
        return _page(request, assessment, sheet, lines, status=422)
    if "save" not in request.POST or any(line.form and line.form.row.pk not in seen for line in lines):
        return _page(request, assessment, sheet, lines)
    try:
        overtaken = _save(lines, request.user)
    except IntegrityError:
        assessment.refresh_from_db(fields=["state"])
        if assessment.is_draft:
            raise
        return _too_late(request, assessment)
    saved = sum(line.is_saved for line in lines)
    messages.success(
        request, ngettext("Gespeichert: %d Antwort.", "Gespeichert: %d Antworten.", saved) % saved
    )
    if overtaken:
        return _page(request, assessment, _again(overtaken), overtaken, status=409)
    return redirect("assessments:questions", assessment.pk)


def _assessment(person: Person, pk: int) -> tuple[Assessment, set[int]]:
    """The assessment, and the ids of the clauses that are this person's to answer. Raises 404 or 403."""
    targets = list(Target.objects.visible_to(person).filter(assessment=pk).select_related("assessment"))
    if not targets:
        raise Http404
    mine = {target.clause_id for target in targets if target.of_reader().may_answer}
    if not mine:
        raise PermissionDenied
    return targets[0].assessment, mine


def _answers(assessment: Assessment) -> dict[str, Answer]:
    """All answers by the code of their question."""
    rows = assessment.answers.select_related("criterion__place", "changed_by", "verdict")
    return {answer.criterion.code: answer for answer in rows}


def _line(typed: Typed, rows: dict[str, Answer], mine: set[int], seen: dict[int, int]) -> Line:
    """Check one line with the form that the question's page uses; fields that it does not name stay as they are."""
    if typed.fault:
        return Line(typed, [typed.fault])
    row = rows[typed.code]
    if row.criterion.clause_id not in mine:
        return Line(typed, [_("Diese Frage gehört zu einem Abschnitt, den andere beantworten.")])
    if not row.takes_changes:
        return Line(typed, [_("Diese Antwort wird gerade geprüft und lässt sich nicht ändern.")])
    prefix = AnswerForm.prefix_of(row)
    data: dict[str, Any] = {f"{prefix}-{name}": text for name, text in typed.fields}
    data |= {f"{prefix}-choice": typed.choice, f"{prefix}-version": str(seen.get(row.pk, row.version))}
    form = AnswerForm(data, row=row)
    faults = [] if form.is_valid() else [str(error) for errors in form.errors.values() for error in errors]
    return Line(typed, faults, form)


def _save(lines: Sequence[Line], by: Person) -> list[Line]:
    """Save every line on the version that was seen; the lines whose answer somebody has changed since."""
    changed = [line.form for line in lines if line.form and line.form.is_changed]
    with transaction.atomic():
        AnswerForm.write_all(changed, by)
    overtaken = []
    for line in lines:
        if line.form and line.form.was_stale and line.form.settle().is_conflict:
            overtaken.append(Line(line.typed, form=line.form, was_overtaken=True))
    return overtaken


def _again(lines: Sequence[Line]) -> SheetForm:
    """The lines that are not saved yet, on the versions that are shown now."""
    return SheetForm({"lines": "\n".join(line.typed.text for line in lines), "versions": _versions(lines)})


def _versions(lines: Sequence[Line]) -> str:
    return " ".join(f"{line.form.row.pk}-{line.form.row.version}" for line in lines if line.form)


def _page(
    request: HttpRequest,
    assessment: Assessment,
    sheet: SheetForm,
    lines: Sequence[Line] = (),
    status: int = 200,
) -> HttpResponse:
    context = {
        "assessment": assessment,
        "sheet": sheet,
        "lines": lines,
        "faulty": [line for line in lines if line.faults],
        "changed": any(line.form and line.form.is_changed for line in lines if not line.faults),
        "overtaken": [line for line in lines if line.was_overtaken],
        "versions": _versions(lines),
        "example": short_code("1.1-1"),
    }
    return render(request, "assessments/entry.html", context, status=status)


def _too_late(request: HttpRequest, assessment: Assessment) -> HttpResponse:
    typed = request.POST.get("lines", "")
    return too_late(request, assessment, texts=[(str(SheetForm.base_fields["lines"].label), typed)])
