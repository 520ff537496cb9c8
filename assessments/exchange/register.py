"""The official register of municipalities (GV100AD of the Federal Statistical Office): file -> values -> rows.

A line has 220 characters in fixed columns; the first two tell its type. Taken over are municipalities (60) and
counties (40), with the names of the Länder (10). A county-free city stands in the file twice; only its line of
type 60 is taken. Reading and writing are apart: `parse` touches no database, `store` gets only sound values.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, fields
from datetime import date
from pathlib import Path

from django.db import transaction

from assessments.models import Membership, Municipality

SIZE_LIMIT = 64 * 1024 * 1024  # bytes; the file of the whole of Germany has 3.5 million
LINE_LENGTH = 220
LAND, COUNTY, MUNICIPALITY = "10", "40", "60"
KEY_LENGTHS = {LAND: 2, COUNTY: 5, MUNICIPALITY: 8}
PASSED_OVER = {"20", "30", "50"}  # Regierungsbezirke, regions, associations of municipalities
CITIES_AS_COUNTY = {Municipality.Kind.COUNTY_FREE_CITY_AREA, Municipality.Kind.CITY_COUNTY_AREA}
KINDS = {
    COUNTY: {kind.value for kind in Municipality.Kind if kind.value.startswith("4")},
    MUNICIPALITY: {kind.value for kind in Municipality.Kind if kind.value.startswith("6")},
}
FOREIGN = {
    b"%PDF": "ein PDF",
    b"PK\x03\x04": "ein ZIP-Archiv oder eine Excel-Datei",
    b"\xd0\xcf\x11\xe0": "eine Excel-Datei",
}


@dataclass(frozen=True, slots=True)
class Line:
    """One line of type 10, 40 or 60, field by field. A Land and a county have no figures."""

    number: int
    type: str
    key: str  # two digits for a Land, five for a county, the AGS for a municipality
    name: str
    kind: str = ""
    population: int = 0
    area_ha: int = 0


@dataclass(frozen=True, slots=True)
class Entry:
    """One municipality or county as it is stored. A county has the sums of its municipalities."""

    ags: str
    name: str
    kind: str
    federal_state: str
    district: str
    population: int
    area_ha: int


@dataclass(frozen=True, slots=True)
class Register:
    """The whole file, sound: `as_of` is its Gebietsstand."""

    as_of: date
    entries: tuple[Entry, ...]


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong with one line, or with the file (no number)."""

    number: int | None
    text: str

    def __str__(self) -> str:
        return f"Zeile {self.number}: {self.text}" if self.number else self.text


class RegisterError(Exception):
    """The file cannot be taken over; `problems` names every malformed line."""

    def __init__(self, *problems: Problem) -> None:
        super().__init__(*problems)
        self.problems = problems


@dataclass(frozen=True, slots=True)
class Stored:
    """How many rows were new, changed or as before, and who has members but left the register."""

    new: int
    changed: int
    unchanged: int
    vanished: tuple[Municipality, ...]


def source_note(as_of: date | None) -> str:
    """The note that has to stand wherever entries of the register are listed; empty for a made-up municipality."""
    if as_of is None:
        return ""
    return f"© Statistisches Bundesamt (Destatis), Gemeindeverzeichnis GV100AD, Gebietsstand {as_of:%d.%m.%Y}"


def read(path: Path) -> Register:
    """Read a GV100AD file. Raises `RegisterError`, also where there is no such file."""
    try:
        if not path.is_file():
            raise RegisterError(Problem(None, f"Diese Datei gibt es nicht: {path}"))
        if path.stat().st_size > SIZE_LIMIT:
            raise RegisterError(
                Problem(None, "Die Datei ist größer als 64 MB; das Gemeindeverzeichnis hat etwa 4 MB.")
            )
        content = path.read_bytes()
    except OSError as error:
        raise RegisterError(Problem(None, f"Die Datei lässt sich nicht lesen: {error.strerror}")) from error
    return parse(content)


def parse(content: bytes) -> Register:
    """Read the content of a GV100AD file. Raises `RegisterError` with all malformed lines."""
    rows = _rows(content)
    lines: list[Line] = []
    problems: list[Problem] = []
    as_of = Counter(row[2:10] for row in rows).most_common(1)[0][0]  # so that only the odd lines are named
    for number, row in enumerate(rows, start=1):
        try:
            line = _line(number, row, as_of)
        except ValueError as error:
            problems.append(Problem(number, str(error)))
        else:
            if line:
                lines.append(line)
    problems += _contradictions(lines)
    if problems:
        raise RegisterError(*sorted(problems, key=lambda problem: problem.number or 0))
    if not any(line.type == MUNICIPALITY for line in lines):
        raise RegisterError(Problem(None, "Die Datei enthält keine Gemeinde (Zeilen, die mit 60 beginnen)."))
    return Register(_date(as_of), tuple(_entries(lines)))


def store(register: Register) -> Stored:
    """Write the register in one transaction. A municipality that left it is kept: it may hold assessments."""
    facts = [field.name for field in fields(Entry) if field.name != "ags"]
    with transaction.atomic():
        known = {town.ags: town for town in Municipality.objects.all()}
        new = changed = 0
        write = []
        for entry in register.entries:
            before = known.pop(entry.ags, None)
            differs = before and any(getattr(before, name) != getattr(entry, name) for name in facts)
            new += before is None
            changed += bool(differs)
            if before is None or differs or before.as_of != register.as_of:
                values = {name: getattr(entry, name) for name in facts}
                write.append(Municipality(ags=entry.ags, as_of=register.as_of, **values))
        Municipality.objects.bulk_create(
            write, update_conflicts=True, unique_fields=["ags"], update_fields=[*facts, "as_of"]
        )
        with_members = set(Membership.objects.values_list("municipality_id", flat=True))
    return Stored(
        new=new,
        changed=changed,
        unchanged=len(register.entries) - new - changed,
        vanished=tuple(town for town in known.values() if town.as_of and town.pk in with_members),
    )


