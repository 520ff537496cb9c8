"""The team of a municipality: inviting, accepting, roles, leaving, and being reminded."""

from __future__ import annotations

import io
import re
from contextlib import suppress
from datetime import timedelta
from typing import Any

import pytest
from django.core import mail
from django.core.management import call_command
from django.db import IntegrityError, transaction
from django.test import Client
from django.utils import timezone

from assessments.models import (
    Assignment,
    AuditEntry,
    Invitation,
    InvitationGone,
    LastOfficer,
    Membership,
    Municipality,
    Reminder,
)
from assessments.models.invitation import hashed
from charta_app.models import User
from tests.assessments.test_saving import processes, side_by_side
from tests.proof import times

NEW = "neu@musterstadt.example"
PASSWORD = "ein-langes-Passwort-2026"
ACCOUNT = {"name": "Nina  Neu ", "password": PASSWORD, "again": PASSWORD}


@pytest.fixture(autouse=True)
def _quick_passwords(settings: Any) -> None:
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


@pytest.fixture
def team(town):
    """`team("einladen/")`: the address of a page of Musterstadt's team."""
    return lambda further="": f"/kommunen/{town.pk}/team/{further}"


@pytest.fixture
def invite(sign_in, team):
    """`invite(NEW, role="reviewer")`: the officer invites; returns the path of the link in the mail."""

    def do(email: str = NEW, role: str = "contributor", **fields: Any) -> str:
        mail.outbox.clear()
        response = sign_in("officer").post(team("einladen/"), {"email": email, "role": role} | fields)
        assert response.status_code == 302, response.context["form"].errors
        return link()

    return do


def link() -> str:
    """The path of the link in the last mail."""
    return re.search(r"http://testserver(/einladung/\S+)", mail.outbox[-1].body)[1]


def lines(town):
    return [(entry.who, entry.what) for entry in AuditEntry.objects.of(town).exclude(kind="sign_in")]


# Inviting


def test_an_invitation_says_who_invites_where_what_for_and_until_when(invite, assess, person, town):
    assess(in_charge=())
    until = timezone.localdate() + timedelta(days=20)

    path = invite(f"  {NEW.upper()} ", clauses=["2.2"], sections=["leitlinie-3"], due=until.isoformat())

    (message,) = mail.outbox
    expires = timezone.localtime(Invitation.objects.get().expires_at)
    assert message.to == [NEW]
    assert message.subject == "Charta-Check: Einladung: Musterstadt und die Smart City Charta"
    for words in (
        f"{person('officer')} lädt Sie ein, an der Selbsteinschätzung von Musterstadt",
        "Ihre Rolle: Fachamt (beantwortet die zugeteilten Abschnitte und liest alle anderen)",
        f"zu beantworten bis {until:%d.%m.%Y}:\n  2.2 ",
        "\n  3.3 ",
        f"http://testserver{path}",
        f"Er gilt bis zum {expires:%d.%m.%Y} um {expires:%H:%M} Uhr und lässt sich einmal verwenden",
    ):
        assert words in message.body
    assert "&" not in message.body
    assert timedelta(days=6, hours=23) < expires - timezone.now() <= timedelta(days=7)


def test_the_database_knows_only_a_hash_of_the_token(invite):
    token = invite().strip("/").split("/")[-1]

    row = Invitation.objects.values().get()
    assert token not in str(row)
    assert row["token_hash"] == hashed(token)


@pytest.mark.parametrize(
    ("fields", "field", "words"),
    [
        ({"email": ""}, "email", ""),
        ({"email": "kein-at"}, "email", ""),
        ({"email": f"a\n@{NEW}"}, "email", ""),
        ({"email": ["a@example.org", "b@example.org"]}, "email", "doppelt"),
        ({"email": "contributor@MUSTERSTADT.example"}, "email", "gehört schon zum Team"),
        ({"email": "offen@example.org"}, "email", "schon eine Einladung unterwegs"),
        ({"role": "king"}, "role", ""),
        ({"role": "council", "clauses": ["1.1"]}, "role", "die antworten"),
        ({"clauses": ["9.9"]}, "clauses", ""),
        ({"clauses": ["1.1"], "due": "2020-01-01"}, "due", "schon vorbei"),
    ],
)
def test_a_refused_invitation_sends_nothing(fields, field, words, sign_in, team, assess, person, invite):
    assess()
    invite("offen@example.org")
    mail.outbox.clear()

    response = sign_in("officer").post(team("einladen/"), {"email": NEW, "role": "contributor"} | fields)

    assert response.status_code == 422
    assert list(response.context["form"].errors) == [field]
    assert words in response.content.decode()
    assert mail.outbox == []
    assert Invitation.objects.count() == 1


