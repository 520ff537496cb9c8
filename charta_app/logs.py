"""What a line of the server's log says: enough to find a fault by, nothing about a person."""

from __future__ import annotations

import json
import logging
import re
import traceback
from collections.abc import Callable
from contextvars import ContextVar
from datetime import UTC, datetime
from secrets import token_hex
from smtplib import SMTPException
from typing import Any

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.db import DatabaseError, DataError, InterfaceError
from django.http import HttpRequest, HttpResponse
from django.template import TemplateDoesNotExist, TemplateSyntaxError
from psycopg_pool import PoolTimeout

BEFORE_ANY_PAGE = "(keine Seite)"
SERVER_ERRORS = 500
TOO_MANY = 429
# As web servers make them (nginx, Caddy, Envoy): no other sign, so that nobody's name and no secret can be one.
WELL_FORMED = re.compile(r"[0-9A-Fa-f-]{16,64}")
# Faults whose text speaks of the machine or the code. Any other's can hold what somebody has typed.
OF_THE_MACHINE = (
    AttributeError,
    DatabaseError,
    ImportError,
    ImproperlyConfigured,
    InterfaceError,
    MemoryError,
    NameError,
    OSError,
    PoolTimeout,
    TemplateDoesNotExist,
    TemplateSyntaxError,
)
QUOTES = (DataError, SMTPException)  # the exceptions to that: a value, an address
GUNICORN = "gunicorn.error"  # what it calls all its lines but those of the access log
# What it says of a request it could not serve; behind it stand address, IP address and parts of the request.
WITHOUT_THE_REST = re.compile("Error handling request|Invalid request")

request_id: ContextVar[str] = ContextVar("request_id", default="")


class RequestIdMiddleware:
    """Gives each request an id, which stands on every line logged for it and in its response.

    A web server in front may have given one already; from anybody else none is taken. The id stays with the thread
    until its next request: Django still writes about this one when all middleware has finished. Lines of gunicorn get
    none, because it writes between two requests as well.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response
        self.is_behind_proxy = settings.BEHIND_PROXY

    def __call__(self, request: HttpRequest) -> HttpResponse:
        given = request.META.get("HTTP_X_REQUEST_ID", "") if self.is_behind_proxy else ""
        name = given if given and WELL_FORMED.fullmatch(given) else token_hex(6)
        request_id.set(name)
        response = self.get_response(request)
        response.headers["X-Request-ID"] = name
        return response


class Line(logging.Formatter):
    """A record as a line for people; a request by its method and route, for an address may hold an invitation's secret.

    Django calls each refusal a warning and adds where it was raised. To refuse is ordinary: those stand here as
    information, without a traceback. What was forged or tried too often stays a warning. A fault keeps its traceback;
    what the exceptions say only if they are `OF_THE_MACHINE`, or if the formatter `tells_all` to somebody developing.
    """

    def __init__(self, *, tells_all: bool = False) -> None:
        super().__init__()
        self.tells_all = tells_all

    def format(self, record: logging.LogRecord) -> str:
        entry = self.entry(record)
        told = f"{entry['level']} {entry['logger']} {entry['message']}"
        if "request_id" in entry:
            told += f" [{entry['request_id']}]"
        return f"{told}\n{entry['traceback']}" if "traceback" in entry else told

    def entry(self, record: logging.LogRecord) -> dict[str, Any]:
        """All that is told of a record: these fields, whatever else it carries."""
        level, message, error = record.levelno, record.getMessage(), record.exc_info and record.exc_info[1]
        asked: dict[str, Any] = {}
        request, status = getattr(record, "request", None), getattr(record, "status_code", None)
        if isinstance(request, HttpRequest) and status is not None:
            why, match = _reason(record), request.resolver_match
            route = f"/{match.route}" if match else None
            asked = {"method": request.method, "route": route, "status": status}
            message = f"{status} {request.method} {route or BEFORE_ANY_PAGE}{why and f': {why}'}"
            if status < SERVER_ERRORS:
                level, error = logging.WARNING if why or status == TOO_MANY else logging.INFO, None
        elif record.name == GUNICORN and (opening := WITHOUT_THE_REST.match(message)):
            message = opening.group()
        at = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")
        entry = {
            "time": at.replace("+00:00", "Z"),
            "level": logging.getLevelName(level),
            "logger": record.name,
        }
        entry |= {"message": message} | asked
        if (name := request_id.get()) and record.name != GUNICORN:
            entry["request_id"] = name
        if error:
            entry["traceback"] = self.origin(error)
        return entry

    def origin(self, error: BaseException) -> str:
        """Where a fault came from, the first cause first, as Python tells it."""
        chain: list[BaseException] = []
        link: BaseException | None = error
        while link and link not in chain:
            chain.append(link)
            link = link.__cause__ or (None if link.__suppress_context__ else link.__context__)
        return "\n\nDuring handling of the above exception, another exception occurred:\n\n".join(
            "".join(
                [
                    "Traceback (most recent call last):\n",
                    *traceback.format_tb(link.__traceback__),
                    self.says(link),
                ]
            )
            for link in reversed(chain)
        )

    def says(self, error: BaseException) -> str:
        """What an exception is called, and its text if that can hold nobody's words."""
        name = f"{type(error).__module__}.{type(error).__qualname__}".removeprefix("builtins.")
        if self.tells_all:
            return f"{name}: {error}"
        if not isinstance(error, OF_THE_MACHINE) or isinstance(error, QUOTES):
            return name
        if isinstance(error, OSError) and error.errno is None:
            return name  # somebody else's kind of it, about an address of the web for instance
        first, _line, _values = str(error).partition("\n")  # PostgreSQL goes on with the values
        return f"{name}: {first}"


class JSONLine(Line):
    """The same as one JSON object a line, for programs."""

    def format(self, record: logging.LogRecord) -> str:
        return json.dumps(self.entry(record))


FORMATS = {"lines": Line, "json": JSONLine}


def configuration(form: str, *, tells_all: bool = False) -> dict[str, Any]:
    """The settings of Python's logging: everything to the terminal, in one of `FORMATS`."""
    if form not in FORMATS:
        raise ImproperlyConfigured("LOG_FORMAT: muss json oder lines sein.")
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {"line": {"()": FORMATS[form], "tells_all": tells_all}},
        "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
        "loggers": {
            "fido2": {"level": "WARNING"},  # it would tell which key signed in
            GUNICORN: {"handlers": ["console"], "propagate": False},
        },
        "root": {"handlers": ["console"], "level": "INFO"},
    }


def _reason(record: logging.LogRecord) -> str:
    """What was wrong with a request that no page let in."""
    if record.name == "django.security.csrf" and isinstance(record.args, tuple):
        return str(record.args[0])  # behind it stands the address
    return record.getMessage() if record.name.startswith("django.security.") else ""
