"""Mails that tell people what waits for them: plain text, one to each, so that nobody reads another's address."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from typing import Any

from django.core.mail import EmailMessage, get_connection
from django.template.loader import render_to_string

log = logging.getLogger(__name__)


def tell(people: Iterable[Any], name: str, context: dict[str, Any]) -> None:
    """Send the mail `templates/mails/<name>.txt`, whose first line is the subject. Never inside a transaction.

    What was done stands, whether the mail server takes the mail or not: a failure is only logged.
    """
    subject, _line, text = render_to_string(f"mails/{name}.txt", context).strip().partition("\n")
    mails = [
        EmailMessage(subject, text.strip() + "\n", to=[person.email])
        for person in people
        if person.is_active and person.email
    ]
    try:
        if mails:
            get_connection().send_messages(mails)
    except OSError:  # what smtplib raises is one, too
        log.exception("mail not sent", extra={"mail": name})