def test_nobody_sends_invitations_without_end(invite, sign_in, team, person, town):
    invite("erste@example.org")
    for _number in range(29):
        AuditEntry.objects.invitation("invited_again", Invitation.objects.get(), person("officer"))
    mail.outbox.clear()
    client = sign_in("officer")

    response = client.post(team("einladen/"), {"email": NEW, "role": "council"})
    again = client.post(team(f"einladungen/{Invitation.objects.first().pk}/noch-einmal/"), follow=True)

    assert response.status_code == 429
    assert "sehr viele Einladungen" in response.content.decode()
    assert "sehr viele Einladungen" in again.content.decode()
    assert mail.outbox == []


def test_a_mail_that_does_not_go_out_is_told(sign_in, team, settings):
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 9  # nobody listens there

    response = sign_in("officer").post(team("einladen/"), {"email": NEW, "role": "council"}, follow=True)

    assert "die E-Mail ging aber nicht hinaus" in response.content.decode()
    assert Invitation.objects.count() == 1


# Accepting


def test_somebody_new_chooses_name_and_password_and_is_in(invite, assess, town, person):
    assessment = assess(in_charge=())
    due = timezone.localdate() + timedelta(days=3)
    path, client = invite(clauses=["1.2"], due=due.isoformat()), Client()

    page = client.get(path).content.decode()
    response = client.post(path, ACCOUNT | {"email": "andere@example.org"}, follow=True)

    assert NEW in page
    assert "1.2 " in page
    new = User.objects.get(email=NEW)
    assert (new.name, new.check_password(PASSWORD), new.is_staff) == ("Nina Neu", True, False)
    assert not User.objects.filter(email="andere@example.org").exists()
    assert response.redirect_chain[-1][0] == "/einschaetzungen/"
    assert [task.title[:3] for task in response.context["tasks"]] == ["1.2"]
    assert response.context["user"] == new
    assert town.memberships.get(person=new).role == "contributor"
    assert Assignment.objects.values_list("membership__person", "due").get() == (new.pk, due)
    assert not Invitation.objects.exists()
    assert lines(town) == [
        (person("officer").name, "hat die Rolle gegeben: Nina Neu, Fachamt"),
        ("Nina Neu", "hat eine Einladung angenommen: Fachamt"),
        (person("officer").name, "hat jemanden eingeladen: Fachamt"),
    ]
    assert AuditEntry.objects.filter(kind="sign_in", person=new, municipality=town).count() == 1
    assert not assessment.is_final


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"name": ""}, "name"),
        ({"name": "x" * 151}, "name"),
        ({"name": "Null \x00"}, "name"),
        ({"name": ["a", "b"]}, "name"),
        ({"password": "kurz", "again": "kurz"}, "password"),
        ({"password": NEW, "again": NEW}, "password"),  # too much like the address
        ({"password": "qwe123qwe123", "again": "qwe123qwe123"}, "password"),  # too common
        ({"again": "etwas-ganz-anderes"}, "again"),
        ({"password": "x" * 129, "again": "x" * 129}, "password"),
    ],
)
def test_an_account_needs_a_name_and_a_good_password(fields, field, invite, town):
    path, client = invite(), Client()

    response = client.post(path, ACCOUNT | fields)

    assert response.status_code == 422
    assert field in response.context["form"].errors
    assert not User.objects.filter(email=NEW).exists()
    assert Invitation.objects.count() == 1


