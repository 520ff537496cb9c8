"""System check: whether this machine can print reports."""

from __future__ import annotations

import ctypes
import sys
from typing import Any

from django.core.checks import CheckMessage, Warning, register  # noqa: A004 - Django's name

from assessments.reports.press import INSTALL

LIBRARIES = ("libpango-1.0.so.0", "libpangoft2-1.0.so.0", "libharfbuzz-subset.so.0")


@register()
def native_libraries(**_: Any) -> list[CheckMessage]:
    """WeasyPrint's libraries, without importing it: that takes half a second. Only Linux names them so."""
    if not sys.platform.startswith("linux"):
        return []
    missing = [library for library in LIBRARIES if not _loads(library)]
    if not missing:
        return []
    return [
        Warning(
            f"Für die PDF-Berichte fehlt {', '.join(missing)}; alles andere läuft.",
            hint=INSTALL,
            id="assessments.W001",
        )
    ]


def _loads(library: str) -> bool:
    try:
        ctypes.CDLL(library)
    except OSError:
        return False
    return True
