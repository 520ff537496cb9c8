"""An edition goes out as one file and comes in again without loss; a faulty file is refused whole."""

from __future__ import annotations

import re
from collections.abc import Callable
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
import yaml
from django.conf import settings
from django.core.management import CommandError, call_command
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from guidelines.models import Criterion, CriterionLink, Edition
from guidelines.transfer import FIELDS, LARGEST, Faulty, Writer, decode, read, write

pytestmark = pytest.mark.django_db
FIXTURE = Path(settings.BASE_DIR) / "fixtures" / "charta-2021.yaml"


@pytest.fixture
def file(edition: Edition) -> str:
    """The file of the edition under another code."""
    one, other = (Criterion.objects.get(clause__edition=edition, code=code) for code in ("1.1-1", "3.2-1"))
    CriterionLink.objects.get_or_create(
        criterion=one, other=other, defaults={"kind": "weigh", "sentence": "Wägen."}
    )
    return write(edition).replace("'2021'", "'2027'")


def faults_of(text: str) -> list[str]:
    with pytest.raises(Faulty) as refusal:
        read(text)
    return refusal.value.faults


def line_of(text: str, part: str) -> int:
    """The line on which the entry begins that contains this part."""
    before = text[: text.index(part)]
    return before[: before.rindex("- model")].count("\n") + 1


def test_the_fixture_is_the_file(edition: Edition) -> None:
    assert write(edition).encode() == FIXTURE.read_bytes()


def test_out_and_in_again_without_loss(file: str) -> None:
    edition = read(file)

    assert edition.code == "2027"
    assert write(edition) == file


def test_every_field_of_the_content_travels() -> None:
    for model, fields in FIELDS.items():
        own = {field.name for field in (*model._meta.concrete_fields, *model._meta.many_to_many)} - {"id"}
        assert own == set(fields), model


def test_writing_takes_the_same_queries_whatever_the_size(
    edition: Edition, django_assert_num_queries: Callable[..., Any]
) -> None:
    # stakeholders, ideals, guidelines, clauses, paragraphs, advice, criteria, links,
    # who is addressed, also covered paragraphs, served ideals
    with django_assert_num_queries(11):
        write(edition)


def test_an_incomplete_draft_travels_too(draft: Edition) -> None:
    Criterion.objects.filter(clause__edition=draft, code="1.1-1").update(level_2="", help="Zwei\r\nZeilen")
    file = write(draft).replace("'2027'", "'2028'")

    assert write(read(file)) == file


@given(text=st.text(st.characters(exclude_categories=["Cs", "Cc"], include_characters="\n\t"), max_size=300))
@hypothesis_settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
def test_any_text_survives_the_file(text: str) -> None:
    written = yaml.dump(
        [{"model": "m", "fields": {"text": text}}], Dumper=Writer, allow_unicode=True, width=110
    )

    assert yaml.safe_load(written)[0]["fields"]["text"] == text


def test_the_same_code_is_refused(file: str) -> None:
    read(file)

    assert faults_of(file) == ["Die Ausgabe 2027 gibt es hier schon."]


def test_every_fault_is_named_by_its_place_and_nothing_is_stored(file: str) -> None:
    before = Edition.objects.count()
    broken = file.replace("binding: must", "binding: moos", 1)
    broken = broken.replace("    code: e-2\n    position: 2", "    code: e-2\n    position: zwei")
    broken = broken.replace("    code: 2.1-1\n", "    code: 2.1-1\n    colour: blue\n")
    broken = broken.replace("    short_title: Rechtlicher Rahmen\n", "")
    broken = broken.replace(
        "    guideline: ['2027', '1']\n    kind", "    guideline: ['2027', '9']\n    kind", 1
    )

    found = faults_of(broken)

    assert found == [
        f"Zeile {line_of(broken, 'guideline: [')}, Abschnitt 1.1, „Leitlinie“: "
        "„2027, 9“ gibt es in der Datei nicht.",
        f"Zeile {line_of(broken, 'binding: moos')}, Prüffrage 1.1-1, „Verbindlichkeit“: "
        "Wert 'moos' ist keine gültige Option.",
        f"Zeile {line_of(broken, 'colour: blue')}, Prüffrage 2.1-1: Die Angabe „colour“ ist unbekannt.",
        f"Zeile {line_of(broken, 'title: Geeigneten regulatorischen')}, Abschnitt e, „Kurztitel“: "
        "Die Angabe fehlt.",
        f"Zeile {line_of(broken, 'position: zwei')}, Prüffrage e-2, „Reihenfolge“: "
        "Erwartet ist eine ganze Zahl, da steht: zwei",
    ]
    assert Edition.objects.count() == before


