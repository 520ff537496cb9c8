"""The page of one answer: its history, and what people write to each other about it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.core import mail
from django.db import IntegrityError
from django.test import Client
from django.utils import timezone

from assessments.models import Answer, Assessment, Comment, Exhibit, Mention, Presence
from charta_app.models import User
from tests.pages import form_data


def path(assessment: Assessment, then: str = "") -> str:
    return f"/einschaetzungen/{assessment.pk}/antworten/1.1-1/{then}"


def texts(response: Any) -> str:
    return response.content.decode()


@pytest.fixture
def write(assess, person, answer_of):
    """`write("officer", level=3, comment="…")`: a save of answer 1.1-1 as the next version."""

    def save(assessment: Assessment, role: str, **fields: Any) -> Answer:
        answer = answer_of(assessment, "1.1-1")
        for name, value in ({"state": "rated", "level": 2} | fields).items():
            setattr(answer, name, value)
        answer.save_based_on(answer.version, person(role))
        return answer

    return save


class TestHistory:
    """Every version can be read and brought back."""

    def test_each_version_tells_who_and_what_changed(self, assess, write, sign_in):
        assessment = assess()
        write(assessment, "officer", level=1, comment="Der Beschluss fehlt noch.")
        write(assessment, "contributor", level=3, comment="Der Beschluss liegt vor.")

        newest, first = sign_in("reviewer").get(path(assessment)).context["versions"].object_list

        assert (newest.number, newest.by) == (2, "Contributor Musterstadt")
        assert [
            (c.label, "".join(p.text for p in c.before), "".join(p.text for p in c.after))
            for c in newest.changes
        ] == [
            ("Antwort", "Stufe 1 – geplant", "Stufe 3 – umgesetzt und verankert"),
            ("Erläuterung", "Der Beschluss fehlt noch.", "Der Beschluss liegt vor."),
        ]
        assert [p.text for p in newest.changes[1].after if p.differs] == ["liegt", "vor"]
        assert (first.number, first.by) == (1, "Officer Musterstadt")
        assert [(c.label, c.before, c.after[0].text) for c in first.changes] == [
            ("Antwort", (), "Stufe 1 – geplant"),
            ("Beleg", (), "eigene Angabe"),
            ("Erläuterung", (), "Der Beschluss fehlt noch."),
        ]

    def test_an_earlier_version_comes_back_as_a_new_one(self, assess, write, sign_in, person, answer_of):
        assessment = assess()
        write(assessment, "officer", level=1, comment="Der erste Text.")
        write(assessment, "contributor", level=3, comment="Der zweite Text.")

        response = sign_in("officer").post(path(assessment, "fassungen/1/"), {"version": 2}, follow=True)

        answer = answer_of(assessment, "1.1-1")
        assert (answer.level, answer.comment) == (1, "Der erste Text.")
        assert (answer.version, answer.changed_by) == (3, person("officer"))
        assert Answer.history.filter(id=answer.pk).count() == 3
        assert "Fassung 1 ist zurückgeholt." in texts(response)

    def test_nothing_comes_back_over_a_version_nobody_saw(self, assess, write, sign_in, answer_of):
        assessment = assess()
        for text in ("eins", "zwei", "drei"):
            write(assessment, "contributor", comment=text)

        response = sign_in("officer").post(path(assessment, "fassungen/1/"), {"version": 2})

        assert response.status_code == 409
        assert "Inzwischen hat jemand die Antwort geändert" in texts(response)
        assert answer_of(assessment, "1.1-1").comment == "drei"

    def test_the_version_that_holds_is_not_written_again(self, assess, write, sign_in, answer_of):
        assessment = assess()
        write(assessment, "officer", comment="eins")
        write(assessment, "officer", comment="zwei")
        write(assessment, "officer", comment="eins")

        response = sign_in("officer").post(path(assessment, "fassungen/1/"), {"version": 3}, follow=True)

        assert "Diese Fassung gilt schon." in texts(response)
        assert answer_of(assessment, "1.1-1").version == 3

    def test_nothing_comes_back_once_it_is_final(self, assess, write, sign_in, person, answer_of):
        assessment = assess(levels=2)
        write(assessment, "officer", comment="später")
        assessment.finalise(person("officer"))

        response = sign_in("officer").post(path(assessment, "fassungen/1/"), {"version": 2})

        assert response.status_code == 409
        assert answer_of(assessment, "1.1-1").comment == "später"
        assert "zurückholen" not in texts(response)

    @pytest.mark.parametrize("version", ["7", "0", "99999999999999999999"])
    def test_a_version_that_never_was_is_not_found(self, version, assess, write, sign_in):
        assessment = assess()
        write(assessment, "officer")

        response = sign_in("officer").post(path(assessment, f"fassungen/{version}/"), {"version": 1})

        assert response.status_code == 404

    @pytest.mark.parametrize("data", [{}, {"version": "x"}, {"version": ["1", "1"]}, {"version": "9" * 30}])
    def test_without_the_version_that_was_seen_nothing_happens(self, data, assess, write, sign_in, answer_of):
        assessment = assess()
        write(assessment, "officer", comment="eins")
        write(assessment, "officer", comment="zwei")

        response = sign_in("officer").post(path(assessment, "fassungen/1/"), data)

        assert response.status_code == 422
        assert answer_of(assessment, "1.1-1").comment == "zwei"

    def test_what_was_taken_over_says_so(self, assess, person, sign_in, edition, town, answer_of):
        assess(levels=2, final=True, year=2025)
        assessment = Assessment.objects.start(
            municipality=town,
            edition=edition,
            by=person("officer"),
            reference_date=assess().reference_date,
            form="short",
            title="Neu",
            take_over=True,
        )

        page = sign_in("officer").get(path(assessment))

        (version,) = page.context["versions"].object_list
        assert version.note == "Aus der letzten Einschätzung übernommen, zu bestätigen"
        assert "noch nicht bestätigt" in texts(page)

    def test_council_members_read_no_history(self, assess, write, sign_in, person):
        assessment = assess()
        write(assessment, "officer", comment="ein verworfener Gedanke")
        write(assessment, "officer", comment="was gilt")
        assessment.finalise(person("officer"))

        page = texts(sign_in("council").get(path(assessment)))

        assert "was gilt" in page
        assert "ein verworfener Gedanke" not in page
        assert person("officer").name not in page

    def test_a_final_answer_keeps_its_wording(self, assess, sign_in, edition):
        assessment = assess(levels=2, final=True)
        criterion = assessment.answers.get(criterion__code="1.1-1").criterion
        before = criterion.question
        criterion.question = "Eine andere Frage?"
        criterion.save()

        page = texts(sign_in("officer").get(path(assessment)))

        assert before in page
        assert "Eine andere Frage?" not in page


class TestComments:
    """A thread for each answer."""

    def send(self, client: Client, assessment: Assessment, **fields: Any) -> Any:
        data = {"kommentar-text": "Bitte prüfen.", "kommentar-audience": "internal"} | {
            f"kommentar-{name}": value for name, value in fields.items()
        }
        return client.post(path(assessment, "kommentare/"), data)

    @pytest.mark.parametrize("role", ["officer", "contributor", "reviewer"])
    def test_everybody_who_works_here_may_write_one(self, role, assess, sign_in, person):
        assessment = assess()

        response = self.send(sign_in(role), assessment, text="Erste Zeile\r\nzweite Zeile")

        comment = Comment.objects.get()
        assert response.headers["Location"] == path(assessment, f"#kommentar-{comment.pk}")
        assert (comment.author, comment.role, comment.audience) == (person(role), role, "internal")
        assert comment.text == "Erste Zeile\nzweite Zeile"

    def test_markup_is_text(self, assess, sign_in):
        assessment = assess()
        client = sign_in("officer")

        self.send(client, assessment, text="<script>alert(1)</script> <b>fett</b>")

        page = texts(client.get(path(assessment)))
        assert "&lt;script&gt;alert(1)&lt;/script&gt; &lt;b&gt;fett&lt;/b&gt;" in page

    @pytest.mark.parametrize(
        ("fields", "message"),
        [
            ({"text": ""}, "Bitte schreiben Sie etwas."),
            ({"text": "x" * 4_001}, "höchstens 4000 Zeichen"),
            ({"text": "a\x07b"}, "unsichtbare Zeichen"),
            ({"text": "a\x00b"}, "Nullzeichen"),
            ({"text": ["a", "b"]}, "kam doppelt an"),
            ({"audience": "alle"}, "alle ist keine gültige Auswahl"),
            ({"audience": ""}, "Dieses Feld ist zwingend erforderlich."),
            ({"notify": ["0"]}, "Diese Person arbeitet hier nicht mit."),
        ],
    )
    def test_what_cannot_be_stored_is_refused_and_stays_on_the_page(
        self, fields, message, assess, sign_in, person
    ):
        assessment = assess()
        person("reviewer")

        response = self.send(sign_in("officer"), assessment, **fields)

        assert response.status_code == 422
        assert message in texts(response)
        assert not Comment.objects.exists()

    def test_whom_it_names_gets_a_mail_without_the_text(self, assess, sign_in, person):
        assessment = assess()
        people = [person("contributor"), person("reviewer")]

        self.send(
            sign_in("officer"), assessment, text="Streng vertraulich", notify=[one.pk for one in people]
        )

        assert sorted(sent.to[0] for sent in mail.outbox) == sorted(one.email for one in people)
        for sent in mail.outbox:
            assert f"http://testserver{path(assessment)}" in sent.body
            assert "Streng vertraulich" not in sent.body + sent.subject

    @pytest.mark.parametrize("who", ["council", "stranger", "oneself"])
    def test_nobody_else_can_be_named(self, who, assess, sign_in, person, other_town):
        assessment = assess()
        someone = {
            "council": person("council"),
            "stranger": person("officer", other_town),
            "oneself": person("officer"),
        }[who]
        person("reviewer")

        response = self.send(sign_in("officer"), assessment, notify=[someone.pk])

        assert response.status_code == 422
        assert mail.outbox == []

    def test_a_mail_that_fails_keeps_the_comment(self, assess, sign_in, person, settings):
        settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
        settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 1  # nobody listens there
        assessment = assess()
        client = sign_in("officer")

        self.send(client, assessment, notify=[person("reviewer").pk])

        assert "die E-Mail ging aber nicht hinaus" in texts(client.get(path(assessment)))
        assert Mention.objects.get().person == person("reviewer")

    def test_who_is_asked_sees_it_until_done(self, assess, sign_in, person):
        assessment = assess()
        self.send(sign_in("officer"), assessment, notify=[person("reviewer").pk])
        reviewer = sign_in("reviewer")
        assert Mention.objects.open_for(person("reviewer")).count() == 1
        assert "bittet Sie" in texts(reviewer.get(path(assessment)))
        assert "bittet Sie" not in texts(sign_in("officer").get(path(assessment)))

        reviewer.post(path(assessment, f"erwaehnungen/{Mention.objects.get().pk}/erledigt/"))

        assert not Mention.objects.open_for(person("reviewer")).exists()
        assert "bittet Sie" not in texts(reviewer.get(path(assessment)))

    def test_answering_is_done_as_well(self, assess, sign_in, person):
        assessment = assess()
        self.send(sign_in("officer"), assessment, notify=[person("reviewer").pk])

        self.send(sign_in("reviewer"), assessment, text="Habe ich gesehen.")

        assert not Mention.objects.open_for(person("reviewer")).exists()

    @pytest.mark.parametrize("event", ["withdrawn", "final", "left"])
    def test_what_is_over_asks_nobody(self, event, assess, sign_in, person):
        assessment = assess(levels=2)
        self.send(sign_in("officer"), assessment, notify=[person("reviewer").pk])

        match event:
            case "withdrawn":
                Comment.objects.get().withdraw()
            case "final":
                assessment.finalise(person("officer"))
            case "left":
                person("reviewer").memberships.all().delete()

        assert not Mention.objects.open_for(person("reviewer")).exists()

    def test_its_author_withdraws_a_comment_and_the_text_is_gone(self, assess, sign_in):
        assessment = assess()
        client = sign_in("officer")
        self.send(client, assessment, text="ein Irrtum")

        client.post(path(assessment, f"kommentare/{Comment.objects.get().pk}/zurueckziehen/"))

        page = texts(client.get(path(assessment)))
        assert "ein Irrtum" not in page
        assert "Zurückgezogen am" in page
        assert Comment.objects.get().text == ""

    def test_the_officer_takes_any_comment_out_of_the_report(self, assess, sign_in, person):
        assessment = assess()
        self.send(sign_in("contributor"), assessment, text="aus dem Fachamt", audience="report")

        sign_in("officer").post(path(assessment, f"kommentare/{Comment.objects.get().pk}/intern/"))

        assert Comment.objects.get().audience == "internal"
        assert "aus dem Fachamt" in texts(sign_in("contributor").get(path(assessment)))

    @pytest.mark.parametrize(
        ("role", "offered"), [("officer", 2), ("contributor", 1), ("reviewer", 0), ("council", None)]
    )
    def test_who_may_take_a_comment_out_of_the_report_is_offered_to(self, role, offered, assess, sign_in):
        assessment = assess()
        for author in ("officer", "contributor"):
            self.send(sign_in(author), assessment, text="für alle", audience="report")

        response = sign_in(role).get(path(assessment))

        ways = [f"kommentare/{comment.pk}/intern/" for comment in Comment.objects.all()]
        assert offered == (
            sum(way in texts(response) for way in ways) if response.status_code == 200 else None
        )

    def test_council_members_read_only_what_is_for_the_report(self, assess, sign_in, person):
        assessment = assess(levels=2)
        officer = sign_in("officer")
        self.send(officer, assessment, text="unter uns")
        self.send(officer, assessment, text="für alle", audience="report")
        assessment.finalise(person("officer"))

        page = texts(sign_in("council").get(path(assessment)))

        assert "für alle" in page
        assert "unter uns" not in page
        assert "Digitalbeauftragte Person" in page
        assert person("officer").name not in page

    def test_a_comment_that_comes_too_late_is_shown_not_lost(self, assess, sign_in):
        assessment = assess(levels=2, final=True)

        response = self.send(sign_in("officer"), assessment, text="Ein langer Gedanke")

        assert response.status_code == 409
        assert "Ein langer Gedanke" in texts(response)
        assert not Comment.objects.exists()

    def test_after_finalising_nothing_can_be_sent(self, assess, sign_in, person, discuss):
        assessment = assess(levels=2)
        discuss(assessment)
        assessment.finalise(person("officer"))

        page = texts(sign_in("officer").get(path(assessment)))

        assert "Bitte den Ratsbeschluss nennen." in page
        assert page.count("<form") == 1  # signing out

    def test_the_database_refuses_comments_on_what_is_final(self, assess, person, discuss):
        assessment = assess(levels=2)
        discuss(assessment)
        assessment.finalise(person("officer"))
        comment = Comment.objects.get()

        with pytest.raises(IntegrityError):
            discuss(assessment)
        with pytest.raises(IntegrityError):
            comment.withdraw()

    @pytest.mark.parametrize("values", [{"text": ""}, {"audience": "x"}, {"role": "council"}])
    def test_the_database_refuses_a_comment_that_makes_no_sense(self, values, assess, discuss):
        discuss(assess())

        with pytest.raises(IntegrityError):
            Comment.objects.update(**values)

    def test_the_form_of_the_page_sends_an_internal_comment(self, assess, sign_in, person):
        person("reviewer")
        page = sign_in("officer").get(path(assess()))

        assert form_data(page, "kommentar-text") == {
            "csrfmiddlewaretoken": form_data(page, "kommentar-text")["csrfmiddlewaretoken"],
            "kommentar-text": "",
            "kommentar-audience": "internal",
        }


def test_the_record_holds_what_is_for_the_report_and_no_name(assess, person, answer_of):
    assessment = assess(levels=2)
    answer = answer_of(assessment, "1.1-1")
    for audience, text in (("internal", "unter uns"), ("report", "für alle"), ("report", "zurück")):
        comment = Comment.objects.write(
            answer=answer, by=person("reviewer"), role="reviewer", text=text, audience=audience, notify=[]
        )
    comment.withdraw()

    (remark,) = assessment.record().criterion("1.1-1").answer.remarks

    assert (remark.role, remark.text) == ("Prüfende Person", "für alle")
    body = assessment.finalise(person("officer")).body
    assert "unter uns" not in body
    assert person("reviewer").name not in body


@pytest.mark.parametrize("count", [1, 30])
def test_the_page_takes_the_same_queries_however_much_was_said(
    count, assess, write, sign_in, person, answer_of, django_assert_num_queries
):
    assessment = assess()
    people = [User.objects.create(email=f"{n}@example.org", name=f"Person {n}") for n in range(count)]
    for one in people:
        one.memberships.create(municipality=assessment.municipality, role="contributor")
        Comment.objects.write(
            answer=answer_of(assessment, "1.1-1"),
            by=one,
            role="contributor",
            text="Gesehen.",
            audience="report",
            notify=[person("officer").pk, one.pk],
        )
        Exhibit.objects.add_link(
            answer=answer_of(assessment, "1.1-1"), by=one, title="Beschluss", address="https://example.org/"
        )
        write(assessment, "officer", comment=one.name)
    client = sign_in("officer")

    # session, person, answer, comments, mentions, evidence, members, versions counted, versions
    with django_assert_num_queries(9):
        response = client.get(path(assessment))

    assert len(response.context["comments"]) == len(response.context["exhibits"]) == count
    assert len(response.context["versions"].object_list) == min(count, 10)


@pytest.mark.parametrize("page", ["1", "2", "99", "x", "-1", "\x00"])
def test_whatever_page_of_the_history_is_asked_for_there_is_one(page, assess, write, sign_in):
    assessment = assess()
    for number in range(12):
        write(assessment, "officer", comment=f"Stand {number}")

    response = sign_in("officer").get(path(assessment), {"seite": page})

    shown = [version.number for version in response.context["versions"].object_list]
    assert shown == ([2, 1] if page in {"2", "99", "-1"} else list(range(12, 2, -1)))


class TestPresence:
    """Who else has the same questions open."""

    def ask(self, client: Client, assessment: Assessment, clause: str = "1.1") -> Any:
        response = client.post(f"/einschaetzungen/{assessment.pk}/fragen/{clause}/anwesend/")
        return response.json()["others"]

    def test_who_is_here_learns_who_else_is(self, assess, sign_in):
        assessment, other = assess(), assess(year=2025)

        assert self.ask(sign_in("officer"), assessment) == []
        assert self.ask(sign_in("contributor"), assessment) == ["Officer Musterstadt"]
        assert self.ask(sign_in("reviewer"), assessment) == ["Contributor Musterstadt", "Officer Musterstadt"]
        assert self.ask(sign_in("officer"), assessment) == [
            "Contributor Musterstadt",
            "Reviewer Musterstadt",
        ]
        assert self.ask(sign_in("officer"), assessment, "1.2") == []
        assert self.ask(sign_in("reviewer"), other) == []

    def test_who_has_gone_is_soon_forgotten(self, assess, sign_in, person):
        assessment = assess()
        self.ask(sign_in("officer"), assessment)
        Presence.objects.update(seen_at=timezone.now() - timedelta(seconds=61))
        assert self.ask(sign_in("contributor"), assessment) == []
        Presence.objects.filter(person=person("officer")).update(
            seen_at=timezone.now() - timedelta(minutes=6)
        )

        self.ask(sign_in("contributor"), assessment)

        assert [row.person for row in Presence.objects.all()] == [person("contributor")]

    def test_nothing_is_noted_of_what_is_final(self, assess, sign_in):
        assert self.ask(sign_in("officer"), assess(levels=2, final=True)) == []
        assert not Presence.objects.exists()

    def test_being_here_takes_six_queries(self, assess, sign_in, django_assert_num_queries):
        assessment = assess()
        client = sign_in("officer")
        self.ask(sign_in("reviewer"), assessment)

        # session, person, target; noting, forgetting, the others
        with django_assert_num_queries(6):
            self.ask(client, assessment)


def test_the_question_page_counts_what_was_said_and_leads_there(assess, sign_in, discuss):
    assessment = assess(form="full", levels={"1.1-1": 2})
    discuss(assessment)
    discuss(assessment)
    Comment.objects.last().withdraw()

    page = " ".join(texts(sign_in("reviewer").get(f"/einschaetzungen/{assessment.pk}/fragen/1.1/")).split())

    assert '1 Kommentar · 6 Belege · Verlauf<span class="kern-sr-only"> zu 1.1-1</span></a>' in page
    assert "data-charta-changed>Zuletzt geändert von <span>Officer Musterstadt</span> am <span>" in page
    assert page.count("data-charta-changed hidden>") == page.count("data-charta-changed") - 1
    assert 'href="../../antworten/1.1-2/">Kommentare · Belege · Verlauf' in page


def test_a_mention_stands_among_the_tasks_of_who_is_asked(assess, sign_in, discuss):
    assessment = assess(title="Einschätzung 2026")
    discuss(assessment)

    page = texts(sign_in("officer").get("/einschaetzungen/"))

    assert f"{path(assessment)}#kommentar-{Comment.objects.get().pk}" in page
    assert "Officer Musterstadt fragt Sie" in page
