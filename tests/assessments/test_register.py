"""The official register: a hand-written sample in its format, and everything that is not that format."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from assessments.exchange.register import Entry, RegisterError, parse, read, source_note, store
from assessments.models import Membership, Municipality, Role
from charta_app.models import User

DAY = "20300101"


def row(
    type_: str, key: str, name: str, kind: str = "", *, area: int = 0, population: int = 0, day: str = DAY
) -> str:
    """One line of the register: 220 characters in fixed columns."""
    head = f"{type_}{day}{key}".ljust(22) + name.ljust(50) + "Sitz".ljust(50) + kind.ljust(2) + "    "
    figures = f"{area:011}{population:011}" if type_ == "60" else ""
    return (head + figures).ljust(220)


SAMPLE = [
    row("10", "97", "Küstenland"),
    row("40", "97001", "Hafen, Stadt", "41"),
    row("50", "970010000000", "Hafen, Stadt", "50"),
    row("60", "970010000000", "Hafen, Stadt", "61", area=5_000, population=90_000),
    row("60", "970009999999", "Küstengewässer", "66", area=700),
    row("10", "98", "Bergland"),
    row("20", "981", "Süd"),
    row("30", "9811", "Südwest"),
    row("40", "98101", "Oberkreis", "44"),
    row("60", "981010010101", "Neustadt", "63", area=1_200, population=4_000),
    row("60", "981010020102", "Weiler", "64", area=800, population=600),
    row("40", "98102", "Unterkreis", "43"),
    row("60", "981020010101", "Neustadt", "60", area=900, population=2_500),
    row("40", "98103", "Regionalverband Mitte", "45"),
    row("60", "981030010000", "Mitte, Landeshauptstadt", "67", area=400, population=50_000),
]


def content(rows: list[str]) -> bytes:
    return "".join(f"{line}\n" for line in rows).encode()


def entries(rows: list[str]) -> dict[str, Entry]:
    return {entry.ags: entry for entry in parse(content(rows)).entries}


def complaints(data: bytes) -> list[str]:
    with pytest.raises(RegisterError) as caught:
        parse(data)
    return [str(problem) for problem in caught.value.problems]


def replaced(number: int, line: str) -> bytes:
    return content([*SAMPLE[: number - 1], line, *SAMPLE[number:]])


@pytest.fixture
def sample_file(tmp_path: Path) -> Path:
    path = tmp_path / "GV100AD_01012030.txt"
    path.write_bytes(content(SAMPLE))
    return path


def test_the_columns_are_those_of_the_official_description():
    line = (
        "60" "20300101" "98101001" "0101"
        "Neustadt                                          "
        "                                                  "
        "63" "    " "00000001200" "00000004000" "00000002000"
    )  # fmt: skip

    found = entries([row("10", "98", "Bergland"), row("40", "98101", "Oberkreis", "44"), line])

    assert found["98101001"] == Entry(
        ags="98101001",
        name="Neustadt",
        kind="63",
        federal_state="Bergland",
        district="Oberkreis",
        population=4_000,
        area_ha=1_200,
    )


def test_municipalities_and_counties_come_in():
    found = parse(content(SAMPLE))

    assert found.as_of == date(2030, 1, 1)
    assert [entry.ags for entry in found.entries] == [
        "97001000",
        "97000999",
        "98101001",
        "98101002",
        "98102001",
        "98103001",
        "98101",
        "98102",
        "98103",
    ]


def test_a_county_free_city_comes_once_and_names_no_county():
    found = entries(SAMPLE)

    assert found["97001000"].district == ""
    assert "97001" not in found


def test_a_county_has_the_sums_of_its_municipalities():
    county = entries(SAMPLE)["98101"]

    assert (county.name, county.kind, county.federal_state) == ("Oberkreis", "44", "Bergland")
    assert (county.population, county.area_ha) == (4_600, 2_000)


def test_an_area_outside_every_county_names_its_land_alone():
    assert entries(SAMPLE)["97000999"].district == ""


def test_windows_line_ends_a_byte_order_mark_and_cut_blanks_are_read_alike():
    rewritten = b"\xef\xbb\xbf" + "".join(f"{line.rstrip()}\r\n" for line in SAMPLE).encode()

    assert parse(rewritten) == parse(content(SAMPLE))


@pytest.mark.parametrize(
    ("line", "complaint"),
    [
        (SAMPLE[9] + "x", "hat 221 Zeichen statt 220."),
        ("x" * 10_000_000, "hat 10000000 Zeichen statt 220."),
        (SAMPLE[9].replace("Neustadt", "Neu\0tadt"), "enthält Steuerzeichen."),
        ("", "beginnt nicht mit einer bekannten Satzart (10, 20, 30, 40, 50 oder 60)."),
        ("61" + SAMPLE[9][2:], "beginnt nicht mit einer bekannten Satzart (10, 20, 30, 40, 50 oder 60)."),
        (
            row("60", "981010010101", "Neustadt", "63", day="20300230"),
            "hat keinen Gebietsstand in der Form JJJJMMTT (Stellen 3 bis 10).",
        ),
        (
            row("60", "981010010101", "Neustadt", "63", day="20290101"),
            "hat den Gebietsstand 20290101, die übrige Datei 20300101.",
        ),
        (row("60", "9810100", "Neustadt", "63"), "hat keinen Schlüssel aus 8 Ziffern (Stellen 11 bis 18)."),
        (
            row("60", "9810100²0101", "Neustadt", "63"),
            "hat keinen Schlüssel aus 8 Ziffern (Stellen 11 bis 18).",
        ),
        (row("60", "981010010101", "", "63"), "hat keinen Namen (Stellen 23 bis 72)."),
        (
            row("60", "981010010101", "Neustadt", "44"),
            "hat kein bekanntes Textkennzeichen (Stellen 123 und 124).",
        ),
        (SAMPLE[9][1:], "beginnt nicht mit einer bekannten Satzart (10, 20, 30, 40, 50 oder 60)."),
        (SAMPLE[9][:30] + SAMPLE[9][31:], "hat kein bekanntes Textkennzeichen (Stellen 123 und 124)."),
        (SAMPLE[9][:145], "hat keine Einwohnerzahl aus 11 Ziffern (Stellen 140 bis 150)."),
        (SAMPLE[9][:135], "hat keine Fläche aus 11 Ziffern (Stellen 129 bis 139)."),
        (row("60", "961010010101", "Neustadt", "63"), "nennt das Land 96, das die Datei nicht enthält."),
        (row("60", "981090010101", "Neustadt", "63"), "nennt den Kreis 98109, den die Datei nicht enthält."),
    ],
)
def test_a_malformed_line_is_named_with_its_number(line, complaint):
    assert complaints(replaced(10, line)) == [f"Zeile 10: {complaint}"]


def test_every_malformed_line_is_named():
    rows = [*SAMPLE[:3], "Unsinn", *SAMPLE[3:], SAMPLE[9]]

    assert complaints(content(rows)) == [
        "Zeile 4: beginnt nicht mit einer bekannten Satzart (10, 20, 30, 40, 50 oder 60).",
        "Zeile 17: wiederholt den Schlüssel 98101001 aus Zeile 11.",
    ]


@pytest.mark.parametrize(
    ("data", "complaint"),
    [
        (b"", "Die Datei ist leer."),
        (b"\n", "Die Datei ist leer."),
        (
            b"%PDF-1.7\n%\xe2\xe3",
            "Das ist ein PDF. Gebraucht wird die Textdatei GV100AD_….txt von Destatis, entpackt.",
        ),
        (
            b"PK\x03\x04....",
            "Das ist ein ZIP-Archiv oder eine Excel-Datei. "
            "Gebraucht wird die Textdatei GV100AD_….txt von Destatis, entpackt.",
        ),
        (content(SAMPLE[:1]), "Die Datei enthält keine Gemeinde (Zeilen, die mit 60 beginnen)."),
        (content(SAMPLE[:1]).decode().encode("cp1252"), "Zeile 1: ist nicht in UTF-8 gespeichert."),
        (content(SAMPLE[:1]).decode().encode("utf-16"), "Zeile 1: ist nicht in UTF-8 gespeichert."),
    ],
)
def test_another_kind_of_file_is_refused(data, complaint):
    assert complaints(data)[0] == complaint


def test_a_path_that_is_no_file_is_refused(tmp_path):
    for path in (tmp_path / "fehlt.txt", tmp_path):
        with pytest.raises(RegisterError, match="Diese Datei gibt es nicht"):
            read(path)


def test_a_file_far_too_large_is_refused_unread(tmp_path):
    path = tmp_path / "riese.txt"
    with path.open("wb") as file:
        file.truncate(65 * 1024 * 1024)

    with pytest.raises(RegisterError, match="größer als 64 MB"):
        read(path)


def test_importing_twice_changes_nothing(db, sample_file, capsys):
    call_command("register_import", sample_file)
    before = list(Municipality.objects.values())
    call_command("register_import", sample_file)

    assert list(Municipality.objects.values()) == before
    assert capsys.readouterr().out.splitlines() == [
        "9 neu, 0 geändert, 0 unverändert (Gebietsstand 01.01.2030).",
        "© Statistisches Bundesamt (Destatis), Gemeindeverzeichnis GV100AD, Gebietsstand 01.01.2030",
        "0 neu, 0 geändert, 9 unverändert (Gebietsstand 01.01.2030).",
        "© Statistisches Bundesamt (Destatis), Gemeindeverzeichnis GV100AD, Gebietsstand 01.01.2030",
    ]


def test_namesakes_are_told_apart_by_their_county(db):
    store(parse(content(SAMPLE)))

    namesakes = [str(town) for town in Municipality.objects.filter(name="Neustadt")]

    assert namesakes == ["Neustadt (Oberkreis, Bergland)", "Neustadt (Unterkreis, Bergland)"]


def test_a_new_register_updates_the_rows_and_keeps_their_identity(db):
    store(parse(content(SAMPLE)))
    before = Municipality.objects.get(ags="98102001")
    later = [line.replace(DAY, "20310101") for line in SAMPLE]
    later[12] = row(
        "60", "981020010101", "Neustadt am Berg", "63", area=900, population=2_600, day="20310101"
    )

    stored = store(parse(content(later)))

    after = Municipality.objects.get(pk=before.pk)
    assert (after.ags, after.name, after.population) == ("98102001", "Neustadt am Berg", 2_600)
    assert set(Municipality.objects.values_list("as_of", flat=True)) == {date(2031, 1, 1)}
    assert (stored.new, stored.changed, stored.unchanged) == (0, 2, 7)  # the town and the sums of its county


def test_what_left_the_register_is_kept_and_named_where_it_has_members(
    db, town, sample_file, tmp_path, capsys
):
    call_command("register_import", sample_file)
    person = User.objects.create(email="eva@example.org", name="Eva")
    for place in (Municipality.objects.get(ags="98101002"), town):
        Membership.objects.create(person=person, municipality=place, role=Role.OFFICER)
    shrunk = tmp_path / "shrunk.txt"
    shrunk.write_bytes(content([line for line in SAMPLE if "Weiler" not in line and "gewässer" not in line]))
    capsys.readouterr()

    call_command("register_import", shrunk)

    assert Municipality.objects.filter(ags__in=["98101002", "97000999", town.ags]).count() == 3
    assert capsys.readouterr().out.splitlines()[1:-1] == [
        "Nicht mehr im Verzeichnis, aber mit Mitgliedern: "
        "Weiler (Oberkreis, Bergland), 98101002. Bleibt erhalten."
    ]


def test_nothing_is_written_when_one_line_is_malformed(db, tmp_path):
    path = tmp_path / "kaputt.txt"
    path.write_bytes(replaced(10, "Unsinn"))

    with pytest.raises(CommandError) as caught:
        call_command("register_import", path)

    assert str(caught.value) == (
        "Zeile 10: beginnt nicht mit einer bekannten Satzart (10, 20, 30, 40, 50 oder 60).\n"
        "Nichts wurde geschrieben."
    )
    assert not Municipality.objects.exists()


def test_a_long_list_of_malformed_lines_is_cut(db, tmp_path):
    path = tmp_path / "fremd.txt"
    path.write_text("Hallo\n" * 250)

    with pytest.raises(CommandError) as caught:
        call_command("register_import", path)

    lines = str(caught.value).splitlines()
    assert lines[99].startswith("Zeile 100:")
    assert lines[100:] == ["… und 150 weitere Zeilen.", "Nichts wurde geschrieben."]


def test_a_made_up_municipality_carries_no_source_note(town: Any):
    assert source_note(town.as_of) == ""
