"""The German texts of the fixture: short sentences, short help. `make content` prints the figures."""

from __future__ import annotations

from tests.readability import TOO_LONG, objects, sentences, texts, words


def test_every_sentence_has_fewer_than_25_words() -> None:
    long = [(place, each) for place, text in texts() for each in sentences(text) if words(each) >= TOO_LONG]

    assert long == []


def test_help_takes_at_most_four_sentences() -> None:
    criteria = [entry["fields"] for entry in objects() if entry["model"] == "guidelines.criterion"]

    assert [each["code"] for each in criteria if len(sentences(each["help"])) > 4] == []
    assert len(criteria) == 72
