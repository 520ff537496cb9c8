"""The fields of the questionnaire, drawn without templates: a page has a dozen, and they were half of its time."""

from __future__ import annotations

from functools import lru_cache
from typing import Any, NamedTuple

from django.forms import BoundField, Field, Select, Textarea
from django.utils.html import conditional_escape, format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

KEPT = 1024  # frames and lists in each process, of a kilobyte or less
MARKS = {True: mark_safe(" selected"), False: ""}
LINE_BREAK = mark_safe("<br>")


def field(bound: BoundField, *, marks_optional: bool = True) -> SafeString:
    """A text, a number or a choice from a list with label, hint and error, as `kern/field.html` shows it.

    Only for fields that all forms of a kind share (`forms.shares_fields`): what stands around their value is kept.
    """
    widget, failed = bound.field.widget, bound.errors
    frame = _frame(
        bound.field,
        bound.html_name,
        bound.auto_id,
        str(bound.help_text),
        is_optional=marks_optional and not bound.field.required,
        failed=bool(failed),
    )
    value = widget.format_value(bound.value())
    if isinstance(widget, Select):
        control: str = _options(bound.field, next((key for key in value if key in _keys(bound.field)), ""))
    else:
        control = value or ""
    return format_html(
        "{}{}{}{}</div>",
        frame.before,
        control,
        frame.after,
        _error(bound, failed) if failed else "",
    )


class Frame(NamedTuple):
    """What stands before and after the value of a field, up to its error."""

    before: SafeString
    after: SafeString


@lru_cache(KEPT)
def _frame(field: Field, name: str, id_: str, hint: str, *, is_optional: bool, failed: bool) -> Frame:
    widget = field.widget
    kind = "kern-form-input__select" if isinstance(widget, Select) else "kern-form-input__input"
    described_by = [*([f"{id_}_helptext"] if hint else []), *([f"{id_}_error"] if failed else [])]
    attrs = attributes(
        widget.attrs
        | {"class": f"{kind} {kind}--error" if failed else kind, "id": id_}
        | {"required": field.required and widget.use_required_attribute(None)}
        | ({"aria-invalid": "true"} if failed else {})
        | ({"aria-describedby": " ".join(described_by)} if described_by else {})
    )
    if isinstance(widget, Select):
        start = format_html('<div class="kern-form-input__select-wrapper"><select name="{}"{}>', name, attrs)
        after = mark_safe("</select></div>")
    elif isinstance(widget, Textarea):
        # the line break keeps a first line that is empty
        start, after = format_html('<textarea name="{}"{}>\n', name, attrs), mark_safe("</textarea>")
    else:
        start = format_html('<input type="{}" name="{}" value="', widget.input_type, name)
        after = format_html('"{}>', attrs)
    before = format_html(
        '<div id="div_{id}" class="kern-form-input charta-field{mark}">'
        '<label class="kern-label" for="{id}">{label}{optional}</label>{hint}{start}',
        id=id_,
        mark=" kern-form-input--error" if failed else "",
        label=field.label,
        optional=_optional() if is_optional else "",
        hint=_hint(id_, hint) if hint else "",
        start=start,
    )
    return Frame(before, after)


def attributes(given: dict[str, Any]) -> SafeString:
    """As Django writes them: `True` is a name alone, `False` is left out."""
    parts = (
        f" {name}" if value is True else f' {name}="{conditional_escape(value)}"'
        for name, value in given.items()
        if value is not False
    )
    return mark_safe("".join(parts))  # noqa: S308  # names are ours, values escaped


@lru_cache(KEPT)
def _keys(field: Field) -> frozenset[str]:
    """What can be chosen: nothing else that was sent is kept."""
    return frozenset(str(key) for key, _label in field.widget.choices)


@lru_cache(KEPT)
def _options(field: Field, chosen: str) -> SafeString:
    choices = ((str(key), label) for key, label in field.widget.choices)
    return format_html_join(
        "", '<option value="{}"{}>{}</option>', ((key, MARKS[key == chosen], label) for key, label in choices)
    )


def _optional() -> SafeString:
    return format_html(' <span class="kern-label__optional">– {}</span>', _("optional"))


def _hint(id_: str, hint: str) -> SafeString:
    return format_html('<div class="kern-hint charta-hint" id="{}_helptext">{}</div>', id_, hint)


def _error(bound: BoundField, failed: Any) -> SafeString:
    return format_html(
        '<div class="kern-error charta-error" id="{}_error">'
        '<span class="kern-icon kern-icon--danger" aria-hidden="true"></span>'
        '<p class="kern-body"><span class="kern-sr-only">{} </span>{}</p></div>',
        bound.auto_id,
        _("Fehler:"),
        format_html_join(LINE_BREAK, "{}", ((message,) for message in failed)),
    )
