"""Access tokens: how a program reads in a person's name."""

from __future__ import annotations

from assessments.views.autosave import View


def takes_tokens(view: View) -> View:
    """Mark a view that a program may ask for with an access token instead of a session."""
    view.takes_tokens = True  # type: ignore[attr-defined]
    return view