def _rows(content: bytes) -> list[str]:
    """The lines as text, without their ends. Raises `RegisterError` for what is no such text at all."""
    for magic, name in FOREIGN.items():
        if content.startswith(magic):
            raise RegisterError(
                Problem(
                    None,
                    f"Das ist {name}. Gebraucht wird die Textdatei GV100AD_….txt von Destatis, entpackt.",
                )
            )
    body = content.removeprefix(b"\xef\xbb\xbf").rstrip()
    if not body:
        raise RegisterError(Problem(None, "Die Datei ist leer."))
    texts, unreadable = [], []
    for number, row in enumerate(body.split(b"\n"), start=1):
        try:
            texts.append(row.removesuffix(b"\r").decode())
        except UnicodeDecodeError:
            unreadable.append(Problem(number, "ist nicht in UTF-8 gespeichert."))
    if unreadable:
        raise RegisterError(*unreadable)
    return texts


def _line(number: int, row: str, as_of: str) -> Line | None:
    """One line, or None for a type that is passed over. Raises `ValueError` with what is wrong."""
    if len(row) > LINE_LENGTH:
        raise ValueError(f"hat {len(row)} Zeichen statt {LINE_LENGTH}.")
    if not row.isprintable():
        raise ValueError("enthält Steuerzeichen.")
    row = row.ljust(LINE_LENGTH)  # some programs cut blanks at the end
    type_ = row[:2]
    if type_ not in {*KEY_LENGTHS, *PASSED_OVER}:
        raise ValueError("beginnt nicht mit einer bekannten Satzart (10, 20, 30, 40, 50 oder 60).")
    _date(row[2:10])
    if row[2:10] != as_of:
        raise ValueError(f"hat den Gebietsstand {row[2:10]}, die übrige Datei {as_of}.")
    if type_ in PASSED_OVER:
        return None
    name = row[22:72].strip()
    if not name:
        raise ValueError("hat keinen Namen (Stellen 23 bis 72).")
    return Line(
        number=number,
        type=type_,
        key=_digits(row, 11, KEY_LENGTHS[type_], "keinen Schlüssel"),
        name=name,
        kind="" if type_ == LAND else _kind(row, KINDS[type_]),
        area_ha=int(_digits(row, 129, 11, "keine Fläche")) if type_ == MUNICIPALITY else 0,
        population=int(_digits(row, 140, 11, "keine Einwohnerzahl")) if type_ == MUNICIPALITY else 0,
    )


def _digits(row: str, start: int, length: int, lacks: str) -> str:
    """The digits at this place, counted from 1 as the register's own description does."""
    text = row[start - 1 : start - 1 + length]
    if not _is_number(text):
        raise ValueError(f"hat {lacks} aus {length} Ziffern (Stellen {start} bis {start + length - 1}).")
    return text


def _kind(row: str, known: set[str]) -> str:
    if row[122:124] not in known:
        raise ValueError("hat kein bekanntes Textkennzeichen (Stellen 123 und 124).")
    return row[122:124]


def _contradictions(lines: list[Line]) -> Iterator[Problem]:
    """Keys that come twice, and municipalities whose Land or county the file does not name."""
    first: dict[tuple[str, str], int] = {}
    for line in lines:
        at = first.setdefault((line.type, line.key), line.number)
        if at != line.number:
            yield Problem(line.number, f"wiederholt den Schlüssel {line.key} aus Zeile {at}.")
    for line in lines:
        if line.type != LAND and (LAND, line.key[:2]) not in first:
            yield Problem(line.number, f"nennt das Land {line.key[:2]}, das die Datei nicht enthält.")
        # county 000 without a line: areas of a Land that belong to no county, such as its coastal waters
        elif line.type == MUNICIPALITY and line.key[2:5] != "000" and (COUNTY, line.key[:5]) not in first:
            yield Problem(line.number, f"nennt den Kreis {line.key[:5]}, den die Datei nicht enthält.")


def _entries(lines: list[Line]) -> Iterator[Entry]:
    states = {line.key: line.name for line in lines if line.type == LAND}
    counties = {line.key: line for line in lines if line.type == COUNTY and line.kind not in CITIES_AS_COUNTY}
    population, area = dict.fromkeys(counties, 0), dict.fromkeys(counties, 0)
    for line in lines:
        if line.type != MUNICIPALITY:
            continue
        county = counties.get(line.key[:5])
        if county:
            population[county.key] += line.population
            area[county.key] += line.area_ha
        district = county.name if county else ""
        yield Entry(
            line.key, line.name, line.kind, states[line.key[:2]], district, line.population, line.area_ha
        )
    for key, county in counties.items():
        yield Entry(key, county.name, county.kind, states[key[:2]], "", population[key], area[key])


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit()


def _date(text: str) -> date:
    if _is_number(text) and len(text) == 8:
        try:
            return date(int(text[:4]), int(text[4:6]), int(text[6:]))
        except ValueError:
            pass
    raise ValueError("hat keinen Gebietsstand in der Form JJJJMMTT (Stellen 3 bis 10).")
