"""The preview of a question page for editors: what officers will see, and nothing to save."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import Group

from guidelines.models import Criterion, Edition


@pytest.fixture
def editor(sign_in, person):
    """A client of somebody who edits the content and belongs to no municipality."""
    person("editor").groups.add(Group.objects.get(name="Redaktion"))
    return sign_in("editor")


@pytest.mark.parametrize(("form", "asked"), [("short", 1), ("full", 4)])
def test_an_editor_sees_the_questions_of_each_form(form, asked, editor, edition):
    page = editor.get(f"/vorschau/2021/1.1/{form}/").content.decode()

    assert page.count("data-charta-levels") == asked
    assert Criterion.objects.get(code="1.1-1").level_2 in page
    assert "Hier wird nichts gespeichert" in page


def test_nothing_can_be_saved(editor, edition):
    page = editor.get("/vorschau/2021/1.1/short/").content.decode()

    assert "Speichern" not in page
    assert editor.post("/vorschau/2021/1.1/short/").status_code == 405


def test_a_draft_can_be_previewed(editor, edition):
    Edition.objects.update(state=Edition.State.DRAFT)

    assert editor.get("/vorschau/2021/a/full/").status_code == 200


def test_the_desk_links_to_it(editor, edition):
    criterion = Criterion.objects.get(code="1.1-1")

    page = editor.get(f"/redaktion/guidelines/criterion/{criterion.pk}/change/").content.decode()

    assert "/vorschau/2021/1.1/short/" in page
    assert "/vorschau/2021/1.1/full/" in page


def test_a_preview_takes_few_queries(editor, edition, django_assert_num_queries):
    # session, person, permissions of person and of group, clause, criteria
    with django_assert_num_queries(6):
        editor.get("/vorschau/2021/1.1/full/")
