"""What others made and we ship is what its VENDOR.toml says, and no page loads anything from another host."""

from __future__ import annotations

import hashlib
import re
import tomllib
from pathlib import Path

import pytest

pytestmark = pytest.mark.once

ROOT = Path(__file__).resolve().parent.parent
VENDOR = ROOT / "static" / "vendor"
PARCELS = sorted(path.parent for path in VENDOR.glob("*/VENDOR.toml"))
# A browser fetches from these places; an address in a link, a namespace or a licence text is not fetched.
FETCHES = re.compile(
    r"""url\(\s*["']?(?:https?:)?//|@import\s|<(?:script|img|iframe|source|video|audio|embed|input)\b[^>]*\ssrc=["'](?:https?:)?//"""
    r"""|<link\b[^>]*\shref=["'](?:https?:)?//|<object\b[^>]*\sdata=["'](?:https?:)?//""",
    re.IGNORECASE,
)
INLINE = re.compile(r"""\sstyle=["']|<style\b|<script(?![^>]*\ssrc=)|\son[a-z]+=["']""", re.IGNORECASE)


def described(parcel: Path) -> dict[str, str]:
    """File name -> SHA-512, as the parcel's VENDOR.toml states it."""
    with (parcel / "VENDOR.toml").open("rb") as file:
        return tomllib.load(file)["sha512"]


def pages() -> list[Path]:
    """Every template a browser may see."""
    return sorted((ROOT / "templates").rglob("*.html"))


def test_there_is_something_to_check() -> None:
    assert [parcel.name for parcel in PARCELS] == ["fira-sans", "kern"]


@pytest.mark.parametrize("parcel", PARCELS, ids=lambda parcel: parcel.name)
def test_vendored_files_are_unchanged_and_all_named(parcel: Path) -> None:
    present = {
        path.relative_to(parcel).as_posix(): hashlib.sha512(path.read_bytes()).hexdigest()
        for path in parcel.rglob("*")
        if path.is_file() and path.name != "VENDOR.toml"
    }

    assert present == described(parcel)


@pytest.mark.parametrize("parcel", PARCELS, ids=lambda parcel: parcel.name)
def test_vendored_parcels_carry_name_version_and_licence(parcel: Path) -> None:
    with (parcel / "VENDOR.toml").open("rb") as file:
        facts = tomllib.load(file)

    assert all(facts[key] for key in ("name", "version", "source", "licence", "copyright"))
    assert (parcel / facts["licence_text"]).is_file()


def test_no_vendored_file_lies_outside_a_parcel() -> None:
    strays = [
        path.relative_to(VENDOR).as_posix()
        for path in VENDOR.rglob("*")
        if path.is_file() and not any(path.is_relative_to(parcel) for parcel in PARCELS)
    ]

    assert strays == []


def test_styles_and_pages_fetch_nothing_from_another_host() -> None:
    sources = [*(ROOT / "static").rglob("*.css"), *(ROOT / "static").rglob("*.js"), *pages()]

    guilty = [
        path.relative_to(ROOT).as_posix() for path in sources if FETCHES.search(path.read_text("utf-8"))
    ]

    assert len(sources) > 10
    assert guilty == []


def test_pages_hold_no_inline_style_or_script() -> None:
    guilty = [path.relative_to(ROOT).as_posix() for path in pages() if INLINE.search(path.read_text("utf-8"))]

    assert guilty == []


def test_own_styles_name_only_files_that_exist() -> None:
    sheet = ROOT / "static" / "charta" / "site.css"
    named = re.findall(r"""url\("([^"]+)"\)""", sheet.read_text("utf-8"))

    missing = [name for name in named if not (sheet.parent / name).resolve().is_file()]

    assert len(named) > 5
    assert missing == []
