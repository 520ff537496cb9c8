"""The fields of the questionnaire, drawn without templates: a page has a dozen, and they were half of its time."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from django.forms import BoundField, Select, Textarea
from django.utils.html import conditional_escape, format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

MARKS = {True: mark_safe(" selected"), False: ""}
LINE_BREAK = mark_safe("<br>")


def field(bound: BoundField, *, marks_optional: bool = True) -> SafeString:
    """A text, a number or a choice from a list with label, hint and error, as `kern/field.html` shows it."""
    failed = bound.errors
    return format_html(
        '<div id="div_{id}" class="kern-form-input charta-field{mark}">'
        '<label class="kern-label" for="{id}">{label}{optional}</label>{hint}{control}{error}</div>',
        id=bound.auto_id,
        mark=" kern-form-input--error" if failed else "",
        label=bound.label,
        optional=_optional() if marks_optional and not bound.field.required else "",
        hint=_hint(bound) if bound.help_text else "",
        control=_control(bound),
        error=_error(bound, failed) if failed else "",
    )


def attributes(given: dict[str, Any]) -> SafeString:
    """As Django writes them: `True` is a name alone, `False` is left out."""
    parts = (
        f" {name}" if value is True else f' {name}="{conditional_escape(value)}"'
        for name, value in given.items()
        if value is not False
    )
    return mark_safe("".join(parts))  # noqa: S308  # names are ours, values escaped


def _control(bound: BoundField) -> SafeString:
    widget = bound.field.widget
    name, value = bound.html_name, widget.format_value(bound.value())
    is_list = isinstance(widget, Select)
    kind = "kern-form-input__select" if is_list else "kern-form-input__input"
    attrs = attributes(
        widget.attrs
        | {"class": f"{kind} {kind}--error" if bound.errors else kind, "id": bound.auto_id}
        | bound.build_widget_attrs({}, widget)
    )
    if isinstance(widget, Select):
        choices = tuple((str(key), str(label)) for key, label in widget.choices)
        return format_html(
            '<div class="kern-form-input__select-wrapper"><select name="{}"{}>{}</select></div>',
            name,
            attrs,
            _options(choices, *value),
        )
    if isinstance(widget, Textarea):
        # the line break keeps a first line that is empty
        return format_html('<textarea name="{}"{}>\n{}</textarea>', name, attrs, value or "")
    return format_html(
        '<input type="{}" name="{}" value="{}"{}>', widget.input_type, name, value or "", attrs
    )


@lru_cache
def _options(choices: tuple[tuple[str, str], ...], chosen: str) -> SafeString:
    return format_html_join(
        "", '<option value="{}"{}>{}</option>', ((key, MARKS[key == chosen], label) for key, label in choices)
    )


def _optional() -> SafeString:
    return format_html(' <span class="kern-label__optional">– {}</span>', _("optional"))


def _hint(bound: BoundField) -> SafeString:
    return format_html(
        '<div class="kern-hint charta-hint" id="{}_helptext">{}</div>', bound.auto_id, bound.help_text
    )


def _error(bound: BoundField, failed: Any) -> SafeString:
    return format_html(
        '<div class="kern-error charta-error" id="{}_error">'
        '<span class="kern-icon kern-icon--danger" aria-hidden="true"></span>'
        '<p class="kern-body"><span class="kern-sr-only">{} </span>{}</p></div>',
        bound.auto_id,
        _("Fehler:"),
        format_html_join(LINE_BREAK, "{}", ((message,) for message in failed)),
    )
