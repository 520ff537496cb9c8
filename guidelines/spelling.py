"""Spelling or sense: whether a changed text still says what it said. Pure: no database, no Django."""

from __future__ import annotations

import re
from collections.abc import Iterable

WORD = re.compile(r"[^\W_]+(?:[-‑][^\W_]+)*")
ARTICLES = frozenset({"der", "die", "das", "den", "dem", "des"})
# Words that carry meaning although they differ from another by a letter or two.
MEANING = frozenset(
    {
        *("nicht", "nichts", "nie", "ohne", "mit", "und", "oder", "alle", "aller", "allen", "vor", "nach"),
        *("kein", "keine", "keinen", "keinem", "keiner", "ein", "eine", "einen", "einem", "einer"),
        *("muss", "müssen", "soll", "sollen", "sollte", "sollten", "kann", "können", "darf", "dürfen"),
        *("ist", "sind", "zwei", "drei", "vier", "fünf"),
    }
)
ENDINGS = frozenset({"", "e", "em", "en", "er", "es", "et", "m", "n", "r", "s", "t"})
SHORTEST_STEM = 4  # letters


def is_mended_typo(before: str, after: str, elsewhere: Iterable[str] = ()) -> bool:
    """Whether only spelling and punctuation differ: word by word the same or off by a letter or two.

    A missing article or a doubled word may be mended; a word that carries meaning (nicht, kein, muss, a number)
    stays as it is. `elsewhere` are the edition's other texts, read only when a word differs: where both words stand
    there, neither is a slip of the other (beschlossen, geschlossen), unless only the ending differs.
    """
    if before == after:
        return True
    old, new = (_words(text) for text in (before, after))
    if not new and old:
        return False
    if _meaning(old) != _meaning(new) or _distance(old, new) is None:
        return False
    replaced = [
        pair for pair in zip(old, new, strict=False) if len(old) == len(new) and _is_other_word(*pair)
    ]
    known = {word for text in elsewhere for word in _words(text)} if replaced else set()
    return not any(known.issuperset(pair) for pair in replaced)


def _words(text: str) -> list[str]:
    words = [word.casefold() for word in WORD.findall(text)]
    return [word for n, word in enumerate(words) if word not in ARTICLES and (n == 0 or word != words[n - 1])]


def _meaning(words: Iterable[str]) -> list[str]:
    return [word for word in words if word in MEANING or any(sign.isdigit() for sign in word)]


def _is_other_word(before: str, after: str) -> bool:
    """Whether more than the ending differs: kommunaler and kommunalen are one word."""
    letters = zip(before, after, strict=False)
    same = next((n for n, (one, other) in enumerate(letters) if one != other), min(len(before), len(after)))
    endings = {before[same:], after[same:]}
    return before != after and not (same >= SHORTEST_STEM and endings <= ENDINGS)


def _distance(old: list[str], new: list[str]) -> int | None:
    """How many letters differ, or None if the words are not the same ones. A space too many or too few is a typo."""
    if len(old) != len(new):
        return 1 if "".join(old) == "".join(new) else None
    total = 0
    for before, after in zip(old, new, strict=True):
        letters = _letters_apart(before, after)
        if letters > max(1, min(2, len(before) // 4)):
            return None
        total += letters
    return total


def _letters_apart(before: str, after: str) -> int:
    """Edits between two words: insert, delete, replace, or swap two neighbours. "un" and "k" in front negate."""
    if before == after:
        return 0
    if after in {f"un{before}", f"k{before}"} or before in {f"un{after}", f"k{after}"}:
        return len(before) + len(after)
    rows = [list(range(len(after) + 1))]
    for i, old in enumerate(before, start=1):
        row = [i]
        for j, new in enumerate(after, start=1):
            best = min(rows[-1][j] + 1, row[-1] + 1, rows[-1][j - 1] + (old != new))
            if i > 1 and j > 1 and old == after[j - 2] and before[i - 2] == new:
                best = min(best, rows[-2][j - 2] + 1)
            row.append(best)
        rows.append(row)
    return rows[-1][-1]