def test_two_key_criteria_in_a_clause_are_refused(file: str) -> None:
    broken = file.replace(
        "    code: 1.1-2\n    position: 2\n    is_key: false",
        "    code: 1.1-2\n    position: 2\n    is_key: true",
    )

    assert faults_of(broken) == ["Abschnitt 1.1: 1.1-1 und 1.1-2 sind beide Schlüsselfrage."]


def test_a_published_edition_in_a_file_must_be_complete(file: str) -> None:
    broken = re.sub(r"    evidence_hint: .+\n(?:      .+\n)*", "    evidence_hint: ''\n", file, count=1)

    assert faults_of(broken) == ["Abschnitt 1.1, Prüffrage 1.1-1: „Mögliche Belege“ fehlt."]


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("", "Die Datei ist keine Liste von Einträgen mit „model“ und „fields“."),
        ("[]", "Die Datei enthält keinen Eintrag."),
        ("model: x", "Die Datei ist keine Liste von Einträgen mit „model“ und „fields“."),
        ("- 7", "Zeile 1: Der Eintrag besteht nicht aus „model“ und „fields“."),
        ("- {model: auth.user, fields: {}}", "Zeile 1: „auth.user“ gehört nicht zu einer Ausgabe."),
        ("- {model: [1], fields: {}}", "Zeile 1: Der Eintrag besteht nicht aus „model“ und „fields“."),
        ("- &a [*a]", "Zeile 1: Verweise (*) sind nicht erlaubt"),
        ("- {model: a, model: b}", "Zeile 1: Eine Angabe steht doppelt da"),
        ("- !!timestamp morgen", "Zeile 1: Typangaben (!) sind nicht erlaubt"),
        ("- !!set a", "Zeile 1: Typangaben (!) sind nicht erlaubt"),
        ("- [!!omap [a]]", "Zeile 1: Typangaben (!) sind nicht erlaubt"),
    ],
)
def test_a_foreign_file_is_refused(text: str, fault: str) -> None:
    assert faults_of(text) == [fault]


@pytest.mark.parametrize(
    "text", ["[" * 20_000, "a: b: c", "\x00", "- !!python/object:os.system {}", "- 'a", "- {? [1] : 2}"]
)
def test_a_hostile_file_is_refused_with_a_message(text: str) -> None:
    assert len(faults_of(text)) == 1


def test_texts_are_texts_and_printable(file: str) -> None:
    broken = file.replace("title: Smart City Charta", 'title: "Smart\\0City"').replace(
        "title: Kommunen\n", "title: 7\n"
    )

    assert faults_of(broken) == [
        f"Zeile {line_of(broken, 'title: ')}, Ausgabe 2027, „Titel“: Der Text enthält ein nicht druckbares Zeichen.",
        f"Zeile {line_of(broken, 'title: 7')}, Angesprochene municipalities, „Bezeichnung“: "
        "Erwartet ist ein Text (in Anführungszeichen), da steht: 7",
    ]


def test_a_file_that_is_no_text_or_too_large_is_refused() -> None:
    with pytest.raises(Faulty, match="kein Text in UTF-8"):
        decode(b"\xff\xfe")
    with pytest.raises(Faulty, match="größer als 2 MiB"):
        decode(b"x" * (LARGEST + 1))


def test_the_commands_write_and_read(edition: Edition, tmp_path: Path) -> None:
    file = tmp_path / "ausgabe.yaml"
    call_command("edition_export", "2021", "--out", str(file), stdout=StringIO())
    file.write_text(file.read_text(encoding="utf-8").replace("'2021'", "'2027'"), encoding="utf-8")

    said = StringIO()
    call_command("edition_import", str(file), stdout=said)

    assert said.getvalue() == "Ausgabe 2027 ist eingelesen (veröffentlicht).\n"


def test_the_commands_say_what_is_wrong(edition: Edition, tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="Die Ausgabe 1999 gibt es nicht"):
        call_command("edition_export", "1999")
    with pytest.raises(CommandError, match="No such file"):
        call_command("edition_import", str(tmp_path / "fehlt.yaml"))
    (tmp_path / "leer.yaml").write_text("[]", encoding="utf-8")
    with pytest.raises(CommandError, match="nicht eingelesen:\nDie Datei enthält keinen Eintrag"):
        call_command("edition_import", str(tmp_path / "leer.yaml"))
