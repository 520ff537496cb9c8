"""How fields are drawn by the templates of the design system (`templates/kern/`)."""

from __future__ import annotations

from django import forms
from django.contrib.auth.password_validation import password_validators_help_text_html
from django.template.loader import render_to_string


class Asking(forms.Form):
    """One field whose hint is a text somebody wrote, one whose hint is a list that Django made."""

    evidence = forms.CharField(help_text="Zum Beispiel: <img src=x> & Rat")
    password = forms.CharField(help_text=password_validators_help_text_html())


def drawn(name: str) -> str:
    return render_to_string("kern/field.html", {"field": Asking()[name], "form_show_errors": True})


def test_a_hint_is_text() -> None:
    assert "Zum Beispiel: &lt;img src=x&gt; &amp; Rat" in drawn("evidence")


def test_a_hint_that_django_made_keeps_its_list() -> None:
    assert "<ul><li>" in drawn("password")
