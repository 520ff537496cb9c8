"""Where sessions are kept: Django's own, in the database, with the look-up of every request put into SQL once."""

from __future__ import annotations

from django.contrib.sessions.backends import db
from django.contrib.sessions.models import Session
from django.utils import timezone

from assessments.models.prepared import Given, Prepared

EXPIRES = Session._meta.get_field("expire_date")
SESSION = Prepared(
    Session.objects.filter(session_key=Given("key"), expire_date__gt=Given("now", EXPIRES)),
)


class SessionStore(db.SessionStore):
    """A session of Django's table."""

    def _get_session_from_db(self) -> Session | None:
        found = SESSION.all(key=self.session_key, now=timezone.now())
        if not found:
            self._session_key = None
        return found[0] if found else None
