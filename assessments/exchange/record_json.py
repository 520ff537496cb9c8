"""Record <-> JSON: the exported file, which is also what the checksum covers and what a report carries along."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

from assessments.record import Record

if TYPE_CHECKING:
    # only a name here: the PDF program reads this module without Django
    from assessments.models import Assessment

FORMAT: str = Record.model_fields["format"].default
LARGEST = 8 << 20  # bytes; a full form with every text at its limit takes about 3 MiB
DEEPEST = 20
NAMED_ERRORS = 5
WHAT_IS_WRONG = {
    "missing": "fehlt",
    "extra_forbidden": "ist unbekannt",
    "int_type": "muss eine ganze Zahl sein",
    "string_type": "muss Text sein",
    "greater_than_equal": "ist zu klein",
    "less_than_equal": "ist zu groß",
}


class NotARecord(ValueError):
    """The file is no Record; the text says why, in German."""


def to_json(assessment: Assessment) -> str:
    """The Record, byte for byte what its SHA-256 is taken of: of a final assessment the very text that was frozen."""
    return assessment.frozen.body if assessment.frozen else assessment.record().canonical()


def from_json(data: bytes) -> Record:
    """The Record in a file that anybody may have made. Raises `NotARecord`."""
    if len(data) > LARGEST:
        raise NotARecord(f"Die Datei ist zu groß: mehr als {LARGEST >> 20} MiB.")
    try:
        text = data.decode("utf-8-sig")
        if _depth(text) > DEEPEST:
            raise NotARecord(f"Die Datei ist tiefer als {DEEPEST} Ebenen verschachtelt.")
        values = json.loads(text, parse_constant=_refuse_constant, object_pairs_hook=_refuse_repeated)
        text.encode()  # an escaped half of a surrogate pair is JSON, but no text
        json.dumps(values, ensure_ascii=False).encode()
    except UnicodeError:
        raise NotARecord("Die Datei enthält Zeichen, die kein UTF-8 sind.") from None
    except json.JSONDecodeError as error:
        raise NotARecord(f"Die Datei ist kein JSON (Zeile {error.lineno}, Spalte {error.colno}).") from None
    if not isinstance(values, dict) or values.get("format") != FORMAT:
        raise NotARecord(f"Die Datei ist kein Datensatz von Charta-Check (erwartet: format „{FORMAT}“).")
    try:
        return Record.model_validate_json(text)
    except ValidationError as error:
        raise NotARecord(_explained(error)) from None


def _explained(error: ValidationError) -> str:
    lines = []
    for detail in error.errors()[:NAMED_ERRORS]:
        place = " → ".join(str(step) for step in detail["loc"]) or "Datensatz"
        reason = detail.get("ctx", {}).get("error")
        lines.append(f"{place}: {reason or WHAT_IS_WRONG.get(detail['type'], 'hat keinen gültigen Wert')}")
    return "Der Datensatz ist nicht gültig:\n" + "\n".join(lines)


def _depth(text: str) -> int:
    """How deeply brackets are nested, outside strings; without recursion."""
    depth = deepest = 0
    inside = escaped = False
    for character in text:
        if inside:
            inside = escaped or character != '"'
            escaped = character == "\\" and not escaped
        elif character == '"':
            inside = True
        elif character in "[{":
            depth += 1
            deepest = max(deepest, depth)
        elif character in "]}":
            depth -= 1
    return deepest


def _refuse_constant(name: str) -> Any:
    raise NotARecord(f"Die Datei enthält {name}; das ist kein JSON.")


def _refuse_repeated(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    values = dict(pairs)
    if len(values) < len(pairs):
        raise NotARecord("Die Datei nennt ein Feld doppelt.")
    return values
