"""A draft that was a mistake: its title and day can be corrected, and it can be discarded whole."""

from __future__ import annotations

from contextlib import suppress
from datetime import date

import pytest
from django.apps import apps
from django.core.exceptions import ObjectDoesNotExist
from django.db import IntegrityError, connection, transaction

from assessments.models import (
    Answer,
    Assessment,
    AuditEntry,
    Exhibit,
    Invitation,
    Losses,
    LossesChanged,
    Presence,
    Seen,
    Stale,
    Verdict,
    WrongState,
    discard,
)
from tests.assessments.test_saving import processes, side_by_side
from tests.pages import form_data
from tests.proof import times

ROUNDS = times(4, 100)
APP = apps.get_app_config("assessments")


@pytest.fixture
def root(settings, tmp_path):
    """Where files of evidence lie."""
    settings.EVIDENCE_ROOT = tmp_path / "belege"
    return settings.EVIDENCE_ROOT


def rows_of_every_table(*but: str) -> dict[str, int]:
    models = APP.get_models(include_auto_created=True)
    return {model.__name__: model._base_manager.count() for model in models if model.__name__ not in but}


def files_in(root):
    return [path for path in root.rglob("*") if path.is_file()]


def busy(assessment, person, discuss):
    """Leave a trace in every table that knows of an assessment: it was under review and came back."""
    officer, target = person("officer"), assessment.targets.first()
    target.reason = "Beschluss"
    target.save_based_on(0, officer)
    discuss(assessment)
    Presence.objects.note(target, officer)
    Invitation.objects.invite(
        municipality=assessment.municipality,
        email="neu@x.example",
        role="contributor",
        by=officer,
        targets=[target],
    )
    assessment.hand_over(officer)
    answers = assessment.answers.exclude(state=Answer.State.OPEN)
    Verdict.objects.give(
        "returned", [Seen(a.pk, a.version, None) for a in answers], person("reviewer"), "Fehlt"
    )
    assessment.take_back(officer, "Nachtrag")


class TestCorrecting:
    def test_the_officer_mends_title_and_reference_date(self, assess, sign_in):
        assessment, officer = assess(levels={"1.1-1": 2}), sign_in("officer")
        at = f"/einschaetzungen/{assessment.pk}/angaben/"

        response = officer.post(
            at, form_data(officer.get(at), "title") | {"title": "Neu", "reference_date": "2025-12-31"}
        )

        assert (response.status_code, response["Location"]) == (
            302,
            f"/einschaetzungen/{assessment.pk}/fragen/",
        )
        assessment.refresh_from_db()
        assert (assessment.title, assessment.reference_date) == ("Neu", date(2025, 12, 31))
        record = assessment.record()
        assert (record.title, record.reference_date) == ("Neu", date(2025, 12, 31))
        assert (
            AuditEntry.objects.filter(assessment=assessment.pk).values_list("kind", flat=True).get()
            == "corrected"
        )
        assert (
            "hat Titel oder Stichtag geändert: „Neu“"
            in sign_in("officer").get(f"/kommunen/{assessment.municipality_id}/protokoll/").content.decode()
        )

    @pytest.mark.parametrize(
        ("field", "value", "message"),
        [
            ("title", "Vorige", "Eine Einschätzung mit diesem Titel gibt es schon."),
            ("title", " ", "Dieses Feld ist zwingend erforderlich."),
            ("reference_date", "1999-12-31", "Bitte ein Datum ab dem Jahr 2000."),
            ("reference_date", "morgen", "Bitte ein gültiges Datum eingeben."),
        ],
    )
    def test_what_cannot_be_is_told_at_its_field(self, field, value, message, assess, sign_in):
        assess(title="Vorige")
        assessment, officer = assess(), sign_in("officer")
        at = f"/einschaetzungen/{assessment.pk}/angaben/"

        response = officer.post(at, form_data(officer.get(at), "title") | {field: value})

        assert response.status_code == 422
        assert message in response.content.decode()
        assert message in response.context["form"].errors[field][0]
        assert not AuditEntry.objects.filter(kind="corrected").exists()

    def test_the_reference_date_stays_behind_the_predecessors(self, assess, sign_in):
        assess(levels=2, final=True, year=2025, title="Vorige")
        assessment, officer = assess(year=2026), sign_in("officer")
        at = f"/einschaetzungen/{assessment.pk}/angaben/"
        sent = form_data(officer.get(at), "title")

        refused = officer.post(at, sent | {"reference_date": "2025-06-29"})

        assert refused.status_code == 422
        assert refused.context["form"].errors == {
            "reference_date": ["Der Stichtag liegt vor dem der Vorgängerin „Vorige“ (30.06.2025)."]
        }
        assert officer.post(at, sent | {"reference_date": "2025-06-30"}).status_code == 302

    def test_who_was_overtaken_sees_both_and_decides(self, assess, sign_in):
        assessment, officer = assess(), sign_in("officer")
        at = f"/einschaetzungen/{assessment.pk}/angaben/"
        mine = form_data(officer.get(at), "title") | {"title": "Meiner"}
        officer.post(at, form_data(officer.get(at), "title") | {"title": "Ihrer"})

        response = officer.post(at, mine)

        page = response.content.decode()
        assert response.status_code == 409
        assert "<dd>Ihrer</dd>" in page
        assert 'value="Meiner"' in page
        assert Assessment.objects.get(pk=assessment.pk).title == "Ihrer"
        assert officer.post(at, form_data(response, "title")).status_code == 302
        assert Assessment.objects.get(pk=assessment.pk).title == "Meiner"

    def test_saving_twice_is_saving_once(self, assess, sign_in):
        assessment, officer = assess(), sign_in("officer")
        at = f"/einschaetzungen/{assessment.pk}/angaben/"
        sent = form_data(officer.get(at), "title") | {"title": "Neu"}

        assert [officer.post(at, sent).status_code for _ in range(2)] == [302, 302]
        assert AuditEntry.objects.filter(kind="corrected").count() == 1


