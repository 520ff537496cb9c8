"""An editor's days at the desk: mending, a new edition, publishing, comparing, restoring, and what goes wrong."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from django.contrib.auth.models import Group
from playwright.sync_api import expect

from guidelines.models import Criterion, Edition
from guidelines.publishing import copy, publish
from guidelines.transfer import write

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from playwright.sync_api import Page

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def desk(
    edition: Edition, open_page: Callable[..., Page], person: Callable[..., Any], live_server: Any
) -> Callable[..., Page]:
    """`desk("guidelines/edition/")`: this page of the admin in an editor's own browser (`at=`: another editor's)."""

    def sit_down(path: str = "", at: Any = None) -> Page:
        person("editor", at).groups.add(Group.objects.get(name="Redaktion"))
        page = open_page("editor", at)
        page.goto(f"{live_server.url}/redaktion/{path}")
        return page

    return sit_down


def criterion(edition: Edition, code: str = "1.1-1") -> Criterion:
    return Criterion.objects.get(clause__edition=edition, code=code)


def place(part: Any, step: str = "change") -> str:
    return f"guidelines/{part._meta.model_name}/{part.pk}/{step}/"


def save(page: Page) -> None:
    page.get_by_role("button", name="Speichern", exact=True).first.click()


def told(page: Page, text: str) -> None:
    """The admin's message after a step."""
    expect(page.locator(".messagelist")).to_contain_text(text)


def follow(page: Page, name: str, exact: bool = True) -> None:
    page.get_by_role("main").get_by_role("link", name=name, exact=exact).first.click()


def test_from_a_typing_error_to_a_new_edition_and_back(
    desk: Callable[..., Page], edition: Edition, audit: Callable[[Page], None]
) -> None:
    part = criterion(edition)
    right, wrong = part.level_1, part.level_1.replace("beschlossen", "beschlosen")
    Criterion.objects.filter(pk=part.pk).update(level_1=wrong)

    # Mend a typing error: from the edition to the criterion in three clicks
    page = desk()
    follow(page, "Ausgaben")
    follow(page, "2021")
    follow(page, "1.1-1 ", exact=False)
    page.get_by_label("Stufe 1 – geplant:").fill(right)
    save(page)
    expect(page.get_by_text("Sagen Sie kurz, was Sie behoben haben.")).to_be_visible()
    page.get_by_label("Anmerkung zur Änderung:").fill("Tippfehler")
    save(page)
    told(page, "erfolgreich geändert")
    assert criterion(edition).level_1 == right

    # A change of meaning is refused, and the way to it shown
    page.goto(page.url.partition("/redaktion/")[0] + f"/redaktion/{place(part)}")
    page.get_by_label("Frage:", exact=True).fill("Ist alles gut?")
    page.get_by_label("Stufe 2 – teilweise umgesetzt:").fill("Alles ist gut.")
    page.get_by_label("Anmerkung zur Änderung:").fill("schöner")
    save(page)
    refusals = page.get_by_text("Hier lassen sich nur Schreibfehler beheben.")
    expect(refusals).to_have_count(2)
    level = page.get_by_label("Stufe 2 – teilweise umgesetzt:")
    assert refusals.last.bounding_box()["width"] >= level.bounding_box()["width"]  # not a letter a line
    audit(page)
    follow(page, "legen Sie eine neue Ausgabe aus dieser an")
    audit(page)
    page.get_by_label("Kürzel der neuen Ausgabe").fill("2027")
    page.get_by_role("button", name="Anlegen").click()
    told(page, "Die Ausgabe 2027 ist als Entwurf angelegt.")
    audit(page)

    # In the draft the change is free; one fault slips in
    follow(page, "1.1-1 ", exact=False)
    page.get_by_label("Frage:", exact=True).fill("Ist alles gut?")
    page.get_by_label("Verbindlichkeit:", exact=True).select_option("may")
    page.get_by_label("Schlüsselfrage").uncheck()
    save(page)
    told(page, "erfolgreich geändert")
    expect(page.get_by_role("heading", name="Abschnitt ändern")).to_be_visible()
    page.locator(".breadcrumbs").get_by_role("link", name="Smart City Charta 2027").click()
    follow(page, "Prüfen und veröffentlichen")
    expect(page.get_by_text("Die Ausgabe 2027 hat 1 Fehler.")).to_be_visible()
    expect(page.get_by_role("listitem").filter(has_text="Es gibt keine Schlüsselfrage.")).to_be_visible()
    expect(page.get_by_role("button", name="veröffentlichen")).to_have_count(0)
    audit(page)

    # The fault leads to its place; without it the edition goes out
    follow(page, "Abschnitt 1.1")
    follow(page, "1.1-1 ", exact=False)
    page.get_by_label("Schlüsselfrage").check()
    save(page)
    told(page, "erfolgreich geändert")
    page.locator(".breadcrumbs").get_by_role("link", name="Smart City Charta 2027").click()
    follow(page, "Prüfen und veröffentlichen")
    expect(page.get_by_role("button", name="Ausgabe 2027 veröffentlichen")).to_be_visible()
    audit(page)
    page.get_by_role("button", name="Ausgabe 2027 veröffentlichen").click()
    told(page, "Die Ausgabe 2027 ist veröffentlicht.")
    assert Edition.objects.get(code="2027").state == Edition.State.PUBLISHED

    # Both editions side by side, on paper too
    follow(page, "Vergleichen mit 2021")
    expect(
        page.get_by_text("2 Unterschiede: 1 × Verbindlichkeit geändert, 1 × Wortlaut geändert.")
    ).to_be_visible()
    expect(page.get_by_role("heading", name="Wortlaut geändert: Frage")).to_be_visible()
    binding = page.get_by_role("heading", name="Verbindlichkeit geändert").locator("xpath=..")
    expect(binding.locator("del").first).to_be_visible()
    expect(binding.locator("ins").first).to_be_visible()
    audit(page)
    page.emulate_media(media="print")
    expect(page.get_by_role("heading", name="Wortlaut geändert: Frage")).to_be_visible()
    expect(page.get_by_role("navigation").first).to_be_hidden()
    page.emulate_media(media="screen")

    # The history of the first edition says who; the version before comes back
    page.goto(page.url.partition("/charta/")[0] + f"/redaktion/{place(part, 'history')}")
    expect(page.get_by_text("Editor Musterstadt")).to_have_count(2)  # signed in, and author of the change
    expect(page.get_by_text("Tippfehler")).to_be_visible()
    audit(page)
    page.get_by_role("button", name="Diese Fassung wiederherstellen").click()
    told(page, "Die frühere Fassung ist wiederhergestellt.")
    assert criterion(edition).level_1 == wrong


