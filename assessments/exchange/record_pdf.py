"""The Record that a report carries along, out of the PDF."""

from __future__ import annotations

import io

from pypdf import PdfReader

from assessments.exchange.record_json import LARGEST, NotARecord, from_json
from assessments.record import Record

LARGEST_PDF = 64 << 20  # bytes; a full report takes less than one MiB


def from_pdf(data: bytes) -> Record:
    """The attached Record of a report that anybody may have made. Raises `NotARecord`."""
    if len(data) > LARGEST_PDF:
        raise NotARecord(f"Die Datei ist zu groß: mehr als {LARGEST_PDF >> 20} MiB.")
    try:
        attached = [bytes(file.content) for file in PdfReader(io.BytesIO(data)).attachment_list]
    except Exception:  # the library raises whatever a broken file leads it to
        raise NotARecord("Das PDF lässt sich nicht lesen.") from None
    if len(attached) != 1:
        raise NotARecord("Das PDF ist kein Bericht von Charta-Check: Es trägt nicht genau einen Datensatz.")
    return from_json(attached[0][: LARGEST + 1])
