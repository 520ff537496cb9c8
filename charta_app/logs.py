"""What a line of the server's log says: enough to find a fault by, nothing about a person."""

from __future__ import annotations

import logging
import re
from copy import copy
from typing import Any

BEFORE_ANY_PAGE = "(keine Seite)"
SERVER_ERRORS = 500
TOO_MANY = 429
# What PostgreSQL adds to a refusal: the values, which may be somebody's address or answer. Until the next exception.
VALUES = re.compile(r"^DETAIL:.*?(?=^The above exception|^During handling|\Z)", re.DOTALL | re.MULTILINE)


class Line(logging.Formatter):
    """One line a record; a request by its method and route, for an address may hold the secret of an invitation.

    Django calls each refusal a warning and adds where it was raised. To refuse is ordinary: those stand here as
    information, without a traceback. What was forged or tried too often stays a warning, and a fault keeps all it has.
    """

    def __init__(self) -> None:
        super().__init__("{levelname} {name} {message}", style="{")

    def format(self, record: logging.LogRecord) -> str:
        request, status = getattr(record, "request", None), getattr(record, "status_code", None)
        if request is None or status is None:
            return super().format(record)
        told = copy(record)
        match = getattr(request, "resolver_match", None)
        why = _reason(record)
        told.msg = (
            f"{status} {request.method} {f'/{match.route}' if match else BEFORE_ANY_PAGE}{why and f': {why}'}"
        )
        told.args = None
        if status < SERVER_ERRORS:
            told.exc_info = told.exc_text = None
            level = logging.WARNING if why or status == TOO_MANY else logging.INFO
            told.levelno, told.levelname = level, logging.getLevelName(level)
        return super().format(told)

    def formatException(self, ei: Any) -> str:  # noqa: N802  # its name in the library
        """Where a fault came from, without the values that the database would not take."""
        return VALUES.sub("", super().formatException(ei)).rstrip()


def _reason(record: logging.LogRecord) -> str:
    """What was wrong with a request that no page let in."""
    if record.name == "django.security.csrf" and isinstance(record.args, tuple):
        return str(record.args[0])  # behind it stands the address
    return record.getMessage() if record.name.startswith("django.security.") else ""
