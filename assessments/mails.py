"""Mails that tell people what waits for them: plain text, one to each, so that nobody reads another's address."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from typing import Any

from django.core.mail import EmailMessage, get_connection
from django.template.loader import render_to_string

log = logging.getLogger(__name__)


def send(addresses: Iterable[str], name: str, context: dict[str, Any]) -> bool:
    """Send the mail `templates/mails/<name>.txt`, whose first line is the subject. Never inside a transaction.

    False if the mail server refused it or could not be reached; the log says so, without an address.
    """
    first, _line, text = render_to_string(f"mails/{name}.txt", context).strip().partition("\n")
    subject, body = " ".join(first.split()), text.strip() + "\n"
    mails = [EmailMessage(subject, body, to=[address]) for address in addresses]
    try:
        if mails:
            get_connection().send_messages(mails)
    except OSError as error:  # what smtplib raises is one, too; its text may hold the address
        log.error("mail %s not sent: %s", name, type(error).__name__)
        return False
    return True


def tell(people: Iterable[Any], name: str, context: dict[str, Any]) -> bool:
    """Send people a mail about something that stands, whether the mail server takes the mail or not."""
    return send([person.email for person in people if person.is_active and person.email], name, context)
