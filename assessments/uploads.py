"""What an uploaded file really is: only a few kinds are taken, and only when name and content agree. Pure."""

from __future__ import annotations

import unicodedata
import zipfile
import zlib
from io import BytesIO
from typing import NamedTuple

import puremagic

from assessments.record import ExhibitKind

LARGEST_UNPACKED = 20 << 20  # bytes
MOST_ENTRIES = 200
LONGEST_NAME = 150  # characters
ZIP_BEGINS = b"PK\x03\x04"
OFFICE = "application/vnd.openxmlformats-officedocument."
OPEN_DOCUMENT = "application/vnd.oasis.opendocument."
PACKED_BY = {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}  # as offices do; others want more memory than they say
MACROS = ("vbaproject", "vbadata", "activex", "basic/", "scripts/")  # how the names of such parts begin


class NotAccepted(ValueError):
    """The file is not taken; the text says why, in German."""


class KindOfFile(NamedTuple):
    """How a kind is called and sent, and what makes it one."""

    endings: tuple[str, ...]
    content_type: str
    main: str = ""  # of an office file: what its own list of contents calls it


KINDS = {
    ExhibitKind.PDF: KindOfFile((".pdf",), "application/pdf"),
    ExhibitKind.PNG: KindOfFile((".png",), "image/png"),
    ExhibitKind.JPEG: KindOfFile((".jpg", ".jpeg"), "image/jpeg"),
    ExhibitKind.DOCX: KindOfFile(
        (".docx",), f"{OFFICE}wordprocessingml.document", f"{OFFICE}wordprocessingml.document.main+xml"
    ),
    ExhibitKind.XLSX: KindOfFile(
        (".xlsx",), f"{OFFICE}spreadsheetml.sheet", f"{OFFICE}spreadsheetml.sheet.main+xml"
    ),
    ExhibitKind.ODT: KindOfFile((".odt",), f"{OPEN_DOCUMENT}text"),
    ExhibitKind.ODS: KindOfFile((".ods",), f"{OPEN_DOCUMENT}spreadsheet"),
}
ENDINGS = tuple(ending for kind in KINDS.values() for ending in kind.endings)
DAMAGED = "Die Datei ist beschädigt oder anders gepackt, als ihr Name sagt."


def examined(name: str, data: bytes) -> ExhibitKind:
    """The kind of the file. Raises `NotAccepted`."""
    kind = next((kind for kind, known in KINDS.items() if name.lower().endswith(known.endings)), None)
    if kind is None:
        raise NotAccepted("Möglich sind PDF, PNG, JPEG, DOCX, XLSX, ODT und ODS.")
    packed = kind not in {ExhibitKind.PDF, ExhibitKind.PNG, ExhibitKind.JPEG}
    if (_packed_kind(data) if packed else _plain_kind(data)) is not kind:
        raise NotAccepted(
            f"Der Inhalt passt nicht zum Namen: Das ist keine {kind.upper()}-Datei. Bitte speichern Sie sie neu."
        )
    return kind


def plain_name(name: str) -> str:
    """The name a person gave the file, as text alone: no path, nothing invisible, not too long; its ending stays."""
    bare = unicodedata.normalize("NFC", name.replace("\\", "/").rpartition("/")[2])
    seen = " ".join("".join(letter if letter.isprintable() else " " for letter in bare).split())
    stem, dot, ending = seen.rpartition(".")
    return f"{stem[: LONGEST_NAME - len(ending) - 1] or 'Datei'}{dot}{ending}"[:LONGEST_NAME]


def _plain_kind(data: bytes) -> ExhibitKind | None:
    try:
        found = {match.mime_type for match in puremagic.magic_string(data)}
    except (puremagic.PureError, ValueError):
        return None
    return next((kind for kind, known in KINDS.items() if known.content_type in found), None)


def _packed_kind(data: bytes) -> ExhibitKind | None:
    """The kind of an office file, by what it says of itself inside. Raises `NotAccepted`."""
    if not data.startswith(ZIP_BEGINS):
        return None
    try:
        with zipfile.ZipFile(BytesIO(data)) as archive:
            _harmless(archive)
            return _office_kind(archive)
    except (zipfile.BadZipFile, zlib.error, EOFError, OSError, RuntimeError, ValueError) as error:
        if isinstance(error, NotAccepted):
            raise
        raise NotAccepted(DAMAGED) from error


def _harmless(archive: zipfile.ZipFile) -> None:
    """Judge by the list of contents before anything is unpacked; then everything must unpack as it says."""
    entries = archive.infolist()
    if len(entries) > MOST_ENTRIES:
        raise NotAccepted(f"Die Datei enthält mehr als {MOST_ENTRIES} Teile.")
    if sum(entry.file_size for entry in entries) > LARGEST_UNPACKED:
        raise NotAccepted(f"Entpackt wäre die Datei größer als {LARGEST_UNPACKED >> 20} MiB.")
    names = [entry.filename.lower() for entry in entries]
    if any(entry.flag_bits & 1 for entry in entries):
        raise NotAccepted(
            "Die Datei ist mit einem Kennwort geschützt. Bitte speichern Sie sie ohne Kennwort."
        )
    if any(name.startswith(MACROS) or name.rpartition("/")[2].startswith(MACROS) for name in names):
        raise NotAccepted("Die Datei enthält Makros. Bitte speichern Sie sie ohne Makros.")
    if any(entry.compress_type not in PACKED_BY for entry in entries):
        raise NotAccepted(DAMAGED)
    if len(set(names)) < len(names) or archive.testzip() is not None:
        raise NotAccepted(DAMAGED)


def _office_kind(archive: zipfile.ZipFile) -> ExhibitKind | None:
    first = archive.infolist()[0].filename if archive.infolist() else ""
    if first == "mimetype":
        says = archive.read("mimetype").decode("ascii", "replace").strip()
        return next((kind for kind, known in KINDS.items() if known.content_type == says), None)
    if "[Content_Types].xml" not in archive.namelist():
        return None
    contents = archive.read("[Content_Types].xml").decode("utf-8", "replace")
    if "macroenabled" in contents.lower():
        raise NotAccepted("Die Datei enthält Makros. Bitte speichern Sie sie ohne Makros.")
    return next((kind for kind, known in KINDS.items() if known.main and f'"{known.main}"' in contents), None)
