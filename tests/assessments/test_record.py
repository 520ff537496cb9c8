"""The Record's one shape: same bytes for the same contents, and no foreign file passes for one."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from pydantic import ValidationError

from assessments.record import Record, fingerprint
from tests.assessments.values import clause, principles, rated, record, records

pytestmark = pytest.mark.once

VALID = principles([rated(2)] * 12)


@given(records())
def test_a_record_survives_its_json_unchanged(value: Record):
    read = Record.model_validate_json(value.canonical())

    assert read == value
    assert read.canonical() == value.canonical()
    assert read.sha256 == value.sha256


def test_the_canonical_text_has_sorted_keys_no_spaces_and_plain_umlauts():
    value = VALID.model_copy(update={"title": "Größe"})

    text = value.canonical()

    assert text == json.dumps(json.loads(text), ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    assert '"title":"Größe"' in text


def test_one_changed_character_changes_the_hash():
    assert VALID.model_copy(update={"title": "Anders"}).sha256 != VALID.sha256


def test_a_record_of_the_first_days_keeps_its_bytes_and_its_checksum():
    """Fields that came later stay out while they hold nothing; so what was frozen before them is still the same."""
    first = {
        "answer": "state level reason competent_body demand evidence_grade evidence comment",
        "municipality": "ags name kind federal_state district population",
        "record": "format title reference_date form municipality edition clauses links",
    }
    text = VALID.canonical()
    frozen = json.loads(text)
    answer = frozen["clauses"][0]["criteria"][0]["answer"]

    shapes = {"answer": answer, "municipality": frozen["municipality"], "record": frozen}
    assert {name: set(shape) for name, shape in shapes.items()} == {
        name: set(fields.split()) for name, fields in first.items()
    }
    assert Record.model_validate_json(text).canonical() == text
    assert Record.model_validate_json(text).sha256 == fingerprint(text)


def broken(change: Callable[[dict[str, Any]], object]) -> str:
    value = json.loads(VALID.canonical())
    change(value)
    return json.dumps(value)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "null",
        "[]",
        "{}",
        "NaN",
        '"\\ud800"',
        "[" * 10_000,
        broken(lambda v: v.update(format="anders/1")),
        broken(lambda v: v.update(unknown=1)),
        broken(lambda v: v.update(title="\ud800")),
        broken(lambda v: v["clauses"][0]["target"].update(level=5)),
        broken(lambda v: v["clauses"][0]["target"].update(effort=0)),
        broken(lambda v: v["clauses"][0]["criteria"][0]["answer"].update(level=5)),
        broken(lambda v: v["clauses"][0]["criteria"][0]["answer"].update(level=True)),
        broken(lambda v: v["clauses"][0]["criteria"][0]["answer"].update(level="2")),
        broken(lambda v: v["clauses"][0]["criteria"][0]["answer"].update(level=None)),
        broken(lambda v: v["clauses"][0]["criteria"][0]["answer"].update(state="open")),
        broken(lambda v: v["clauses"][0].update(guideline="9")),
        broken(lambda v: v["clauses"][0].update(guideline=None)),
        broken(lambda v: v["clauses"].append(v["clauses"][0])),
    ],
)
def test_a_foreign_or_broken_file_is_refused(text: str):
    with pytest.raises(ValidationError):
        Record.model_validate_json(text)


def test_two_criteria_with_one_code_are_refused():
    one, two = clause("1.1", [rated(1)]), clause("1.2", [rated(1)])

    with pytest.raises(ValidationError, match="doppelt"):
        record([one, two.model_copy(update={"criteria": one.criteria})])


def test_a_record_cannot_be_changed():
    with pytest.raises(ValidationError, match="frozen"):
        VALID.title = "Anders"  # type: ignore[misc]