def test_who_has_an_account_signs_in_and_accepts(invite, person, other_town, town):
    colleague = person("contributor", other_town)
    colleague.set_password(PASSWORD)
    colleague.save()
    path, client = invite(colleague.email, role="reviewer"), Client()

    page = client.get(path)
    client.post(path, ACCOUNT)  # makes no second account
    signed_in = client.post(f"/konto/login/?next={path}", {"login": colleague.email, "password": PASSWORD})
    client.post(path)

    assert f'href="/konto/login/?next={path}"' in page.content.decode()
    assert signed_in["Location"] == path
    assert town.memberships.get(person=colleague).role == "reviewer"
    assert User.objects.filter(email=colleague.email).count() == 1
    assert User.objects.get(pk=colleague.pk).name == colleague.name


def test_somebody_else_cannot_accept(invite, sign_in, person, town):
    path = invite()
    stranger = sign_in("nobody")

    page = stranger.get(path)
    refused = stranger.post(path, ACCOUNT)

    assert f"Diese Einladung gilt für {NEW}." in page.content.decode()
    assert refused.status_code == 403
    assert Invitation.objects.count() == 1
    assert not town.memberships.filter(person=person("nobody")).exists()


def test_a_link_works_once(invite, town):
    path = invite()
    Client().post(path, ACCOUNT)

    again = [Client().get(path), Client().post(path, ACCOUNT | {"name": "Zweite"})]

    assert [response.status_code for response in again] == [404, 404]
    assert "Dieser Link gilt nicht mehr" in again[0].content.decode()
    assert User.objects.get(email=NEW).name == "Nina Neu"


def test_of_two_who_follow_a_link_at_once_one_comes_in(invite, town):
    """Both have read the same invitation before either of them accepts."""
    token = invite().strip("/").split("/")[-1]
    first, second = Invitation.objects.with_token(token).get(), Invitation.objects.with_token(token).get()

    first.accept_as_new("Erste", PASSWORD)

    with pytest.raises(InvitationGone), transaction.atomic():
        second.accept_as_new("Zweite", PASSWORD)
    with pytest.raises(InvitationGone), transaction.atomic():
        second.accept(User.objects.create(email="dritte@example.org"))
    assert town.memberships.filter(person__name="Erste").count() == 1


@pytest.mark.django_db(transaction=True)
def test_of_two_processes_that_follow_each_link_at_once_one_comes_in(town, person):
    officer, races = person("officer"), times(10, 100)
    tokens = [
        Invitation.objects.invite(
            municipality=town, email=f"{number}@example.org", role="council", by=officer
        )[1]
        for number in range(races)
    ]
    start = processes.Barrier(2)

    def follow(name):
        def job():
            won = 0
            for token in tokens:
                start.wait(60)
                row = Invitation.objects.with_token(token).first()
                with suppress(InvitationGone, IntegrityError):
                    won += bool(row and row.accept_as_new(name, PASSWORD))
            return won

        return job

    won = side_by_side(follow("Eine"), follow("Andere"))

    assert sum(won) == races
    assert town.memberships.filter(role="council").count() == races
    assert AuditEntry.objects.filter(kind="accepted").count() == races


@pytest.mark.django_db(transaction=True)
def test_of_two_officers_who_withdraw_each_other_at_once_one_stays(town, person):
    races = times(5, 100)
    officer, other = person("officer"), User.objects.create(email="zweite@example.org", name="Zweite")
    start = processes.Barrier(2)
    places = [
        Municipality.objects.create(
            ags=f"9800{number:04}", name=f"Ort {number}", kind="63", federal_state="M"
        )
        for number in range(races)
    ]
    for place in places:
        for one in (officer, other):
            Membership.objects.create(person=one, municipality=place, role="officer")

    def withdraw(whom, by):
        def job():
            for place in places:
                row = Membership.objects.select_related("person").get(person=whom, municipality=place)
                start.wait(60)
                with suppress(LastOfficer):
                    Membership.objects.withdraw(row, by)
                start.wait(60)
            return True

        return job

    side_by_side(withdraw(officer, other), withdraw(other, officer))

    assert [place.memberships.filter(role="officer").count() for place in places] == [1] * races


