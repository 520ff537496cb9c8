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

from assessments.exchange.paper import Typed, read, short_code, target_code
from assessments.forms import AnswerForm, Difference, EachFieldOnce, TargetForm, TextField, VersionedForm
from assessments.models import Answer, Assessment, Target
from assessments.views.too_late import too_late

if TYPE_CHECKING:
    from assessments.models.municipality import Person

LONGEST = 300_000  # characters; a full form with a long comment to each question
FORMS: dict[type[Any], type[VersionedForm]] = {Answer: AnswerForm, Target: TargetForm}
VERSION = re.compile(r"(z?\d{1,9})-(\d{1,9})")


class SheetForm(EachFieldOnce, forms.Form):
    """The typed lines, and the versions of the rows that the last check showed."""

    lines = TextField(
        label=gettext_lazy("Zeilen vom Papier"),
        max_length=LONGEST,
        widget=forms.Textarea(attrs={"rows": 14, "spellcheck": "false", "autocapitalize": "off"}),
        error_messages={"required": gettext_lazy("Bitte tippen Sie mindestens eine Zeile ein.")},
    )
    versions = forms.CharField(required=False, max_length=5_000, widget=forms.HiddenInput)

    def seen(self) -> dict[str, int]:
        """Which version of which row (by `_key`) the person has seen."""
        return {key: int(version) for key, version in VERSION.findall(self.cleaned_data["versions"])}


@dataclass(frozen=True, slots=True)
class Line:
    """One typed line with what it means for its question or its target."""

    typed: Typed
    faults: Sequence[str] = ()
    form: VersionedForm | None = None
    was_overtaken: bool = False

    @property
    def name(self) -> str:
        """What the line is about, "" while nobody can tell."""
        row = self.form.row if self.form else None
        if isinstance(row, Target):
            return _("Ziel für %s") % f"{row.clause.code} {row.clause.short_title}"
        return f"{row.criterion.code} {row.criterion.short_title}" if row else ""

    @property
    def changes(self) -> list[Difference]:
        """What the line changes: the new beside what is stored."""
        return self.form.differences() if self.form else []

    @property
    def is_saved(self) -> bool:
        """Whether saving has changed something."""
        return self.form is not None and self.form.is_changed and not self.form.was_stale

    @property
    def confirms(self) -> bool:
        """Whether the line says once more what was taken over from the predecessor."""
        return self.form is not None and self.form.is_changed and not self.changes


@require_http_methods(["GET", "HEAD", "POST"])
def entry(request: HttpRequest, pk: int) -> HttpResponse:
    """Take typed lines; show what each means and where something is wrong; save when that was seen and confirmed."""
    targets = _targets(request.user, pk)
    assessment = targets[0].assessment
    if assessment.is_final:
        return _too_late(request, assessment) if request.method == "POST" else redirect(assessment)
    if request.method != "POST":
        return _page(request, assessment, SheetForm())
    return _take(request, assessment, targets, SheetForm(request.POST))


def _take(
    request: HttpRequest, assessment: Assessment, targets: Sequence[Target], sheet: SheetForm
) -> HttpResponse:
    if not sheet.is_valid():
        return _page(request, assessment, sheet, status=422)
    mine = {target.clause_id for target in targets if target.assessment.may_answer}
    rows, seen = _rows(assessment, targets), sheet.seen()
    codes = {short_code(code).upper(): code for code in rows}
    lines = [_line(typed, rows, mine, seen) for typed in read(sheet.cleaned_data["lines"], codes)]
    if any(line.faults for line in lines):
        return _page(request, assessment, sheet, lines, status=422)
    if "save" not in request.POST or any(line.form and _key(line.form.row) not in seen for line in lines):
        return _page(request, assessment, sheet, lines)
    try:
        overtaken = _save(lines, request.user)
    except IntegrityError:
        assessment.refresh_from_db(fields=["state"])
        if assessment.is_draft:
            raise
        return _too_late(request, assessment)
    saved = sum(line.is_saved for line in lines)
    messages.success(request, ngettext("Gespeichert: %d Zeile.", "Gespeichert: %d Zeilen.", saved) % saved)
    if overtaken:
        return _page(request, assessment, _again(overtaken), overtaken, status=409)
    return redirect("assessments:questions", assessment.pk)


def _targets(person: Person, pk: int) -> list[Target]:
    """The targets, each with the assessment as its clause's page shows it; some are this person's, or it is 403."""
    rows = Target.objects.visible_to(person).filter(assessment=pk)
    targets = list(rows.select_related("assessment", "clause", "changed_by"))
    if not targets:
        raise Http404
    if not any([target.of_reader().may_answer for target in targets]):  # noqa: C419  # each learns of its reader
        raise PermissionDenied
    return targets


def _rows(assessment: Assessment, targets: Sequence[Target]) -> dict[str, Answer | Target]:
    """All answers by the code of their question, and all targets by theirs."""
    answers = assessment.answers.select_related("criterion__place", "changed_by", "verdict")
    rows: dict[str, Answer | Target] = {answer.criterion.code: answer for answer in answers}
    return rows | {target_code(target.clause.code): target for target in targets}


def _line(typed: Typed, rows: dict[str, Answer | Target], mine: set[int], seen: dict[str, int]) -> Line:
    """Check one line with the form that the question's page uses; fields that it does not name stay as they are."""
    if typed.fault:
        return Line(typed, [typed.fault])
    row = rows[typed.code]
    clause = row.clause_id if isinstance(row, Target) else row.criterion.clause_id
    if clause not in mine:
        return Line(typed, [_("Das gehört zu einem Abschnitt, den andere beantworten.")])
    if not row.takes_changes:
        return Line(typed, [_("Das wird gerade geprüft und lässt sich nicht ändern.")])
    form_type = FORMS[type(row)]
    prefix = form_type.prefix_of(row)
    data: dict[str, Any] = {f"{prefix}-{name}": text for name, text in typed.fields}
    form = form_type(data | {f"{prefix}-version": str(seen.get(_key(row), row.version))}, row=row)
    faults = [] if form.is_valid() else [str(error) for errors in form.errors.values() for error in errors]
    return Line(typed, faults, form)


def _save(lines: Sequence[Line], by: Person) -> list[Line]:
    """Save every line on the version that was seen; the lines whose row somebody has changed since."""
    changed = [line.form for line in lines if line.form and line.form.is_changed]
    with transaction.atomic():
        for form_type in FORMS.values():
            form_type.write_all(changed, by)
    overtaken = []
    for line in lines:
        if line.form and line.form.was_stale and line.form.settle().is_conflict:
            overtaken.append(Line(line.typed, form=line.form, was_overtaken=True))
    return overtaken


def _again(lines: Sequence[Line]) -> SheetForm:
    """The lines that are not saved yet, on the versions that are shown now."""
    return SheetForm({"lines": "\n".join(line.typed.text for line in lines), "versions": _versions(lines)})


def _versions(lines: Sequence[Line]) -> str:
    return " ".join(f"{_key(line.form.row)}-{line.form.row.version}" for line in lines if line.form)


def _key(row: Answer | Target) -> str:
    """The id, and a "z" before that of a target."""
    return f"z{row.pk}" if isinstance(row, Target) else str(row.pk)


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
        "example_target": short_code(target_code("1.1")),
    }
    return render(request, "assessments/entry.html", context, status=status)


def _too_late(request: HttpRequest, assessment: Assessment) -> HttpResponse:
    typed = request.POST.get("lines", "")
    return too_late(request, assessment, texts=[(str(SheetForm.base_fields["lines"].label), typed)])