def test_the_second_of_two_editors_sees_both_versions(
    desk: Callable[..., Page], edition: Edition, other_town: Any, audit: Callable[[Page], None]
) -> None:
    draft = copy(edition, "2027")
    first = desk(place(criterion(draft)))
    second = desk(place(criterion(draft)), at=other_town)
    first.get_by_label("Frage:", exact=True).fill("Fassung der ersten?")
    save(first)
    told(first, "erfolgreich geändert")

    second.get_by_label("Frage:", exact=True).fill("Fassung der zweiten?")
    save(second)

    conflict = second.get_by_role("region", name="Beide Fassungen")
    expect(conflict).to_contain_text("von Editor Musterstadt")
    expect(conflict.get_by_role("row", name="Frage")).to_contain_text("Fassung der ersten?")
    expect(conflict.get_by_role("row", name="Frage")).to_contain_text("Fassung der zweiten?")
    assert criterion(draft).question == "Fassung der ersten?"
    audit(second)
    save(second)
    told(second, "erfolgreich geändert")
    assert criterion(draft).question == "Fassung der zweiten?"


def test_a_deleted_criterion_comes_back_with_its_links(
    desk: Callable[..., Page], edition: Edition, audit: Callable[[Page], None]
) -> None:
    draft = copy(edition, "2027")
    part = criterion(draft, "1.1-4")
    part.links.all().delete()
    part.links_here.all().delete()
    whole = write(draft)
    page = desk(place(part))

    follow(page, "Löschen")
    page.get_by_role("button", name="Ja, löschen").click()
    told(page, "erfolgreich gelöscht")
    assert not Criterion.objects.filter(pk=part.pk).exists()
    page.get_by_role("link", name="Gelöschtes lässt sich zurückholen.").click()
    expect(page.get_by_text("Abschnitt 1.1, Prüffrage 1.1-4", exact=True)).to_be_visible()
    audit(page)
    page.get_by_role("button", name="Zurückholen").click()

    told(page, "Zurückgeholt: Abschnitt 1.1, Prüffrage 1.1-4")
    assert write(draft) == whole