def test_a_link_is_dead_after_a_week(invite):
    path = invite()
    Invitation.objects.update(expires_at=timezone.now() - timedelta(seconds=1))

    assert Client().get(path).status_code == Client().post(path, ACCOUNT).status_code == 404
    assert not User.objects.filter(email=NEW).exists()


def test_sent_again_the_old_link_is_dead(invite, sign_in, team, town, person):
    old = invite()
    Invitation.objects.update(expires_at=timezone.now() - timedelta(days=1))
    officer = sign_in("officer")
    assert "abgelaufen am" in officer.get(team()).content.decode()

    officer.post(team(f"einladungen/{Invitation.objects.get().pk}/noch-einmal/"))

    assert Client().get(old).status_code == 404
    assert Client().get(link()).status_code == 200
    assert lines(town)[0] == (person("officer").name, "hat eine Einladung noch einmal verschickt: Fachamt")


def test_revoked_the_link_is_dead_and_the_address_forgotten(invite, sign_in, team, town, person):
    path = invite()

    sign_in("officer").post(team(f"einladungen/{Invitation.objects.get().pk}/zurueckziehen/"))

    assert Client().get(path).status_code == 404
    assert not Invitation.objects.exists()
    assert lines(town)[0] == (person("officer").name, "hat eine Einladung zurückgezogen: Fachamt")


@pytest.mark.parametrize("end", ["withdrawn", "another role", "account closed"])
def test_who_runs_the_team_no_more_leaves_no_door_open(end, invite, team, town, person):
    colleague = User.objects.create(email="zwei@musterstadt.example", name="Zweite Leitung")
    Membership.objects.create(person=colleague, municipality=town, role="officer")
    sender, path = person("officer"), invite(role="officer")
    begun = Invitation.objects.with_token(path.strip("/").split("/")[-1]).get()
    membership = Membership.objects.get(person=sender)
    match end:
        case "withdrawn":
            Membership.objects.withdraw(membership, colleague)
        case "another role":
            Membership.objects.change_role(membership, "council", colleague)
        case "account closed":
            User.objects.filter(pk=sender.pk).update(is_active=False)

    assert Client().get(path).status_code == Client().post(path, ACCOUNT).status_code == 404
    with pytest.raises(InvitationGone):
        begun.accept_as_new("Nina Neu", PASSWORD)
    assert not User.objects.filter(email=NEW).exists()

    client = Client()
    client.force_login(colleague)
    assert f"{sender.name} leitet das Team nicht mehr" in client.get(team()).content.decode()
    client.post(team(f"einladungen/{begun.pk}/noch-einmal/"))
    assert Client().get(link()).status_code == 200


def test_an_invitation_of_another_town_is_out_of_reach(invite, sign_in, other_town, person):
    invite()
    pk, stranger = Invitation.objects.get().pk, sign_in("officer", other_town)

    for what in ("noch-einmal", "zurueckziehen"):
        path = f"/kommunen/{other_town.pk}/team/einladungen/{pk}/{what}/"
        assert stranger.post(path).status_code == 404
    assert Invitation.objects.count() == 1


def test_who_is_a_member_meanwhile_keeps_their_role(invite, person, town):
    path = invite(email="nobody@musterstadt.example", role="council")
    Membership.objects.create(person=person("nobody"), municipality=town, role="officer")
    client = Client()
    client.force_login(person("nobody"))

    client.post(path)

    assert town.memberships.get(person=person("nobody")).role == "officer"
    assert not Invitation.objects.exists()


def test_clauses_that_went_to_somebody_else_meanwhile_stay_there(invite, assess, person, town):
    assessment = assess(in_charge=())
    path = invite(clauses=["1.1", "1.2"])
    colleague = town.memberships.get(person=person("contributor"))
    Assignment.objects.put_in_charge(assessment.targets.filter(clause__code="1.1"), colleague, None)

    Client().post(path, ACCOUNT)

    found = Assignment.objects.order_by("target__clause__position")
    assert list(found.values_list("target__clause__code", "membership__person__email")) == [
        ("1.1", person("contributor").email),
        ("1.2", NEW),
    ]


def test_sign_up_stays_closed(invite):
    invite()

    Client().post("/konto/signup/", {"email": NEW, "password1": PASSWORD, "password2": PASSWORD})

    assert not User.objects.filter(email=NEW).exists()


