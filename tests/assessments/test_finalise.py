"""Finalising: only the officer, only once, and from then on the frozen Record speaks."""

from __future__ import annotations

import pytest
from django.db import connection

from assessments.models import Assessment, Snapshot
from assessments.record import fingerprint


def path(assessment: Assessment) -> str:
    """Where the assessment is finalised."""
    return f"/einschaetzungen/{assessment.pk}/abschliessen/"


def state(assessment: Assessment) -> str:
    """The state as it is stored."""
    return Assessment.objects.get(pk=assessment.pk).state


def test_the_page_says_what_is_open_and_links_there(assess, sign_in):
    assessment = assess(levels={"1.1-1": 2})

    page = sign_in("officer").get(path(assessment)).content.decode()

    assert "1 von 24 Fragen sind beantwortet" in page
    assert "vorläufig" in page
    assert f'href="/einschaetzungen/{assessment.pk}/fragen/1.2/"' in page
    assert f'href="/einschaetzungen/{assessment.pk}/fragen/1.1/"' not in page
    assert 'name="understood"' in page
    assert state(assessment) == "draft"


def test_an_assessment_without_open_answers_needs_no_tick(assess, sign_in):
    assessment = assess(levels=3)
    client = sign_in("officer")

    page = client.get(path(assessment)).content.decode()
    response = client.post(path(assessment))

    assert "Alle Fragen sind beantwortet" in page
    assert 'name="understood"' not in page
    assert response.headers["Location"] == f"/einschaetzungen/{assessment.pk}/"
    assert state(assessment) == "final"


def test_open_answers_ask_for_a_tick(assess, sign_in):
    assessment = assess(levels={"1.1-1": 2})

    response = sign_in("officer").post(path(assessment))

    assert response.status_code == 422
    assert "Bitte bestätigen Sie, dass die offenen Fragen offen bleiben." in response.content.decode()
    assert state(assessment) == "draft"


def test_with_the_tick_open_answers_stay_open(assess, sign_in):
    assessment = assess(levels={"1.1-1": 2})

    response = sign_in("officer").post(path(assessment), {"understood": "on"}, follow=True)

    snapshot = Snapshot.objects.get(assessment=assessment)
    assert state(assessment) == "final"
    assert (
        f"Die Einschätzung ist abgeschlossen. Prüfsumme: {snapshot.sha256[:12]}" in response.content.decode()
    )


def test_what_is_frozen_is_the_record_and_its_checksum(assess, sign_in, person):
    assessment = assess(levels=3)
    record = assessment.record()

    sign_in("officer").post(path(assessment))

    stored = Assessment.objects.get(pk=assessment.pk)
    assert stored.record() == record
    assert stored.frozen is not None
    assert stored.frozen.body == record.canonical()
    assert stored.frozen.sha256 == fingerprint(stored.frozen.body)
    assert stored.finalised_by == person("officer")


@pytest.mark.parametrize("role", ["contributor", "reviewer"])
@pytest.mark.parametrize("method", ["get", "post"])
def test_only_the_officer_finalises(method, role, assess, sign_in):
    assessment = assess(levels=3)

    response = getattr(sign_in(role), method)(path(assessment))

    assert response.status_code == 403
    assert state(assessment) == "draft"


@pytest.mark.parametrize(("final", "status"), [(False, 404), (True, 403)])
def test_a_council_member_cannot(final, status, assess, sign_in):
    assessment = assess(levels=3, final=final)

    assert sign_in("council").post(path(assessment)).status_code == status


def test_another_towns_assessment_does_not_exist(assess, sign_in, other_town):
    theirs = assess(levels=3, at=other_town)

    assert sign_in("officer").post(path(theirs)).status_code == 404
    assert state(theirs) == "draft"


@pytest.mark.parametrize("method", ["get", "post"])
def test_what_is_final_already_is_only_shown(method, assess, sign_in):
    assessment = assess(levels=3, final=True)
    frozen = Snapshot.objects.get(assessment=assessment)

    response = getattr(sign_in("officer"), method)(path(assessment), follow=True)

    assert "Diese Einschätzung ist schon abgeschlossen." in response.content.decode()
    assert response.redirect_chain == [(f"/einschaetzungen/{assessment.pk}/", 302)]
    assert Snapshot.objects.get(assessment=assessment).created_at == frozen.created_at


def test_two_officers_at_once_finalise_once(assess, sign_in):
    assessment = assess(levels=3)
    client = sign_in("officer")
    faster = [Assessment.objects.get(pk=assessment.pk)]

    def another_is_faster(execute, sql, params, many, context):
        if faster and "assessments_target" in sql:  # while the view reads the targets, before it finalises
            faster.pop().finalise(assessment.created_by)
        return execute(sql, params, many, context)

    with connection.execute_wrapper(another_is_faster):
        response = client.post(path(assessment), follow=True)

    assert "Diese Einschätzung ist schon abgeschlossen." in response.content.decode()
    assert Snapshot.objects.filter(assessment=assessment).count() == 1
