"""Everything somebody wrote stands in the report it is meant for, and nothing that was meant to stay inside."""

from __future__ import annotations

from collections.abc import Callable
from itertools import cycle
from typing import TYPE_CHECKING, Any

import pytest
from django.db import models

from assessments.exchange.record_json import to_json
from assessments.models import Answer, Comment, Exhibit, Target
from assessments.reports.kinds import ReportKind
from assessments.reports.press import press
from assessments.reports.report import report_job
from tests.assessments.test_report import plain, text_of

if TYPE_CHECKING:
    from assessments.models import Assessment, Municipality
    from charta_app.models import User

pytestmark = pytest.mark.once

WRITTEN: dict[type[models.Model], tuple[str, ...]] = {
    Answer: ("reason", "competent_body", "demand", "evidence", "comment"),
    Target: ("reason",),
    Comment: ("text",),
    Exhibit: ("title", "address", "file_name"),
}
CODES = {"state", "kind", "role", "audience", "sha256", "stored_as"}  # chosen or computed, not written
REASON_TO_STOP = "Markerabschlussgrund"
INTERNAL = "Markerintern"


def marker(row: models.Model, name: str) -> str:
    return f"M{type(row).__name__}{name.replace('_', '')}{row.pk}x"


@pytest.mark.parametrize("model", WRITTEN, ids=lambda model: model.__name__)
def test_no_text_field_is_forgotten_here(model: type[models.Model]) -> None:
    texts = {
        field.name
        for field in model._meta.get_fields()
        if isinstance(field, models.CharField | models.TextField)
    }

    assert texts - CODES == set(WRITTEN[model])


@pytest.fixture
def written(
    assess: Callable[..., Assessment], person: Callable[..., User], town: Municipality
) -> tuple[Assessment, list[tuple[str, str]]]:
    """An assessment with a marker in each text field of each row; the markers, each with the field it stands in."""
    assessment, officer = assess(title="Markertitel"), person("officer")
    markers: list[tuple[str, str]] = []

    def fill(row: models.Model) -> dict[str, str]:
        texts = {name: marker(row, name) for name in WRITTEN[type(row)]}
        markers.extend((f"{type(row).__name__}.{name}", text) for name, text in texts.items())
        return texts

    states = cycle(["rated", "not_applicable", "not_our_competence", "open"])
    for answer, state in zip(assessment.answers.select_related("assessment"), states, strict=False):
        level = 2 if state == "rated" else None
        Answer.objects.filter(pk=answer.pk).update(state=state, level=level, **fill(answer))
    for target in assessment.targets.all():
        Target.objects.filter(pk=target.pk).update(**fill(target))
    first = assessment.answers.first()
    said: dict[str, Any] = {"answer": first, "by": officer, "role": "officer", "notify": ()}
    for audience in ("report", "internal"):
        comment = Comment.objects.write(text=INTERNAL, audience=audience, **said)
        if audience == "report":
            Comment.objects.filter(pk=comment.pk).update(**fill(comment))
    address = "https://musterstadt.example/Madresse"
    markers += [("Exhibit.title", "Mtitel"), ("Exhibit.address", address)]
    Exhibit.objects.add_link(answer=first, by=officer, title="Mtitel", address=address)
    return assessment, markers


def test_what_was_written_is_printed_and_what_is_internal_is_not(
    written: tuple[Assessment, list[tuple[str, str]]], person: Callable[..., User]
) -> None:
    assessment, markers = written
    assessment.finalise(person("officer"), REASON_TO_STOP)
    text = to_json(assessment)

    full = text_of(
        press.print_pdf(report_job(text, kind=ReportKind.FULL, finalised_at=assessment.finalised_at))
    )
    council = plain(report_job(text, kind=ReportKind.COUNCIL, finalised_at=assessment.finalised_at).html)

    assert [found for found in markers if found[1] not in full] == []
    assert [m for field, m in markers if field == "Target.reason" and m not in council] == []
    for word in ("Markertitel", REASON_TO_STOP):
        assert word in full
        assert word in council
    for name in (INTERNAL, person("officer").name, person("officer").email):
        assert plain(name) not in full
        assert plain(name) not in council
        assert name not in text


def test_the_council_reads_every_demand(
    written: tuple[Assessment, list[tuple[str, str]]],
) -> None:
    assessment, markers = written
    council = report_job(to_json(assessment), kind=ReportKind.COUNCIL).html

    asked_of_others = assessment.answers.filter(state="not_our_competence")
    wanted = {marker(answer, name) for answer in asked_of_others for name in ("competent_body", "demand")}

    assert wanted <= {text for _field, text in markers}
    assert [text for text in wanted if text not in council] == []