# Roles and leaving


@pytest.fixture
def colleague(person, town):
    """The contributor's membership."""
    return town.memberships.get(person=person("contributor"))


def test_a_role_is_changed_and_who_answers_no_more_is_in_charge_of_nothing(
    assess, sign_in, team, colleague, town, person
):
    assess()
    client = sign_in("officer")

    client.post(team(f"{colleague.pk}/"), {"role": "officer"})
    kept = Assignment.objects.count()
    client.post(team(f"{colleague.pk}/"), {"role": "reviewer"})

    assert kept == 1
    assert Assignment.objects.count() == 0
    assert lines(town)[0] == (
        person("officer").name,
        f"hat die Rolle geändert: {colleague.person}, Prüfende Person (bisher Digitalbeauftragte Person)",
    )


def test_who_is_withdrawn_sees_nothing_more_and_keeps_their_name(
    assess, sign_in, team, colleague, town, person
):
    assessment = assess()
    answer = assessment.answers.first()
    answer.comment = "Vom Fachamt"
    answer.save_based_on(0, colleague.person)
    theirs = sign_in("contributor")

    response = sign_in("officer").post(team(f"{colleague.pk}/entlassen/"), follow=True)

    assert f"{colleague.person} gehört nicht mehr zum Team." in response.content.decode()
    assert theirs.get(assessment.get_absolute_url()).status_code == 404
    assert assessment.answers.get(pk=answer.pk).changed_by == colleague.person
    assert lines(town)[0][1] == f"hat die Rolle entzogen: {colleague.person}, bisher Fachamt"


@pytest.mark.parametrize("way", ["entlassen/", ""])
def test_the_last_officer_stays(way, sign_in, team, person, town):
    mine = town.memberships.get(person=person("officer"))

    response = sign_in("officer").post(team(f"{mine.pk}/{way}"), {"role": "council"}, follow=True)

    assert "Eine Kommune braucht mindestens eine digitalbeauftragte Person" in response.content.decode()
    assert town.memberships.get(pk=mine.pk).role == "officer"


def test_an_officer_of_another_town_is_no_replacement(person, town, other_town):
    person("officer", other_town)
    mine = town.memberships.get(person=person("officer"))

    with pytest.raises(LastOfficer):
        Membership.objects.withdraw(mine, person("officer"))


def test_one_of_two_officers_may_go(sign_in, team, person, town, colleague):
    Membership.objects.change_role(colleague, "officer", person("officer"))
    mine = town.memberships.get(person=person("officer"))

    response = sign_in("officer").post(team(f"{mine.pk}/entlassen/"))

    assert response["Location"] == "/einschaetzungen/"
    assert not town.memberships.filter(pk=mine.pk).exists()


def test_a_member_of_another_town_is_out_of_reach(sign_in, team, person, other_town):
    stranger = Membership.objects.get(person=person("contributor", other_town))
    client = sign_in("officer")

    assert client.get(team(f"{stranger.pk}/")).status_code == 404
    assert client.post(team(f"{stranger.pk}/"), {"role": "council"}).status_code == 404
    assert client.post(team(f"{stranger.pk}/entlassen/")).status_code == 404


@pytest.mark.parametrize("field", ["role", "email"])
def test_the_database_refuses_a_second_invitation_and_an_unknown_role(field, invite, town, person):
    invite()
    row = {"municipality": town, "email": "a@example.org", "role": "council", "token_hash": "x"}
    row |= {"email": NEW} if field == "email" else {"role": "king"}

    with pytest.raises(IntegrityError), transaction.atomic():
        Invitation.objects.create(**row, invited_by=person("officer"), expires_at=timezone.now())


# Queries