def test_a_file_goes_out_and_comes_in_and_a_faulty_one_is_refused_whole(
    desk: Callable[..., Page], edition: Edition, tmp_path: Path, audit: Callable[[Page], None]
) -> None:
    page = desk(place(edition))
    with page.expect_download() as download:
        follow(page, "Als Datei ausgeben")
    assert download.value.suggested_filename == "charta-2021.yaml"
    text = download.value.path().read_text(encoding="utf-8").replace("'2021'", "'2030'")
    good, faulty = tmp_path / "gut.yaml", tmp_path / "fehlerhaft.yaml"
    good.write_text(text, encoding="utf-8")
    faulty.write_text(text.replace("binding: must", "binding: moos", 2), encoding="utf-8")

    page.goto(page.url.partition("/redaktion/")[0] + "/redaktion/guidelines/edition/")
    follow(page, "Ausgabe einlesen")
    page.get_by_label("Datei einer Ausgabe").set_input_files(faulty)
    page.get_by_role("button", name="Einlesen").click()
    expect(page.get_by_text("Die Datei wurde nicht eingelesen.")).to_be_visible()
    expect(page.get_by_role("listitem").filter(has_text="„Verbindlichkeit“")).to_have_count(2)
    assert not Edition.objects.filter(code="2030").exists()
    audit(page)

    page.get_by_label("Datei einer Ausgabe").set_input_files(good)
    page.get_by_role("button", name="Einlesen").click()
    told(page, "Die Ausgabe 2030 ist eingelesen (Entwurf).")
    read = write(Edition.objects.get(code="2030"))
    assert read == text.replace("state: published", "state: draft")

    # The wrong file, after all: the draft goes again
    follow(page, "Entwurf verwerfen")
    audit(page)
    page.get_by_role("button", name="Entwurf 2030 verwerfen").click()
    told(page, "Der Entwurf 2030 ist verworfen.")
    assert not Edition.objects.filter(code="2030").exists()


def test_published_too_early_there_is_a_way_out(
    desk: Callable[..., Page], edition: Edition, audit: Callable[[Page], None]
) -> None:
    early = copy(edition, "2027")
    publish(early)
    page = desk(place(early))

    follow(page, "Zurückziehen")
    expect(page.get_by_text("Zu früh veröffentlicht?")).to_be_visible()
    audit(page)
    follow(page, "Legen Sie zuerst eine neue Ausgabe aus dieser an")
    page.get_by_label("Kürzel der neuen Ausgabe").fill("2027")
    page.get_by_role("button", name="Anlegen").click()
    expect(page.get_by_text("Dieses Kürzel gibt es schon.")).to_be_visible()
    page.get_by_label("Kürzel der neuen Ausgabe").fill("2027-2")
    page.get_by_role("button", name="Anlegen").click()
    told(page, "Die Ausgabe 2027-2 ist als Entwurf angelegt.")
    page.goto(page.url.partition("/redaktion/")[0] + f"/redaktion/{place(early, 'zurueckziehen')}")
    page.get_by_role("button", name="Ausgabe 2027 zurückziehen").click()
    told(page, "Die Ausgabe 2027 ist zurückgezogen.")

    expect(page.get_by_text("lässt sich nur noch lesen")).to_be_visible()
    expect(page.get_by_role("button", name="Speichern")).to_have_count(0)


def test_words_are_found_in_all_texts_without_a_mouse(
    desk: Callable[..., Page], edition: Edition, audit: Callable[[Page], None]
) -> None:
    draft = copy(edition, "2027")
    Criterion.objects.filter(pk=criterion(draft, "4.1-2").pk).update(step_3="Nach der ÜBERRASCHENDEN Zahl.")
    page = desk(place(draft))

    page.get_by_role("searchbox", name="In allen Texten der Ausgabe suchen").focus()
    page.keyboard.type("überraschenden")
    page.keyboard.press("Enter")
    expect(page.get_by_text("1 Fundstelle für „überraschenden“")).to_be_visible()
    audit(page)
    page.get_by_role("searchbox", name="In allen Texten").focus()
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")

    field = page.get_by_label("Schritt zur Stufe 3:")
    field.focus()
    page.keyboard.press("Control+A")
    page.keyboard.type("Nach der Zahl.")
    page.get_by_label("Anmerkung zur Änderung:").focus()
    page.keyboard.press("Enter")  # what saves from a line of text is "Speichern"
    told(page, "erfolgreich geändert")
    assert criterion(draft, "4.1-2").step_3 == "Nach der Zahl."


@pytest.mark.parametrize("state", ["published", "draft"])
def test_every_page_of_a_part_is_accessible(
    state: str, desk: Callable[..., Page], edition: Edition, audit: Callable[[Page], None], live_server: Any
) -> None:
    shown = edition if state == "published" else copy(edition, "2027")
    first = criterion(shown)
    page = desk()

    for part in (
        shown.guidelines.first(),
        shown.clauses.get(code="j"),
        shown.clauses.get(code="j").paragraphs.first(),
        shown.clauses.get(code="j").paragraphs.first().advice.first(),
        first,
        shown.ideals.first(),
        shown.stakeholders.first(),
    ):
        page.goto(f"{live_server.url}/redaktion/{place(part)}")
        audit(page)
