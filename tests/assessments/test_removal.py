"""A municipality that leaves goes whole, what is final as well, and nothing of anybody else does."""

from __future__ import annotations

import io

import pytest
from django.core.management import CommandError, call_command
from django.db import IntegrityError, connection, transaction

from assessments.models import Answer, Arms, Municipality, Report
from assessments.reports.kinds import ReportKind
from tests.assessments.test_drafts import busy, files_in, root, rows_of_every_table

__all__ = ["root"]


def removed(ags: str) -> str:
    out = io.StringIO()
    call_command("municipality_remove", ags, "--yes", stdout=out)
    return out.getvalue()


def test_everything_of_it_goes_and_nothing_else(
    root, assess, other_town, town, person, discuss, django_capture_on_commit_callbacks
):
    kept = assess(levels=2, final=True, at=other_town)
    person("nobody")
    town_itself = 1
    before = rows_of_every_table()
    last_year = assess(levels=2, final=True, year=2025)
    Report.objects.create(
        assessment=last_year,
        kind=ReportKind.COUNCIL,
        state="done",
        name="x.pdf",
        content=b"x",
        size=1,
        sha256="0" * 64,
        version="1",
        done_at=last_year.finalised_at,
    )
    busy(assess(levels={"1.1-1": 2}), person, discuss)
    assert len(files_in(root)) == 2

    with django_capture_on_commit_callbacks(execute=True):
        told = removed(town.ags)

    assert rows_of_every_table() == before | {"Municipality": before["Municipality"] - town_itself}
    connection.check_constraints()
    assert files_in(root) == []
    assert kept.record() == kept.frozen.record()
    assert "Gelöscht: Musterstadt" in told
    assert "2 Einschätzungen" in told
    assert "1 Berichte" in told
    assert "officer@musterstadt.example" in told
    assert "nachbarstadt" not in told


def test_what_is_final_elsewhere_is_kept_as_before(assess, other_town, town):
    kept = assess(levels=2, final=True, at=other_town)
    answers = Answer.objects.filter(assessment=kept)
    assess(levels=2, final=True)

    removed(town.ags)

    for rows in (answers, type(kept).objects.filter(pk=kept.pk)):
        with pytest.raises(IntegrityError), transaction.atomic():
            rows._raw_delete("default")
    with pytest.raises(IntegrityError), transaction.atomic():
        answers.update(comment="anders")


def test_arms_that_others_show_stay(assess, other_town, town, person):
    own, shared = (Arms.objects.create(pk=key * 64, image=b"x") for key in "ab")
    town.show_arms(own, person("officer"))
    assess(levels=2, final=True)
    town.show_arms(shared, person("officer"))
    other_town.show_arms(shared, person("officer", other_town))

    removed(town.ags)

    assert [arms.pk for arms in Arms.objects.all()] == [shared.pk]


def test_an_unknown_key_and_an_unsure_operator(town, monkeypatch):
    with pytest.raises(CommandError, match="gibt es nicht"):
        removed("00000000")
    monkeypatch.setattr("builtins.input", lambda _question: "99000002")
    with pytest.raises(CommandError, match="Es ist nichts geschehen"):
        call_command("municipality_remove", town.ags)

    assert Municipality.objects.filter(pk=town.pk).exists()