@pytest.mark.parametrize("count", [1, 30])
def test_the_team_takes_five_queries_however_many(
    count, town, person, assess, sign_in, team, django_assert_num_queries
):
    assessment = assess(in_charge=())
    for number in range(count):
        one = User.objects.create(email=f"{number}@example.org", name=f"Kollegin {number}")
        membership = Membership.objects.create(person=one, municipality=town, role="contributor")
        Assignment.objects.put_in_charge(assessment.targets.all()[number : number + 1], membership, None)
        Invitation.objects.invite(
            municipality=town, email=f"i{number}@example.org", role="council", by=person("officer")
        )
    client = sign_in("officer")

    # session, person, municipality with role, invitations, members with their number of clauses
    with django_assert_num_queries(5):
        response = client.get(team())

    assert len(response.context["invitations"]) == count
    assert response.content.decode().count("1 Abschnitt<") == min(count, 24)


# Reminding


def remind(**options: Any) -> str:
    out = io.StringIO()
    call_command("remind", address="https://charta.example", stdout=out, **options)
    return out.getvalue()


@pytest.fixture
def due(assess, colleague, person, town):
    """`due("1.1", 3)`: the contributor, or `by` somebody else, is in charge of 1.1, due in three days."""
    assessment = assess(in_charge=(), title="Einschätzung mit Frist")

    def assign(code: str, days: int | None, by: Membership = colleague) -> None:
        day = None if days is None else timezone.localdate() + timedelta(days)
        Assignment.objects.put_in_charge(assessment.targets.filter(clause__code=code), by, day)

    assign.assessment = assessment
    return assign


def test_one_mail_tells_a_person_all_their_tasks(due, colleague, town, person):
    for code, days in {"1.1": 2, "1.2": -1, "1.3": 30, "2.1": None}.items():
        due(code, days)
    due("2.2", 30, town.memberships.get(person=person("officer")))

    out = remind()

    (message,) = mail.outbox
    assert message.to == [colleague.person.email]
    assert message.subject == "Charta-Check: 1 überfällige Aufgabe"
    places = [message.body.index(f"/fragen/{code}/") for code in ("1.2", "1.1", "1.3", "2.1")]
    assert places == sorted(places)
    assert f"https://charta.example/einschaetzungen/{due.assessment.pk}/fragen/1.1/" in message.body
    assert "Einschätzung mit Frist, Musterstadt" in message.body
    assert "1 Erinnerung" in out
    for private in (colleague.person.email, colleague.person.name, "1.1"):
        assert private not in out


def test_nobody_is_reminded_twice_on_a_day(due):
    due("1.1", 1)

    remind()
    second = remind()
    Reminder.objects.update(day=timezone.localdate() - timedelta(days=1))
    third = remind()

    assert len(mail.outbox) == 2
    assert "0 Erinnerungen" in second
    assert "1 Erinnerung " in third


def test_a_dry_run_sends_and_notes_nothing(due):
    due("1.1", 1)

    out = remind(dry_run=True)

    assert "1 Person" in out
    assert mail.outbox == []
    assert not Reminder.objects.exists()


@pytest.mark.parametrize(("days", "mails"), [(3, 1), (4, 0)])
def test_the_number_of_days_is_chosen(days, mails, due):
    due("1.1", days)

    remind(days=3)

    assert len(mail.outbox) == mails


def test_whoever_left_is_inactive_or_has_answered_is_not_reminded(due, person, colleague, town, answer_of):
    due("1.1", -1)
    User.objects.filter(pk=colleague.person_id).update(is_active=False)
    officer = town.memberships.get(person=person("officer"))
    due("1.2", -1, officer)
    answer = answer_of(due.assessment, "1.2-1")
    answer.state, answer.level = "rated", 2
    answer.save_based_on(0, person("officer"))

    remind()

    assert mail.outbox == []


def test_a_mail_that_fails_is_tried_again_the_same_day(due, settings):
    due("1.1", 1)
    working = settings.EMAIL_BACKEND
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 9  # nobody listens there

    first = remind()
    settings.EMAIL_BACKEND = working
    remind()

    assert "1 ging nicht hinaus" in first
    assert len(mail.outbox) == 1


def test_old_invitations_are_cleared_out(invite):
    for email, days in (("alt@example.org", -31), ("neu@example.org", -29), ("offen@example.org", 3)):
        invite(email)
        Invitation.objects.filter(email=email).update(expires_at=timezone.now() + timedelta(days))

    remind()

    assert set(Invitation.objects.values_list("email", flat=True)) == {"neu@example.org", "offen@example.org"}
