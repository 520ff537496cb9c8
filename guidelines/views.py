"""The Charter for everybody: what it asks, of whom, how binding it is, and where each criterion comes from."""

from __future__ import annotations

from collections import Counter
from typing import Any

from django.contrib.auth.decorators import login_not_required
from django.db.models import Count, Prefetch, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from guidelines.comparison import Kind, compare
from guidelines.content import Content
from guidelines.models import Advice, Clause, Criterion, CriterionLink, Edition, Paragraph

NAMES = {field.name: field.verbose_name for field in Criterion._meta.concrete_fields}
LEVEL_NAMES = [NAMES[f"level_{level}"] for level in range(5)]
STEP_NAMES = [NAMES[f"step_{level}"] for level in range(1, 5)]


def readable(request: HttpRequest, code: str) -> Edition:
    """The edition, if this visitor may read it: a draft only with the right to, withdrawn ones stay readable."""
    edition = get_object_or_404(Edition, code=code)
    if edition.state == Edition.State.DRAFT and not request.user.has_perm("guidelines.view_edition"):
        raise Http404
    return edition


@login_not_required
@require_safe
def charter(request: HttpRequest) -> HttpResponse:
    """Welcome visitors, and show the current edition."""
    current = Edition.objects.current()
    return render(request, "guidelines/charter.html", _whole(current) if current else {})


@login_not_required
@require_safe
def edition(request: HttpRequest, edition: str) -> HttpResponse:
    """Show one edition, which need not be the current one."""
    return render(request, "guidelines/edition.html", _whole(readable(request, edition)))


def _whole(edition: Edition) -> dict[str, Any]:
    """What the overview of an edition shows: six queries."""
    clauses = edition.clauses.annotate(questions=Count("criteria"))
    recommendations = clauses.filter(kind=Clause.Kind.RECOMMENDATION).prefetch_related(
        Prefetch("paragraphs__advice__stakeholders")
    )
    guidelines = edition.guidelines.prefetch_related(Prefetch("clauses", clauses.order_by("position")))
    return {
        "edition": edition,
        "guidelines": guidelines,
        "recommendations": [
            {"clause": clause, "addressed": _addressed(clause)}
            for clause in recommendations.order_by("position")
        ],
        "ideals": edition.ideals.all(),
    }


def _addressed(clause: Clause) -> list[str]:
    """Whom a recommendation addresses, in the edition's order. Relies on prefetched paragraphs."""
    stakeholders = {
        stakeholder
        for paragraph in clause.paragraphs.all()
        for advice in paragraph.advice.all()
        for stakeholder in advice.stakeholders.all()
    }
    return [stakeholder.title for stakeholder in sorted(stakeholders, key=lambda s: s.position)]


@login_not_required
@require_safe
def clause(request: HttpRequest, edition: str, code: str) -> HttpResponse:
    """Show one principle or recommendation with everything it asks."""
    of_edition = readable(request, edition)
    clauses = list(of_edition.clauses.select_related("guideline").order_by("position"))
    here = next((n for n, clause in enumerate(clauses) if clause.code == code), None)
    if here is None:
        raise Http404
    clause = clauses[here]
    paragraphs = clause.paragraphs.prefetch_related("criteria", "further_criteria", _advice())
    criteria = clause.criteria.select_related("place").prefetch_related(
        "also_covers",
        "ideals",
        Prefetch("links", _linked("other")),
        Prefetch("links_here", _linked("criterion")),
    )
    return render(
        request,
        "guidelines/clause.html",
        {
            "edition": of_edition,
            "clause": clause,
            "paragraphs": [{"paragraph": p, "criteria": _covering(p)} for p in paragraphs],
            "criteria": [
                {
                    "criterion": criterion,
                    "levels": list(zip(LEVEL_NAMES, criterion.levels, strict=True)),
                    "steps": list(zip(STEP_NAMES, criterion.steps, strict=True)),
                }
                for criterion in criteria
            ],
            "previous": clauses[here - 1] if here else None,
            "next": clauses[here + 1] if here + 1 < len(clauses) else None,
        },
    )


def _advice() -> Prefetch:
    return Prefetch("advice", Advice.objects.order_by("position").prefetch_related("stakeholders"))


def _linked(end: str) -> QuerySet[CriterionLink]:
    """Links with the criterion at their far end and its clause."""
    return CriterionLink.objects.select_related(f"{end}__clause")


def _covering(paragraph: Paragraph) -> list[Criterion]:
    """The criteria that take a paragraph up. Relies on prefetched `criteria` and `further_criteria`."""
    covering = {*paragraph.criteria.all(), *paragraph.further_criteria.all()}
    return sorted(covering, key=lambda criterion: criterion.position)


@login_not_required
@require_safe
def coverage(request: HttpRequest, edition: str) -> HttpResponse:
    """Show for every paragraph which criteria take it up, or why it asks nothing of a municipality."""
    of_edition = readable(request, edition)
    clauses = of_edition.clauses.order_by("position").prefetch_related(
        "paragraphs", "paragraphs__criteria", "paragraphs__further_criteria"
    )
    table = [
        {
            "clause": clause,
            "rows": [{"paragraph": p, "criteria": _covering(p)} for p in clause.paragraphs.all()],
        }
        for clause in clauses
    ]
    return render(request, "guidelines/coverage.html", {"edition": of_edition, "table": table})


@login_not_required
@require_safe
def duties(request: HttpRequest, edition: str) -> HttpResponse:
    """List the duties: every criterion whose sentence in the Charter says "must", with its place."""
    of_edition = readable(request, edition)
    must = (
        Criterion.objects.filter(clause__edition=of_edition, binding=Criterion.Binding.MUST)
        .select_related("clause", "place")
        .order_by("clause__position", "position")
    )
    return render(request, "guidelines/duties.html", {"edition": of_edition, "duties": must})


@login_not_required
@require_safe
def comparison(request: HttpRequest, edition: str, other: str) -> HttpResponse:
    """Show two editions side by side: added, removed, changed wording, changed binding force."""
    before, after = readable(request, edition), readable(request, other)
    changes = compare(Content.of(before), Content.of(after))
    counts = Counter(change.kind for change in changes)
    return render(
        request,
        "guidelines/comparison.html",
        {
            "edition": after,
            "before": before,
            "after": after,
            "changes": changes,
            "counts": [(kind, counts[kind]) for kind in Kind if counts[kind]],
        },
    )
