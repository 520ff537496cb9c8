"""The fields of the questionnaire without a template each: a page has a dozen, and they were a quarter of its time."""

from __future__ import annotations

from typing import Any

from django.forms.renderers import TemplatesSetting
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString


def attributes(given: dict[str, Any]) -> SafeString:
    """As Django writes them: `True` is a name alone, `False` is left out."""
    return format_html_join(
        "",
        "{}",
        (
            (format_html(" {}", name) if value is True else format_html(' {}="{}"', name, value),)
            for name, value in given.items()
            if value is not False
        ),
    )


def text_area(widget: dict[str, Any]) -> SafeString:
    """`django/forms/widgets/textarea.html`; the line break keeps a first line that is empty."""
    return format_html(
        '<textarea name="{}"{}>\n{}</textarea>',
        widget["name"],
        attributes(widget["attrs"]),
        widget["value"] or "",
    )


def text_input(widget: dict[str, Any]) -> SafeString:
    """`django/forms/widgets/input.html`."""
    value = widget["value"]
    attrs = ({"value": value} if value is not None else {}) | widget["attrs"]
    return format_html('<input type="{}" name="{}"{}>', widget["type"], widget["name"], attributes(attrs))


def select(widget: dict[str, Any]) -> SafeString:
    """`django/forms/widgets/select.html`, for choices without groups."""
    options = format_html_join(
        "\n",
        '<option value="{}"{}>{}</option>',
        (
            (option["value"], attributes(option["attrs"]), option["label"])
            for _group, options, _index in widget["optgroups"]
            for option in options
        ),
    )
    return format_html(
        '<select name="{}"{}>\n{}\n</select>', widget["name"], attributes(widget["attrs"]), options
    )


DRAWN = {
    "django/forms/widgets/textarea.html": text_area,
    "django/forms/widgets/text.html": text_input,
    "django/forms/widgets/number.html": text_input,
    "django/forms/widgets/select.html": select,
}


class Drawn(TemplatesSetting):
    """Django's renderer of forms, but for the widgets above."""

    def render(self, template_name: str, context: dict[str, Any], request: Any = None) -> str:
        """The HTML of a widget or another part of a form."""
        draw = DRAWN.get(template_name)
        return draw(context["widget"]) if draw else super().render(template_name, context, request)