class TestDiscarding:
    def test_a_discarded_draft_leaves_nothing_but_a_line_in_the_log(
        self, root, assess, person, discuss, sign_in
    ):
        person("reviewer")
        last_year = assess(levels=2, final=True, year=2025, in_charge=("1.1",))
        discuss_before, before = files_in(root), rows_of_every_table("AuditEntry", "Invitation")
        assessment = assess(levels={"1.1-1": 2})
        busy(assessment, person, discuss)
        assert len(files_in(root)) == len(discuss_before) + 2
        officer, at = sign_in("officer"), f"/einschaetzungen/{assessment.pk}/verwerfen/"
        page = officer.get(at)
        told = " ".join(page.content.decode().replace("<dt>", "").split())
        for loss in (
            "Antworten</dt><dd>1<",
            "Gesetzte Ziele</dt><dd>1<",
            "2 Dateien, 1 Link<",
            "Kommentare</dt><dd>1<",
        ):
            assert loss in told
        for loss in ("Urteile aus der Prüfung</dt><dd>1<", "Zuteilungen</dt><dd>2<"):
            assert loss in told

        with transaction.atomic():
            response = officer.post(at, form_data(page, "seen") | {"sure": "on"})

        assert (response.status_code, response["Location"]) == (302, "/einschaetzungen/")
        assert rows_of_every_table("AuditEntry", "Invitation") == before
        connection.check_constraints()
        assert last_year.record() == Assessment.objects.get(pk=last_year.pk).record()
        entry = AuditEntry.objects.of(assessment.municipality).get(kind="discarded")
        assert (entry.assessment_id, entry.person) == (assessment.pk, person("officer"))
        assert entry.what == "hat einen Entwurf verworfen: (gelöscht), Stichtag 30.06.2026"
        assert officer.get(at).status_code == 404

    def test_its_files_go_too(self, root, assess, discuss, person, django_capture_on_commit_callbacks):
        kept, assessment = assess(title="bleibt"), assess()
        discuss(kept)
        discuss(assessment)
        mine = {e.path for e in Exhibit.objects.filter(answer__assessment=assessment).exclude(kind="link")}

        with django_capture_on_commit_callbacks(execute=True):
            discard(assessment, person("officer"), known=Losses.of(assessment).print)

        assert len(mine) == 2
        assert not mine & {*files_in(root)}
        assert len(files_in(root)) == 2

    def test_a_file_that_last_year_shows_too_stays(
        self, root, assess, discuss, person, town, edition, django_capture_on_commit_callbacks
    ):
        last_year = assess(levels=2, year=2025)
        discuss(last_year)
        last_year.finalise(person("officer"))
        assessment = Assessment.objects.start(
            municipality=town,
            edition=edition,
            by=person("officer"),
            reference_date=date(2026, 6, 30),
            form="short",
            title="Folgejahr",
            take_over=True,
        )
        assert Exhibit.objects.filter(answer__assessment=assessment).exclude(kind="link").count() == 2

        with django_capture_on_commit_callbacks(execute=True):
            discard(assessment, person("officer"), known=Losses.of(assessment).print)

        assert len(files_in(root)) == 2
        assert all(
            e.content() for e in Exhibit.objects.filter(answer__assessment=last_year).exclude(kind="link")
        )

    def test_without_the_tick_nothing_goes(self, assess, sign_in):
        assessment, officer = assess(), sign_in("officer")
        at = f"/einschaetzungen/{assessment.pk}/verwerfen/"

        response = officer.post(at, form_data(officer.get(at), "seen"))

        assert response.status_code == 422
        assert "Bitte setzen Sie den Haken" in response.content.decode()
        assert Assessment.objects.filter(pk=assessment.pk).exists()

    def test_what_came_in_meanwhile_is_read_first(self, assess, sign_in, person):
        assessment, officer = assess(), sign_in("officer")
        at = f"/einschaetzungen/{assessment.pk}/verwerfen/"
        sent = form_data(officer.get(at), "seen") | {"sure": "on"}
        answer = assessment.answers.first()
        answer.state, answer.level = Answer.State.RATED, 3
        answer.save_based_on(0, person("officer"))

        response = officer.post(at, sent)

        assert response.status_code == 409
        assert "hat sich gerade etwas geändert" in response.content.decode()
        assert "<dt>Antworten</dt><dd>1</dd>" in response.content.decode()
        assert officer.post(at, form_data(response, "seen") | {"sure": "on"}).status_code == 302

    @pytest.mark.parametrize("final", [False, True])
    def test_only_a_draft_goes(self, final, assess, person):
        assessment = assess(levels=2, review=True, final=final)

        with pytest.raises(WrongState):
            discard(assessment, person("officer"), known=Losses.of(assessment).print)

        assert not AuditEntry.objects.filter(kind="discarded").exists()

    def test_the_database_keeps_the_rest_even_so(self, assess):
        assessment = assess(levels=2, final=True)

        with pytest.raises(IntegrityError), transaction.atomic():
            Answer.objects.filter(assessment=assessment)._raw_delete("default")

    def test_two_who_discard_at_once(self, assess, person):
        assessment = assess()
        known = Losses.of(assessment).print
        discard(assessment, person("officer"), known=known)

        with pytest.raises(Assessment.DoesNotExist):
            discard(assessment, person("officer"), known=known)

    def test_stale_losses_are_no_decision(self, assess, person):
        assessment = assess()

        with pytest.raises(LossesChanged):
            discard(assessment, person("officer"), known="0")


