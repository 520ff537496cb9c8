"""The work of editors: rules of an edition's state, two at once, history and restoring, queries, rights."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import TYPE_CHECKING, Any

import pytest
from django.contrib.auth.models import Group, Permission
from django.contrib.contenttypes.models import ContentType
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

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
from guidelines.publishing import publish, withdraw
from guidelines.transfer import write

if TYPE_CHECKING:
    from assessments.models import Municipality

pytestmark = pytest.mark.django_db
MOST_QUERIES = 25


def change(part: Any) -> str:
    return reverse(f"admin:guidelines_{part._meta.model_name}_change", args=[part.pk])


def history(part: Any) -> str:
    return reverse(f"admin:guidelines_{part._meta.model_name}_history", args=[part.pk])


def of_edition(name: str, edition: Edition) -> str:
    return reverse(f"admin:guidelines_edition_{name}", args=[edition.pk])


def criterion(edition: Edition, code: str = "1.1-1") -> Criterion:
    return Criterion.objects.get(clause__edition=edition, code=code)


def parts_of(edition: Edition) -> list[Any]:
    """One part of each kind, those with the most rows below them."""
    first = criterion(edition)
    return [
        edition,
        edition.guidelines.get(code="1"),
        edition.clauses.get(code="j"),
        Paragraph.objects.get(clause__edition=edition, clause__code="d", number=2),
        Advice.objects.filter(paragraph__clause__edition=edition).first(),
        first,
        CriterionLink.objects.filter(criterion__clause__edition=edition).first(),
        edition.ideals.first(),
        edition.stakeholders.first(),
    ]


def mended(form: dict[str, Any], field: str, before: str, after: str) -> dict[str, Any]:
    return form | {field: form[field].replace(before, after)}


# Rights ------------------------------------------------------------------------------------------------------


def test_migrate_makes_the_group_of_editors_with_rights_on_the_content_alone() -> None:
    rights = Group.objects.get(name="Redaktion").permissions.values_list(
        "content_type__app_label", "content_type__model", "codename"
    )

    models = (Edition, Stakeholder, Ideal, Guideline, Clause, Paragraph, Advice, Criterion, CriterionLink)
    assert set(rights) == {
        ("guidelines", model._meta.model_name, f"{action}_{model._meta.model_name}")
        for model in models
        for action in ("add", "change", "delete", "view")
    }


def test_an_editor_sees_nothing_of_municipalities_in_the_admin(editor: Client, town: Municipality) -> None:
    apps = {app["app_label"] for app in editor.get("/redaktion/").context["app_list"]}

    assert apps == {"guidelines"}


def test_the_desk_lists_the_content_in_the_order_of_the_work(editor: Client) -> None:
    (content,) = editor.get("/redaktion/").context["app_list"]

    assert [row["object_name"] for row in content["models"]] == [
        "Edition",
        "Guideline",
        "Clause",
        "Paragraph",
        "Advice",
        "Criterion",
        "CriterionLink",
        "Ideal",
        "Stakeholder",
    ]


def test_who_may_see_everything_finds_the_content_before_people_and_towns(
    person: Callable[..., Any], sign_in: Callable[..., Client]
) -> None:
    editor = person("editor")
    editor.is_superuser = True
    editor.save()

    apps = [app["app_label"] for app in sign_in("editor").get("/redaktion/").context["app_list"]]

    assert apps[0] == "guidelines"
    assert set(apps) > {"guidelines", "assessments", "charta_app"}


def test_who_only_reads_can_neither_change_nor_publish(
    draft: Edition, person: Callable[..., Any], sign_in: Callable[..., Client]
) -> None:
    reader = person("editor")
    reader.user_permissions.set(
        Permission.objects.filter(content_type__app_label="guidelines", codename__startswith="view_")
    )
    client = sign_in("editor")

    assert client.get(change(draft)).status_code == 200
    assert client.get(of_edition("export", draft)).status_code == 200
    assert client.post(change(draft), {}).status_code == 403
    for name in ("publish", "withdraw", "copy", "discard", "removed"):
        assert client.get(of_edition(name, draft)).status_code == 403
        assert client.post(of_edition(name, draft)).status_code == 403
    assert client.post(reverse("admin:guidelines_edition_import")).status_code == 403
    assert client.post(history(criterion(draft)), {"version": 1}).status_code == 403


# Queries -----------------------------------------------------------------------------------------------------


def test_no_page_of_the_admin_takes_more_than_25_queries(
    edition: Edition, draft: Edition, editor: Client
) -> None:
    addresses = ["/redaktion/", reverse("admin:guidelines_edition_import")]
    for each in (edition, draft):
        addresses += [
            of_edition(n, each) for n in ("publish", "withdraw", "copy", "discard", "removed", "export")
        ]
        addresses.append(of_edition("search", each) + "?q=Daten")
        addresses += [address(part) for part in parts_of(each) for address in (change, history)]
    for model in {type(part) for part in parts_of(draft)}:
        name = model._meta.model_name
        listing = reverse(f"admin:guidelines_{name}_changelist")
        addresses += [listing, f"{listing}?q=Daten", reverse(f"admin:guidelines_{name}_add")]
    addresses += [
        reverse(f"admin:guidelines_{part._meta.model_name}_delete", args=[part.pk])
        for part in parts_of(draft)
        if part != draft
    ]

    for address in addresses:
        with CaptureQueriesContext(connection) as queries:
            response = editor.get(address)
        assert response.status_code == 200, address
        assert len(queries) <= MOST_QUERIES, address


@pytest.mark.parametrize("count", [1, 12])
def test_rows_on_a_page_cost_no_queries(
    count: int, draft: Edition, editor: Client, django_assert_num_queries: Callable[..., Any]
) -> None:
    paragraph = Paragraph.objects.get(clause__edition=draft, clause__code="h")
    paragraph.advice.all().delete()
    for n in range(1, count + 1):
        Advice.objects.create(paragraph=paragraph, position=n, text="Rat").stakeholders.set(
            draft.stakeholders.all()
        )

    # session, person, paragraph, rights of the person, rights of the group; stakeholders to choose from, advice,
    # its stakeholders; order of the paragraphs, the neighbours, type of content, clauses to choose from
    ContentType.objects.clear_cache()
    with django_assert_num_queries(12):
        editor.get(change(paragraph))


# States ------------------------------------------------------------------------------------------------------


def test_a_draft_changes_freely_and_the_history_says_who_and_why(
    draft: Edition, editor: Client, form_of: Callable[[str], dict[str, Any]], person: Callable[..., Any]
) -> None:
    part = criterion(draft)
    form = form_of(change(part)) | {"question": "Ist das neu?", "binding": "may", "note": "klarer gefragt"}

    response = editor.post(change(part), form)

    assert response.status_code == 302
    part.refresh_from_db()
    assert (part.question, part.binding) == ("Ist das neu?", "may")
    newest, first = part.history.all()
    assert (newest.history_user, newest.history_change_reason) == (person("editor"), "klarer gefragt")
    assert (first.history_user, first.history_change_reason) == (None, "Stand vor der ersten Änderung")


def test_saving_without_a_change_leaves_no_trace(
    draft: Edition, editor: Client, form_of: Callable[[str], dict[str, Any]]
) -> None:
    part = criterion(draft)

    editor.post(change(part), form_of(change(part)))

    assert not part.history.exists()


def test_in_a_published_edition_a_typing_error_is_mended_with_a_note(
    edition: Edition, editor: Client, form_of: Callable[[str], dict[str, Any]]
) -> None:
    part = criterion(edition)
    Criterion.objects.filter(pk=part.pk).update(level_1=part.level_1.replace("beschlossen", "beschlosen"))
    form = mended(form_of(change(part)), "level_1", "beschlosen", "beschlossen")

    refused = editor.post(change(part), form)
    mending = editor.post(change(part), form | {"note": "Tippfehler"})

    assert refused.context["adminform"].form.errors == {"note": ["Sagen Sie kurz, was Sie behoben haben."]}
    assert mending.status_code == 302
    assert criterion(edition).level_1 == part.level_1
    assert criterion(edition).history.first().history_change_reason == "Tippfehler"


def test_in_a_published_edition_no_meaning_changes(
    edition: Edition, editor: Client, form_of: Callable[[str], dict[str, Any]]
) -> None:
    part = criterion(edition)
    form = form_of(change(part)) | {"level_2": "Der Plan hängt im Flur.", "note": "schöner"}

    response = editor.post(change(part), form)

    assert list(response.context["adminform"].form.errors) == ["level_2"]
    assert criterion(edition).level_2 == part.level_2


def test_in_a_published_edition_no_word_becomes_another_that_the_edition_knows(
    edition: Edition, editor: Client, form_of: Callable[[str], dict[str, Any]]
) -> None:
    part = criterion(edition, "1.2-1")
    form = mended(form_of(change(part)), "level_3", "beschlossen", "geschlossen") | {"note": "Tippfehler"}

    response = editor.post(change(part), form)

    assert list(response.context["adminform"].form.errors) == ["level_3"]
    assert criterion(edition, "1.2-1").level_3 == part.level_3


def test_in_a_published_edition_structure_and_binding_are_not_even_sent(
    edition: Edition, editor: Client, form_of: Callable[[str], dict[str, Any]]
) -> None:
    part = criterion(edition)
    other = edition.clauses.get(code="1.2")
    form = form_of(change(part))
    assert not {"binding", "clause", "code", "position", "is_key", "place", "ideals", "also_covers"} & set(
        form
    )

    editor.post(
        change(part), form | {"binding": "may", "clause": other.pk, "code": "x", "is_key": "", "note": "n"}
    )

    after = criterion(edition)
    assert (after.binding, after.clause_id, after.is_key) == (part.binding, part.clause_id, part.is_key)


def test_nothing_is_added_to_or_deleted_from_a_published_edition(
    edition: Edition, editor: Client, form_of: Callable[[str], dict[str, Any]]
) -> None:
    clause = edition.clauses.get(code="1.1")
    add = reverse("admin:guidelines_paragraph_add")
    forged = {
        "clause": clause.pk,
        "number": 9,
        "gist": "Neu",
        "advice-TOTAL_FORMS": 0,
        "advice-INITIAL_FORMS": 0,
    }

    response = editor.post(add, forged)
    deletion = editor.post(
        reverse("admin:guidelines_criterion_delete", args=[criterion(edition).pk]), {"post": "yes"}
    )
    inline = form_of(change(clause)) | {
        "paragraphs-TOTAL_FORMS": 3,
        "paragraphs-2-number": 3,
        "paragraphs-2-gist": "x",
    }
    editor.post(change(clause), inline)

    assert "clause" in response.context["adminform"].form.errors
    assert deletion.status_code == 403
    assert clause.paragraphs.count() == 2


def test_the_only_published_edition_is_not_withdrawn(
    edition: Edition, draft: Edition, editor: Client
) -> None:
    page = editor.get(of_edition("withdraw", edition)).content.decode()
    refused = editor.post(of_edition("withdraw", edition), follow=True).content.decode()

    assert "als einzige veröffentlicht" in page
    assert '<form method="post">' not in page
    assert "Veröffentlichen Sie zuerst eine andere." in refused
    assert Edition.objects.current() == edition
    publish(draft)
    editor.post(of_edition("withdraw", edition))
    assert Edition.objects.current() == draft


def test_a_withdrawn_edition_is_only_read(edition: Edition, draft: Edition, editor: Client) -> None:
    publish(draft)
    withdraw(edition)
    part = criterion(edition)

    assert editor.get(change(part)).status_code == 200
    assert editor.post(change(part), {"question": "?"}).status_code == 403
    assert editor.post(change(edition), {"title": "?"}).status_code == 403


def test_faults_are_named_with_a_link_to_their_place(draft: Edition, editor: Client) -> None:
    part = criterion(draft)
    Criterion.objects.filter(pk=part.pk).update(level_3="")

    page = editor.get(of_edition("publish", draft)).content.decode()
    refused = editor.post(of_edition("publish", draft))

    assert f'<a href="{change(part)}">Abschnitt 1.1, Prüffrage 1.1-1</a>: „Stufe 3' in page
    assert len(refused.context["faults"]) == 1
    assert Edition.objects.get(pk=draft.pk).state == "draft"


def test_publish_withdraw_copy_and_discard(draft: Edition, editor: Client) -> None:
    editor.post(of_edition("publish", draft))
    assert Edition.objects.get(pk=draft.pk).state == "published"

    editor.post(of_edition("withdraw", draft))
    assert Edition.objects.get(pk=draft.pk).state == "withdrawn"

    editor.post(of_edition("copy", draft), {"code": "2028"})
    copied = Edition.objects.get(code="2028")
    assert (copied.state, copied.clauses.count()) == ("draft", 24)

    editor.post(of_edition("discard", copied))
    assert not Edition.objects.filter(code="2028").exists()


def test_a_get_changes_nothing(edition: Edition, draft: Edition, editor: Client) -> None:
    for name in ("publish", "withdraw", "copy", "discard"):
        editor.get(of_edition(name, draft))
        editor.get(of_edition(name, edition))

    assert list(Edition.objects.order_by("code").values_list("code", "state")) == [
        ("2021", "published"),
        ("2027", "draft"),
    ]


def test_steps_out_of_order_are_refused_with_a_message(
    edition: Edition, draft: Edition, editor: Client
) -> None:
    publish(draft)

    for name, each in (("publish", draft), ("discard", edition)):
        response = editor.post(of_edition(name, each), follow=True)
        assert "Nur ein Entwurf" in response.content.decode()
    assert "gibt es schon" in editor.post(of_edition("copy", edition), {"code": "2027"}).content.decode()


def test_a_draft_that_something_rests_on_stays(
    draft: Edition, editor: Client, assess: Callable[..., Any], town: Municipality, person: Callable[..., Any]
) -> None:
    from assessments.models import Assessment

    Assessment.objects.start(
        municipality=town,
        edition=draft,
        by=person("officer"),
        reference_date=date(2027, 6, 30),
        form="short",
        title="Probe",
    )

    response = editor.post(of_edition("discard", draft), follow=True)

    assert "Auf diesem Entwurf beruht schon etwas" in response.content.decode()
    assert draft.clauses.count() == 24


def test_what_holds_a_part_is_named_if_it_is_content_and_else_counted(
    draft: Edition, editor: Client, town: Municipality, person: Callable[..., Any]
) -> None:
    from assessments.models import Assessment

    Assessment.objects.start(
        municipality=town,
        edition=draft,
        by=person("officer"),
        reference_date=date(2027, 6, 30),
        form="full",
        title="Geheim",
    )
    link = CriterionLink.objects.filter(criterion__clause__edition=draft).first()
    part = link.criterion

    response = editor.get(reverse("admin:guidelines_criterion_delete", args=[part.pk]))

    held = [str(each) for each in response.context["protected"]]
    assert f'<a href="{change(link)}">Verbindung {link}</a>' in held
    assert "Antwort: 1" in held
    assert "Geheim" not in response.content.decode()
    assert not any("Musterstadt" in each for each in held)


# Two editors ---------------------------------------------------------------------------------------------------


def test_the_second_of_two_editors_sees_both_versions_and_overwrites_nothing(
    draft: Edition, editor: Client, form_of: Callable[[str], dict[str, Any]]
) -> None:
    part = criterion(draft)
    first, second = form_of(change(part)), form_of(change(part))
    editor.post(change(part), first | {"question": "Fassung der ersten?"})

    response = editor.post(change(part), second | {"question": "Fassung der zweiten?"})

    assert response.status_code == 200
    page = response.content.decode()
    assert "Jemand anderes hat dies inzwischen geändert" in page
    [difference] = response.context["conflicts"]
    assert "".join(piece.text for piece in difference.before) == "Fassung der ersten?"
    assert "".join(piece.text for piece in difference.after) == "Fassung der zweiten?"
    assert criterion(draft).question == "Fassung der ersten?"

    seen = response.context["adminform"].form.data
    editor.post(change(part), seen)
    assert criterion(draft).question == "Fassung der zweiten?"


def test_a_changed_link_is_a_conflict_too(
    draft: Edition, editor: Client, form_of: Callable[[str], dict[str, Any]]
) -> None:
    part = criterion(draft)
    form = form_of(change(part))
    part.ideals.set(draft.ideals.filter(code="safe"))

    response = editor.post(change(part), form | {"question": "Neu?"})

    assert "Jemand anderes" in response.content.decode()
    assert [ideal.code for ideal in criterion(draft).ideals.all()] == ["safe"]


def test_rows_inside_a_page_are_guarded_as_well(
    draft: Edition, editor: Client, form_of: Callable[[str], dict[str, Any]]
) -> None:
    clause = draft.clauses.get(code="1.1")
    first, second = form_of(change(clause)), form_of(change(clause))
    editor.post(change(clause), first | {"paragraphs-0-gist": "Fassung der ersten."})

    response = editor.post(change(clause), second | {"paragraphs-0-gist": "Fassung der zweiten."})

    assert response.status_code == 200
    assert clause.paragraphs.get(number=1).gist == "Fassung der ersten."
    assert "Fassung der" in response.content.decode()


def test_a_part_that_is_gone_is_not_resurrected(
    draft: Edition, editor: Client, form_of: Callable[[str], dict[str, Any]]
) -> None:
    paragraph = Paragraph.objects.create(clause=draft.clauses.get(code="h"), number=2, gist="Kurz da.")
    form = form_of(change(paragraph))
    address = change(paragraph)
    paragraph.delete()

    editor.post(address, form | {"gist": "Wieder da."})

    assert not Paragraph.objects.filter(clause__edition=draft, clause__code="h", number=2).exists()


# History -------------------------------------------------------------------------------------------------------


def test_an_earlier_version_comes_back_with_its_links(
    draft: Edition, editor: Client, form_of: Callable[[str], dict[str, Any]]
) -> None:
    part = criterion(draft)
    ideals = set(part.ideals.values_list("code", flat=True))
    form = form_of(change(part))
    editor.post(change(part), form | {"question": "Neu?", "ideals": [draft.ideals.get(code="safe").pk]})
    oldest = part.history.last()

    response = editor.post(history(part), {"version": oldest.history_id}, follow=True)

    assert "wiederhergestellt" in response.content.decode()
    after = criterion(draft)
    assert after.question == part.question
    assert set(after.ideals.values_list("code", flat=True)) == ideals


def test_what_was_stored_past_the_history_is_kept_before_it_changes(
    edition: Edition, editor: Client, form_of: Callable[[str], dict[str, Any]]
) -> None:
    part = criterion(edition)
    part.save()
    Criterion.objects.filter(pk=part.pk).update(level_1=part.level_1.replace("beschlossen", "beschlosen"))
    form = mended(form_of(change(part)), "level_1", "beschlosen", "beschlossen")

    editor.post(change(part), form | {"note": "Tippfehler"})

    newest, before, *_older = editor.get(history(part)).context["versions"]
    assert [difference.field for difference in newest.changes] == ["Stufe 1 – geplant"]
    assert before.note == "Stand vor der nächsten Änderung"
    assert [difference.field for difference in before.since] == ["Stufe 1 – geplant"]


def test_the_history_shows_who_changed_what(
    draft: Edition, editor: Client, form_of: Callable[[str], dict[str, Any]]
) -> None:
    part = criterion(draft)
    editor.post(change(part), form_of(change(part)) | {"short_title": "Anderer Name", "note": "kürzer"})

    newest, first = editor.get(history(part)).context["versions"]

    assert (newest.who, newest.note) == ("Editor Musterstadt", "kürzer")
    assert [difference.field for difference in newest.changes] == ["Kurztitel"]
    assert first.note == "Stand vor der ersten Änderung"
    assert [difference.field for difference in first.since] == ["Kurztitel"]


def test_a_published_edition_does_not_go_back_to_another_meaning(
    draft: Edition, editor: Client, form_of: Callable[[str], dict[str, Any]]
) -> None:
    part = criterion(draft)
    editor.post(change(part), form_of(change(part)) | {"level_2": "Etwas ganz anderes ist beschlossen."})
    publish(draft)
    oldest = part.history.last()

    response = editor.post(history(part), {"version": oldest.history_id}, follow=True)

    assert "mehr als Schreibfehlern" in response.content.decode()
    assert criterion(draft).level_2 == "Etwas ganz anderes ist beschlossen."


@pytest.mark.parametrize("number", ["", "x", "²", "999999", "9" * 40])
def test_a_version_that_is_not_there_is_not_found(number: str, draft: Edition, editor: Client) -> None:
    assert editor.post(history(criterion(draft)), {"version": number}).status_code == 404


# Deleting ------------------------------------------------------------------------------------------------------


def remove(part: Any, editor: Client) -> None:
    editor.post(reverse(f"admin:guidelines_{part._meta.model_name}_delete", args=[part.pk]), {"post": "yes"})


def test_what_was_deleted_comes_back_as_it_was(
    draft: Edition, editor: Client, person: Callable[..., Any]
) -> None:
    part = criterion(draft, "3.2-5")
    CriterionLink.objects.filter(criterion__clause__edition=draft).delete()
    CriterionLink.history.all().delete()
    before = write(draft)
    remove(part, editor)

    [gone] = editor.get(of_edition("removed", draft)).context["removed"]
    assert (gone.place, gone.who) == ("Abschnitt 3.2, Prüffrage 3.2-5", str(person("editor")))
    editor.post(of_edition("removed", draft), {"model": "criterion", "version": gone.number})

    assert write(draft) == before
    assert editor.get(of_edition("removed", draft)).context["removed"] == []


def test_what_was_deleted_stays_away_from_a_taken_place(draft: Edition, editor: Client) -> None:
    paragraph = Paragraph.objects.create(clause=draft.clauses.get(code="h"), number=2, gist="Kurz da.")
    remove(paragraph, editor)
    [gone] = editor.get(of_edition("removed", draft)).context["removed"]
    Paragraph.objects.create(clause=paragraph.clause, number=2, gist="An seiner Stelle.")

    response = editor.post(
        of_edition("removed", draft), {"model": "paragraph", "version": gone.number}, follow=True
    )

    assert "Diesen Absatz gibt es im Abschnitt schon." in response.content.decode()
    assert draft.clauses.get(code="h").paragraphs.get(number=2).gist == "An seiner Stelle."


def test_nothing_comes_back_into_a_published_edition_or_another(
    edition: Edition, draft: Edition, editor: Client
) -> None:
    paragraph = Paragraph.objects.create(clause=draft.clauses.get(code="h"), number=2, gist="Kurz da.")
    remove(paragraph, editor)
    [gone] = editor.get(of_edition("removed", draft)).context["removed"]
    sent = {"model": "paragraph", "version": gone.number}
    publish(draft)

    refused = editor.post(of_edition("removed", draft), sent, follow=True)

    assert "Nur in einen Entwurf" in refused.content.decode()
    assert editor.post(of_edition("removed", edition), sent).status_code == 404
    assert not Paragraph.objects.filter(pk=paragraph.pk).exists()


# Finding and carrying --------------------------------------------------------------------------------------------


def test_the_edition_page_leads_everywhere(draft: Edition, editor: Client) -> None:
    page = editor.get(change(draft)).content.decode()

    for clause in draft.clauses.all():
        assert change(clause) in page
    for each in Criterion.objects.filter(clause__edition=draft):
        assert change(each) in page


def test_the_search_finds_words_in_any_case_in_all_texts(draft: Edition, editor: Client) -> None:
    part = criterion(draft, "4.1-2")
    Criterion.objects.filter(pk=part.pk).update(step_3="Fragen Sie nach der ÜBERRASCHENDEN Zahl.")

    hits = editor.get(of_edition("search", draft) + "?q=überraschenden zahl").context["hits"]

    assert [(hit["place"], str(hit["field"])) for hit in hits] == [
        ("Abschnitt 4.1, Prüffrage 4.1-2", "Schritt zur Stufe 3")
    ]


def test_an_edition_is_handed_out_and_read_in(edition: Edition, editor: Client) -> None:
    response = editor.get(of_edition("export", edition))
    assert response.content.decode() == write(edition)
    assert response["Content-Disposition"] == 'attachment; filename="charta-2021.yaml"'
    file = SimpleUploadedFile("a.yaml", response.content.replace(b"'2021'", b"'2027'"))

    editor.post(reverse("admin:guidelines_edition_import"), {"file": file})

    read = Edition.objects.get(code="2027")
    assert (read.clauses.count(), read.state) == (24, "published")


def test_a_file_can_be_read_as_a_draft(edition: Edition, editor: Client) -> None:
    file = SimpleUploadedFile("a.yaml", write(edition).replace("'2021'", "'2027'").encode())

    editor.post(reverse("admin:guidelines_edition_import"), {"file": file, "as_draft": "on"})

    assert Edition.objects.get(code="2027").state == "draft"


def test_a_faulty_file_is_refused_with_every_fault_on_the_page(edition: Edition, editor: Client) -> None:
    text = write(edition).replace("'2021'", "'2027'").replace("binding: must", "binding: moos", 2)

    response = editor.post(
        reverse("admin:guidelines_edition_import"), {"file": SimpleUploadedFile("a.yaml", text.encode())}
    )

    assert len(response.context["faults"]) == 2
    assert not Edition.objects.filter(code="2027").exists()


def test_a_new_criterion_is_offered_the_places_of_its_clause(draft: Edition, editor: Client) -> None:
    clause = draft.clauses.get(code="2.2")

    form = (
        editor.get(reverse("admin:guidelines_criterion_add") + f"?clause={clause.pk}")
        .context["adminform"]
        .form
    )

    assert [str(place) for place in form.fields["place"].queryset] == [f"2.2, Absatz {n}" for n in (1, 2, 3)]
    assert {clause.edition for clause in form.fields["clause"].queryset} == {draft}


@pytest.mark.parametrize("clause", ["", "x", "²", "-1", "999999", "9" * 40, "\x00"])
def test_a_question_can_be_begun_whatever_clause_the_address_names(
    clause: str, draft: Edition, editor: Client
) -> None:
    page = editor.get(reverse("admin:guidelines_criterion_add"), {"clause": clause})

    assert page.status_code == 200
