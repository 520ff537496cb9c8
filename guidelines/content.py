"""A whole edition as values in memory: what checking, copying, comparing, searching and carrying away work on.

The objects may be unsaved (a file that is being read, a copy that is being made); their relations are set either way.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from typing import Any

from django.db import models, transaction

from guidelines.models import (
    Advice,
    Clause,
    Criterion,
    CriterionLink,
    Edition,
    Guideline,
    Ideal,
    Paragraph,
    Stakeholder,
)

Part = Stakeholder | Ideal | Guideline | Clause | Paragraph | Advice | Criterion | CriterionLink


def key_of(part: models.Model) -> tuple[str | int, ...]:
    """The natural key inside its edition: the key without the edition's code."""
    return tuple(part.natural_key()[1:])  # type: ignore[attr-defined]


@dataclass(frozen=True)
class Content:
    """One edition with all its parts, each list in the edition's order; the many-to-many links by `key_of`."""

    edition: Edition
    stakeholders: list[Stakeholder] = field(default_factory=list)
    ideals: list[Ideal] = field(default_factory=list)
    guidelines: list[Guideline] = field(default_factory=list)
    clauses: list[Clause] = field(default_factory=list)
    paragraphs: list[Paragraph] = field(default_factory=list)
    advice: list[Advice] = field(default_factory=list)
    criteria: list[Criterion] = field(default_factory=list)
    links: list[CriterionLink] = field(default_factory=list)
    addressed: dict[tuple, list[Stakeholder]] = field(default_factory=lambda: defaultdict(list))
    also_covered: dict[tuple, list[Paragraph]] = field(default_factory=lambda: defaultdict(list))
    ideals_served: dict[tuple, list[Ideal]] = field(default_factory=lambda: defaultdict(list))

    @classmethod
    def of(cls, edition: Edition) -> Content:
        """Read an edition: eleven queries, whatever its size."""
        content = cls(
            edition=edition,
            stakeholders=list(edition.stakeholders.order_by("position", "pk")),
            ideals=list(edition.ideals.order_by("position", "pk")),
            guidelines=list(edition.guidelines.order_by("position", "pk")),
            clauses=list(edition.clauses.order_by("position", "pk")),
            paragraphs=list(
                Paragraph.objects.filter(clause__edition=edition).order_by("clause__position", "number", "pk")
            ),
            advice=list(
                Advice.objects.filter(paragraph__clause__edition=edition).order_by(
                    "paragraph__clause__position", "paragraph__number", "position", "pk"
                )
            ),
            criteria=list(
                Criterion.objects.filter(clause__edition=edition).order_by(
                    "clause__position", "position", "pk"
                )
            ),
            links=list(CriterionLink.objects.filter(criterion__clause__edition=edition)),
        )
        content._connect()
        content._read_links()
        return content

    def _connect(self) -> None:
        """Give every part its parents, so that none is asked for again."""
        guidelines = {guideline.pk: guideline for guideline in self.guidelines}
        clauses = {clause.pk: clause for clause in self.clauses}
        paragraphs = {paragraph.pk: paragraph for paragraph in self.paragraphs}
        of_edition: list[Any] = [*self.stakeholders, *self.ideals, *self.guidelines, *self.clauses]
        for part in of_edition:
            part.edition = self.edition
        for clause in self.clauses:
            if clause.guideline_id in guidelines:
                clause.guideline = guidelines[clause.guideline_id]
        for paragraph in self.paragraphs:
            paragraph.clause = clauses[paragraph.clause_id]
        for advice in self.advice:
            advice.paragraph = paragraphs[advice.paragraph_id]
        for criterion in self.criteria:
            criterion.clause = clauses[criterion.clause_id]
            if criterion.place_id in paragraphs:
                criterion.place = paragraphs[criterion.place_id]
        criteria = {criterion.pk: criterion for criterion in self.criteria}
        for link in self.links:
            link.criterion = criteria[link.criterion_id]
            if link.other_id in criteria:
                link.other = criteria[link.other_id]

    def _read_links(self) -> None:
        advice = {piece.pk: key_of(piece) for piece in self.advice}
        criteria = {criterion.pk: key_of(criterion) for criterion in self.criteria}
        stakeholders = {stakeholder.pk: stakeholder for stakeholder in self.stakeholders}
        paragraphs = {paragraph.pk: paragraph for paragraph in self.paragraphs}
        ideals = {ideal.pk: ideal for ideal in self.ideals}
        for source, target in Advice.stakeholders.through.objects.filter(
            advice__paragraph__clause__edition=self.edition
        ).values_list("advice", "stakeholder"):
            self.addressed[advice[source]].append(stakeholders[target])
        for source, target in Criterion.also_covers.through.objects.filter(
            criterion__clause__edition=self.edition
        ).values_list("criterion", "paragraph"):
            self.also_covered[criteria[source]].append(paragraphs[target])
        for source, target in Criterion.ideals.through.objects.filter(
            criterion__clause__edition=self.edition
        ).values_list("criterion", "ideal"):
            self.ideals_served[criteria[source]].append(ideals[target])
        for of_advice in self.addressed.values():
            of_advice.sort(key=lambda stakeholder: stakeholder.position)
        for covered in self.also_covered.values():
            covered.sort(key=lambda paragraph: (paragraph.clause.position, paragraph.number))
        for served in self.ideals_served.values():
            served.sort(key=lambda ideal: ideal.position)

    def parts(self) -> list[Part]:
        """Every part, parents before children."""
        return [
            *self.stakeholders,
            *self.ideals,
            *self.guidelines,
            *self.clauses,
            *self.paragraphs,
            *self.advice,
            *self.criteria,
            *self.links,
        ]

    def store(self) -> Edition:
        """Write an edition whose objects are all unsaved; all of it or nothing."""
        with transaction.atomic():
            self.edition.save()
            Stakeholder.objects.bulk_create(self.stakeholders)
            Ideal.objects.bulk_create(self.ideals)
            Guideline.objects.bulk_create(self.guidelines)
            Clause.objects.bulk_create(self.clauses)
            Paragraph.objects.bulk_create(self.paragraphs)
            Advice.objects.bulk_create(self.advice)
            Criterion.objects.bulk_create(self.criteria)
            CriterionLink.objects.bulk_create(self.links)
            self._write_links()
        return self.edition

    def _write_links(self) -> None:
        addressed = Advice.stakeholders.through
        addressed.objects.bulk_create(
            addressed(advice_id=piece.pk, stakeholder_id=stakeholder.pk)
            for piece in self.advice
            for stakeholder in self.addressed[key_of(piece)]
        )
        covers = Criterion.also_covers.through
        covers.objects.bulk_create(
            covers(criterion_id=criterion.pk, paragraph_id=paragraph.pk)
            for criterion in self.criteria
            for paragraph in self.also_covered[key_of(criterion)]
        )
        serves = Criterion.ideals.through
        serves.objects.bulk_create(
            serves(criterion_id=criterion.pk, ideal_id=ideal.pk)
            for criterion in self.criteria
            for ideal in self.ideals_served[key_of(criterion)]
        )
