"""How well the catalogue reads: `make content` prints sentence lengths and a readability index, worst ten last.

The index is the first Wiener Sachtextformel (textstat): roughly the school year that a German text asks for.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from statistics import mean
from typing import Any

import textstat
import yaml

FIXTURE = Path(__file__).parent.parent / "fixtures" / "charta-2021.yaml"
TOO_LONG = 25  # words
SENTENCE_ENDS = (".", "?", "!")
ABBREVIATIONS = ("z. B.", "d. h.", "u. a.", "etwa")
TEXTS = {
    "edition": ("summary", "terms"),
    "ideal": ("summary",),
    "guideline": ("summary",),
    "clause": ("summary",),
    "paragraph": ("gist", "no_demand"),
    "advice": ("text",),
    "criterion": (
        *("question", "help", "binding_note"),
        *(f"level_{n}" for n in range(5)),
        *(f"step_{n}" for n in range(1, 5)),
    ),
    "criterionlink": ("sentence",),
}


def objects() -> list[dict[str, Any]]:
    """The fixture's objects as they stand in the file."""
    found: list[dict[str, Any]] = yaml.safe_load(FIXTURE.read_text(encoding="utf-8"))
    return found


def texts() -> Iterator[tuple[str, str]]:
    """Every text of ours with its place, such as "criterion 1.1-1 level_2"."""
    for entry in objects():
        model, fields = entry["model"].removeprefix("guidelines."), entry["fields"]
        for name in TEXTS.get(model, ()):
            if fields[name]:
                place = fields.get("code") or "/".join(str(part) for part in next(iter(fields.values())))
                yield f"{model} {place} {name}", fields[name]


def sentences(text: str) -> list[str]:
    """The sentences of a text; a full stop ends one only before a space and a capital, a digit or a quote."""
    found, start = [], 0
    for at, sign in enumerate(text):
        rest = text[at + 1 : at + 3]
        ends = sign in SENTENCE_ENDS and (
            not rest or (rest[0] == " " and (rest[1:].isupper() or rest[1:] in "„–"))
        )
        if ends and not text[: at + 1].endswith(ABBREVIATIONS):
            found.append(text[start : at + 1].strip())
            start = at + 1
    return [sentence for sentence in [*found, text[start:].strip()] if sentence]


def words(sentence: str) -> int:
    """How many words a sentence has; a lone dash is none."""
    return sum(any(sign.isalnum() for sign in word) for word in sentence.split())


def main() -> None:
    """Print the figures."""
    textstat.set_lang("de")
    lengths = [(words(sentence), place, sentence) for place, text in texts() for sentence in sentences(text)]
    index = [
        (textstat.wiener_sachtextformel(text, 1), place, text) for place, text in texts() if words(text) >= 12
    ]
    criteria = [entry["fields"] for entry in objects() if entry["model"] == "guidelines.criterion"]
    bindings = Counter(fields["binding"] for fields in criteria)
    print(
        f"Prüffragen: {len(criteria)}, davon Schlüsselfragen {sum(fields['is_key'] for fields in criteria)}"
    )
    print(f"Verbindlichkeit: muss {bindings['must']}, soll {bindings['should']}, kann {bindings['may']}")
    print(f"Sätze: {len(lengths)}, im Mittel {mean(n for n, *_ in lengths):.1f} Wörter")
    print(f"Sätze mit {TOO_LONG} Wörtern oder mehr: {sum(n >= TOO_LONG for n, *_ in lengths)}")
    print(f"Wiener Sachtextformel 1, im Mittel: {mean(value for value, *_ in index):.1f}")
    print("\nDie zehn längsten Sätze:")
    for n, place, sentence in sorted(lengths, reverse=True)[:10]:
        print(f"  {n:>3} Wörter  {place}: {sentence}")
    print("\nDie zehn schwersten Texte:")
    for value, place, text in sorted(index, reverse=True)[:10]:
        print(f"  {value:>5.1f}  {place}: {text}")


if __name__ == "__main__":
    main()
