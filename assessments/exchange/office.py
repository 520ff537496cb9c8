"""What office files have in common: text that XML can hold, and an archive without the clock's time."""

from __future__ import annotations

import io
import re
import zipfile

GENERATOR = "Charta-Check"  # instead of a person's name
LONG_AGO = (1980, 1, 1, 0, 0, 0)  # the earliest date an archive can name
NOT_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")


def clean(text: str) -> str:
    """What XML can hold, with one kind of line end."""
    return NOT_XML.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))


def packed(archive: io.BytesIO) -> bytes:
    """The same files in the same order, without the time they were packed at; ODF wants `mimetype` first and plain."""
    target = io.BytesIO()
    with zipfile.ZipFile(archive) as source, zipfile.ZipFile(target, "w") as anew:
        for entry in source.infolist():
            plain = entry.filename == "mimetype" or entry.is_dir()
            info = zipfile.ZipInfo(entry.filename, LONG_AGO)
            info.compress_type = zipfile.ZIP_STORED if plain else zipfile.ZIP_DEFLATED
            info.create_system = 0
            anew.writestr(info, source.read(entry))
    return target.getvalue()
