"""Finalising: only the officer, only once, and from then on the frozen Record speaks."""

from __future__ import annotations

import pytest
from django.db import connection

from assessments.models import Assessment, PointsChanged, Seen, Snapshot, Verdict
from assessments.record import OpenPoint, fingerprint


def path(assessment: Assessment) -> str:
    """Where the assessment is finalised."""
    return f"/einschaetzungen/{assessment.pk}/abschliessen/"


def state(assessment: Assessment) -> str:
    """The state as it is stored."""
    return Assessment.objects.get(pk=assessment.pk).state


def filled_in(client, assessment, **fields):
    """What a browser sends from the page as it stands now, with these fields filled in."""
    return {"seen": client.get(path(assessment)).context["form"].shown} | fields


def points(assessment: Assessment) -> dict[str, list[str]]:
    """The open points of a Record: codes by kind."""
    found: dict[str, list[str]] = {}
    for point in assessment.record().open_points:
        found.setdefault(point.kind, []).append(point.criterion)
    return found


def test_the_page_says_what_is_open_and_links_there(assess, sign_in):
    assessment = assess(levels={"1.1-1": 2})

    page = sign_in("officer").get(path(assessment)).content.decode()

    assert "1 von 24 Fragen sind beantwortet" in page
    assert "vorläufig" in page
    assert "Nicht beantwortet: 23" in page
    assert f'href="/einschaetzungen/{assessment.pk}/fragen/1.2/#frage-1.2-1"' in page
    assert f'href="/einschaetzungen/{assessment.pk}/fragen/1.1/' not in page
    assert 'name="reason"' in page
    assert state(assessment) == "draft"


def test_an_assessment_without_open_points_needs_no_reason(assess, sign_in):
    assessment = assess(levels=3)
    client = sign_in("officer")

    page = client.get(path(assessment)).content.decode()
    response = client.post(path(assessment))

    assert "Alle Fragen sind beantwortet" in page
    assert 'name="reason"' not in page
    assert response.headers["Location"] == f"/einschaetzungen/{assessment.pk}/"
    assert state(assessment) == "final"


def test_open_points_ask_for_a_reason(assess, sign_in):
    assessment = assess(levels={"1.1-1": 2})
    client = sign_in("officer")

    response = client.post(path(assessment), filled_in(client, assessment))

    assert response.status_code == 422
    assert "Bitte begründen Sie, warum diese Punkte für immer offen bleiben." in response.content.decode()
    assert state(assessment) == "draft"


def test_what_was_knowingly_left_open_is_frozen_with_its_reason_and_shown(assess, sign_in):
    assessment = assess(levels={"1.1-1": 2})
    client = sign_in("officer")

    response = client.post(
        path(assessment), filled_in(client, assessment, reason="Das Bauamt war nicht besetzt."), follow=True
    )

    snapshot = Snapshot.objects.get(assessment=assessment)
    html = response.content.decode()
    assert state(assessment) == "final"
    assert f"Die Einschätzung ist abgeschlossen. Prüfsumme: {snapshot.sha256[:12]}" in html
    assert "Beim Abschluss offen geblieben" in html
    assert "Das Bauamt war nicht besetzt." in html
    assert "Nicht beantwortet: 23" in html
    assert snapshot.record().open_reason == "Das Bauamt war nicht besetzt."
    assert len(snapshot.record().open_points) == 23


def test_points_that_came_up_since_are_read_first(assess, sign_in, answer_of, person):
    assessment = assess(levels={"1.1-1": 2})
    client = sign_in("officer")
    sent = filled_in(client, assessment, reason="Später")
    answer = answer_of(assessment, "1.1-1")
    answer.state, answer.level = "open", None
    answer.save_based_on(1, person("officer"))

    response = client.post(path(assessment), sent)

    assert response.status_code == 422
    assert "hat sich inzwischen geändert" in response.content.decode()
    assert client.post(path(assessment), filled_in(client, assessment, reason="Später")).status_code == 302


def test_why_points_stay_open_is_not_lost_when_the_list_changes_at_the_last_moment(
    assess, sign_in, answer_of, person
):
    assessment = assess(levels={"1.1-1": 2, "1.2-1": 2})
    client = sign_in("officer")
    sent = filled_in(client, assessment, reason="Das Bauamt war nicht besetzt.")
    answer = answer_of(assessment, "1.1-1")

    def take_the_answer_back(execute, sql, params, many, context):
        if sql.startswith(("SAVEPOINT", "BEGIN")) and not taken:
            taken.append(True)
            answer.state, answer.level = "open", None
            answer.save_based_on(1, person("officer"))
        return execute(sql, params, many, context)

    taken = []
    with connection.execute_wrapper(take_the_answer_back):
        response = client.post(path(assessment), sent)

    assert response.status_code == 409
    assert "Das Bauamt war nicht besetzt.</textarea>" in response.content.decode()
    assert state(assessment) == "draft"