@pytest.mark.parametrize(
    ("role", "offered"), [("officer", True), ("contributor", False), ("reviewer", False)]
)
def test_officers_alone_find_the_way(role, offered, assess, sign_in):
    assessment = assess()
    client, base = sign_in(role), f"/einschaetzungen/{assessment.pk}"

    questions = client.get(f"{base}/fragen/").content.decode()
    overview = client.get("/einschaetzungen/").content.decode()

    assert (f'href="{base}/verwerfen/"' in questions) is offered
    assert (f'href="{base}/angaben/"' in overview) is offered


@pytest.mark.django_db(transaction=True)
def test_a_draft_goes_whole_however_busy_its_writers_are(assess, person):
    officer, contributor = person("officer"), person("contributor")
    assessments = [assess(levels={"1.1-1": 2}, year=1900 + n) for n in range(ROUNDS)]
    start = processes.Barrier(2, timeout=60)

    def write():
        for assessment in assessments:
            answers = list(assessment.answers.select_related("assessment", "criterion")[:8])
            start.wait()
            with suppress(IntegrityError, Stale, ObjectDoesNotExist):
                for answer in answers:
                    answer.comment = "geschrieben"
                    answer.save_based_on(answer.version, contributor)
                    Exhibit.objects.add_link(
                        answer=answer, by=officer, title="x", address="https://x.example/"
                    )

    def throw_away():
        for assessment in assessments:
            start.wait()
            while Assessment.objects.filter(pk=assessment.pk).exists():
                with suppress(LossesChanged):
                    discard(assessment, officer, known=Losses.of(assessment).print)

    side_by_side(write, throw_away)

    left = rows_of_every_table("AuditEntry", "Municipality", "Membership")
    assert {name: rows for name, rows in left.items() if rows} == {}
    connection.check_constraints()
