"""Plain mails in German. The first line of a template is the subject."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.mail import EmailMessage
from django.template.loader import render_to_string


def send(template: str, to: str, context: dict[str, Any]) -> bool:
    """Send a mail to one address; False if the mail server refused it or could not be reached."""
    subject, _line, body = render_to_string(f"assessments/mail/{template}.txt", context).partition("\n")
    subject = settings.ACCOUNT_EMAIL_SUBJECT_PREFIX + " ".join(subject.split())
    try:
        EmailMessage(subject, body.strip() + "\n", to=[to]).send()
    except OSError:  # what smtplib raises, too
        return False
    return True
