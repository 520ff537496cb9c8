"""Text of people made fit for the typeface and the page, in finished HTML. Tags and attributes stay as they are.

A word of thousands of characters keeps the layout busy for minutes; a character the typeface does not have would
become an empty box, and the file no longer PDF/UA. What was really typed stands in the attached Record.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Container

LONGEST_WORD = 40
BREAK = "&#8203;"
NOT_TEXT = re.compile(r"(<!--.*?-->|<(?:code|title|style)\b.*?</(?:code|title|style)>|<[^>]*>)", re.DOTALL)
CHARACTER = r"(?:&[#\w]+;|[^\s<>&])"
LONG_RUN = re.compile(rf"{CHARACTER}{{{LONGEST_WORD}}}(?={CHARACTER})")

BETWEEN_BLOCKS = re.compile(
    r">\s*\n\s*<"
)  # what the templates' own line ends leave; costs a tenth of the parsing

# One glyph may hand out one character only, and the typeface draws these two pairs alike.
PLAIN = {"\N{NON-BREAKING HYPHEN}": "-", "\N{NARROW NO-BREAK SPACE}": "\N{NO-BREAK SPACE}"}
LOOKALIKES = (
    PLAIN | dict.fromkeys("✓✔✅☑🗸", "[x]") | dict.fromkeys("☐□", "[ ]") | dict.fromkeys("■▪●○◦‣∙", "•")
)
MARKUP_MEANS_SOMETHING = "<>&\"'"


def fit(html: str, typeface: Container[int]) -> str:
    """The same HTML with long words breakable and only characters of the typeface (its code points)."""
    known = {character: _drawable(character, typeface) for character in set(html)}
    strange = str.maketrans({character: text for character, text in known.items() if text != character})
    parts = NOT_TEXT.split(BETWEEN_BLOCKS.sub("><", html.translate(strange)))
    parts[::2] = [LONG_RUN.sub(rf"\g<0>{BREAK}", text) for text in parts[::2]]
    return "".join(parts)


def _drawable(character: str, typeface: Container[int]) -> str:
    """The character itself, one that looks like it, or its number."""
    if character in "\n\r\t":
        return character
    if character in LOOKALIKES:
        return LOOKALIKES[character]
    if ord(character) in typeface:
        return character
    if unicodedata.category(character) in {"Cc", "Cf", "Mn"}:
        return ""
    plain = unicodedata.normalize("NFKD", character)
    if plain != character and not set(plain) & set(MARKUP_MEANS_SOMETHING):
        return "".join(_drawable(part, typeface) for part in plain)
    return f"[U+{ord(character):04X}]"
