"""Paper -> answers and targets: the code beside each printed box, and the lines in which somebody types the sheets in.

A line is `1.1-1K 3 Erläuterung | 2 Beleg`: the code of the question with its check letter, the answer (a level from 0
to 4, "n" for "trifft nicht zu", "a" for "andere Ebene zuständig"), and what else stands on the sheet. Or it is
`1.1-ZX 3 2028 3/1 Begründung`: the target of a clause, and what is known of its year, its importance and effort, and
its reason. Pure: no Django.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

LETTERS = "ABCDEFGHJKLMNPRSTUVWXYZ"  # 23, a prime; without I, O and Q, which a hand writes like 1 and 0
SYMBOLS = "0123456789.-abcdefghijklmnopqrstuvwxyz"
NOT_APPLICABLE, NOT_OUR_COMPETENCE = "not_applicable", "not_our_competence"
ANSWERS = {str(level): str(level) for level in range(5)} | {"n": NOT_APPLICABLE, "a": NOT_OUR_COMPETENCE}
LINE = re.compile(r"(\S+)(?:\s+(\S+))?(?:\s+(.*))?", re.DOTALL)
EVIDENCE = re.compile(r"([0-4])(?:\s+(.*))?", re.DOTALL)
TARGET = "-Z"  # how the code of a target ends, after that of its clause
LEVELS = frozenset("01234")
AIM = re.compile(r"(?:(\d{4})(?:\s+|$))?(?:(\d+)/(\d+)(?:\s+|$))?(.*)", re.DOTALL)
WEIGHTS = frozenset("123")
# A year or a pair with a digit too many or too few, or out of place.
MISTYPED = re.compile(r"(\d{3,}|\d*/\d*)(?:\s|$)")


class NotUnderstood(ValueError):
    """The line says nothing that could be stored; the text says why, in German."""


def target_code(clause: str) -> str:
    """The code of the target of a clause, by the clause's code."""
    return clause + TARGET


def short_code(code: str) -> str:
    """The code of a question or a target with its check letter, "1.1-1K".

    One wrong or two swapped characters do not fit it. Sums the positions of the characters, each times its place,
    modulo 23.
    """
    total = sum(place * SYMBOLS.find(character) for place, character in enumerate(code.lower(), 2))
    return code + LETTERS[total % len(LETTERS)]


@dataclass(frozen=True, slots=True)
class Typed:
    """One line as it was typed, and what it says; `fault` is empty when it can be understood.

    `fields` are those of the form for this kind of row, `choice` or `level` among them.
    """

    number: int
    text: str
    code: str = ""
    fields: tuple[tuple[str, str], ...] = ()
    fault: str = ""


def read(text: str, codes: Mapping[str, str]) -> list[Typed]:
    """The lines of a text, in order, without the empty ones.

    `codes` maps short codes in capitals to the codes of questions and targets. One that comes twice is a fault of the
    second line: which of the two was meant, nobody can tell.
    """
    lines: list[Typed] = []
    seen: dict[str, int] = {}
    for number, line in enumerate(text.split("\n"), 1):
        if not line.strip():
            continue
        typed = _read(number, line.strip(), codes)
        if typed.code in seen:
            typed = Typed(number, typed.text, fault=f"Dieser Code steht schon in Zeile {seen[typed.code]}.")
        elif typed.code:
            seen[typed.code] = number
        lines.append(typed)
    return lines


def _read(number: int, line: str, codes: Mapping[str, str]) -> Typed:
    match = LINE.fullmatch(line)
    assert match is not None  # a line that is not empty
    typed, answer, rest = match[1], (match[2] or "").lower(), (match[3] or "").strip()
    code = codes.get(typed.upper())
    if code is None:
        return Typed(number, line, fault=_unknown(typed, codes))
    try:
        fields = _target(answer, rest) if code.endswith(TARGET) else _answer(answer, rest)
    except NotUnderstood as error:
        return Typed(number, line, fault=str(error))
    return Typed(number, line, code, tuple(fields.items()))


def _answer(answer: str, rest: str) -> dict[str, str]:
    """The fields of the answer to a question. Raises `NotUnderstood`."""
    if not answer:
        raise NotUnderstood("Es fehlt die Antwort: 0 bis 4, n oder a.")
    if answer not in ANSWERS:
        raise NotUnderstood(f"Die Antwort „{answer}“ gibt es nicht. Möglich sind 0 bis 4, n und a.")
    words, bar, evidence = rest.partition("|")
    fields = {"choice": ANSWERS[answer]} | dict(_words(ANSWERS[answer], words.strip()))
    if bar:
        proof = EVIDENCE.fullmatch(evidence.strip())
        if proof is None:
            raise NotUnderstood("Nach dem Strich „|“ steht zuerst der Grad des Belegs, 0 bis 4.")
        fields["evidence_grade"] = proof[1]
        if proof[2]:
            fields["evidence"] = proof[2].strip()
    return fields


def _target(level: str, rest: str) -> dict[str, str]:
    """The fields of the target of a clause. Raises `NotUnderstood`."""
    if level not in LEVELS:
        raise NotUnderstood("Nach dem Code steht das Ziel: eine Stufe von 0 bis 4.")
    match = AIM.fullmatch(rest)
    assert match is not None  # every part may be missing
    year, importance, effort, reason = match.groups()
    if importance and not {importance, effort} <= WEIGHTS:
        raise NotUnderstood("Wichtigkeit und Aufwand gehen von 1 bis 3, zum Beispiel 3/1.")
    if stray := MISTYPED.match(reason):
        raise NotUnderstood(
            f"„{stray[1]}“ passt hier nicht. Nach dem Ziel stehen das Jahr mit vier Ziffern, dann Wichtigkeit und "
            "Aufwand wie 3/1, dann der Grund; er beginnt mit einem Wort."
        )
    named = {"year": year, "importance": importance, "effort": effort, "reason": reason}
    return {"level": level} | {name: text for name, text in named.items() if text}


def _words(choice: str, words: str) -> Sequence[tuple[str, str]]:
    """Which fields the words after the answer fill: it depends on the answer."""
    if choice == NOT_APPLICABLE:
        return [("reason", words)] if words else []
    if choice == NOT_OUR_COMPETENCE:
        body, _colon, demand = words.partition(":")
        return [
            (name, text.strip())
            for name, text in (("competent_body", body), ("demand", demand))
            if text.strip()
        ]
    return [("comment", words)] if words else []


def _unknown(typed: str, codes: Mapping[str, str]) -> str:
    """Why a code is not known: its letter is missing or wrong, or there is no such question."""
    known = {code.upper(): short for short, code in codes.items()}
    if typed.upper() in known:
        return f"Hinter „{typed}“ fehlt der Prüfbuchstabe, der auf dem Bogen steht."
    if typed[:-1].upper() in known:
        return f"Code und Prüfbuchstabe „{typed}“ passen nicht zusammen. Bitte vergleichen Sie mit dem Bogen."
    return f"Den Code „{typed}“ gibt es hier nicht."