def test_why_points_stay_open_is_not_lost_when_another_was_faster(assess, sign_in, person):
    assessment = assess(levels={"1.1-1": 2})
    client = sign_in("officer")
    sent = filled_in(client, assessment, reason="Das Bauamt war nicht besetzt.")
    assessment.finalise(person("officer"))

    response = client.post(path(assessment), sent)

    assert response.status_code == 409
    assert "Nicht gespeichert: Die Einschätzung ist abgeschlossen" in response.content.decode()
    assert "Das Bauamt war nicht besetzt." in response.content.decode()


def test_why_points_stay_open_is_not_lost_where_four_eyes_are_wanted(assess, sign_in, town):
    assessment = assess(levels={"1.1-1": 2})
    client = sign_in("officer")
    sent = filled_in(client, assessment, reason="Das Bauamt war nicht besetzt.")
    town.four_eyes = True
    town.save()

    assert "Das Bauamt war nicht besetzt." in client.post(path(assessment), sent).content.decode()


def test_points_that_come_up_at_the_last_moment_are_read_first_too(assess, sign_in, answer_of, person):
    assessment = assess(levels=3)
    answer, officer = answer_of(assessment, "1.1-1"), person("officer")

    with pytest.raises(PointsChanged):
        assessment.finalise(officer, left_open=[OpenPoint(criterion="1.1-1", kind="unanswered")])

    answer.state, answer.level = "open", None
    answer.save_based_on(1, officer)
    with pytest.raises(PointsChanged):
        assessment.finalise(officer, left_open=())
    assert state(assessment) == "draft"


def test_every_kind_of_open_point_is_named(assess, answer_of, person):
    officer, reviewer = person("officer"), person("reviewer")
    assess(levels=2, final=True, year=2024)
    assessment = assess(levels={"1.1-1": 0, "1.2-1": 2, "1.3-1": 2}, year=2025)
    taken = answer_of(assessment, "2.1-1")
    taken.state, taken.level, taken.needs_confirmation = "rated", 3, True
    taken.save_based_on(0, officer)
    assessment.hand_over(officer)
    for code, kind, reason in (("1.2-1", "confirmed", ""), ("1.3-1", "returned", "Beleg fehlt")):
        answer = answer_of(assessment, code)
        Verdict.objects.give(kind, [Seen(answer.pk, 1, None)], reviewer, reason)

    found = points(assessment)

    assert len(found.pop("unanswered")) == 20
    assert found == {
        "unconfirmed": ["1.1-1"],
        "unexplained": ["1.1-1"],
        "returned": ["1.3-1"],
        "taken_over": ["2.1-1"],
    }


def test_without_a_review_nobody_is_asked_why_nobody_confirmed(assess):
    assert points(assess(levels=3)) == {}


def test_the_record_names_roles_and_nobody_by_name(assess, person, answer_of):
    assessment = assess(levels={"1.1-1": 2, "1.2-1": 2}, review=True)
    answer = answer_of(assessment, "1.1-1")
    Verdict.objects.give("confirmed", [Seen(answer.pk, 1, None)], person("reviewer"))
    assessment.finalise(person("officer"))

    said = assessment.record().criterion("1.1-1").answer
    assert (said.answered_by, said.confirmed_by) == ("Digitalbeauftragte Person", "Prüfende Person")
    assert assessment.record().criterion("1.2-1").answer.confirmed_by == ""
    assert "Musterstadt" not in said.model_dump_json()


def test_where_four_eyes_are_wanted_the_page_sends_to_the_review(assess, sign_in, town):
    town.four_eyes = True
    town.save()
    assessment = assess(levels=3)
    client = sign_in("officer")

    page = client.get(path(assessment))
    response = client.post(path(assessment), filled_in(client, assessment, reason="Eilt"))

    assert "24 fehlen noch" in page.content.decode()
    assert f'href="/einschaetzungen/{assessment.pk}/uebergeben/"' in page.content.decode()
    assert response.status_code == 422
    assert state(assessment) == "draft"


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
