"""The arms or logo of a municipality, uploaded by its officers and shown on its reports."""

from __future__ import annotations

import base64
import io
from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods
from PIL import ExifTags, Image

from assessments.models import Arms, Municipality
from assessments.views.towns import town_to_run

LARGEST = 1 << 20  # bytes
MOST_PIXELS = 16_000_000  # a small file can unfold to gigabytes; this takes 64 MB
EDGE = 800  # pixels; 30 mm at 600 dpi
# How a camera was held, and what puts its picture upright. Pillow's own way writes all that the camera noted again,
# and fails when one of these notes is odd.
UPRIGHT = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}


class PictureField(forms.FileField):
    """A PNG or JPEG; its value is the same picture as PNG, drawn anew: nothing of the file itself is kept."""

    def to_python(self, data: Any) -> bytes | None:  # type: ignore[override]  # the stubs know files alone
        file = super().to_python(data)
        if file is None:
            return None
        if file.size > LARGEST:
            raise ValidationError(_("Die Datei ist zu groß. Erlaubt ist höchstens 1 MiB."))
        try:
            return drawn_anew(file.read())
        except (OSError, ValueError, SyntaxError, Image.DecompressionBombError) as error:
            raise ValidationError(
                _("Das lässt sich nicht als PNG oder JPEG lesen. Bitte wählen Sie eine andere Datei.")
            ) from error


def drawn_anew(data: bytes) -> bytes:
    """The picture as PNG on white, at most 800 pixels wide and high. Raises what Pillow raises, or `ValueError`."""
    with Image.open(io.BytesIO(data), formats=("PNG", "JPEG")) as picture:
        if picture.width * picture.height > MOST_PIXELS:  # asked before anything is unpacked
            raise ValueError("too many pixels")
        turn = UPRIGHT.get(picture.getexif().get(ExifTags.Base.Orientation, 1))
        upright = picture.convert("RGBA")
    if turn is not None:
        upright = upright.transpose(turn)
    upright.thumbnail((EDGE, EDGE))
    canvas = Image.new("RGB", upright.size, "white")
    canvas.paste(upright, mask=upright)
    out = io.BytesIO()
    canvas.save(out, "PNG", optimize=True)
    return out.getvalue()


class ArmsForm(forms.Form):
    """One picture."""

    picture = PictureField(
        label=gettext_lazy("Wappen oder Logo"),
        help_text=gettext_lazy("PNG oder JPEG, höchstens 1 MiB. Am besten mindestens 400 Bildpunkte hoch."),
        widget=forms.FileInput(attrs={"accept": "image/png,image/jpeg"}),
        error_messages={
            "required": gettext_lazy("Bitte wählen Sie eine Datei."),
            "empty": gettext_lazy("Die Datei ist leer."),
        },
    )


@require_http_methods(["GET", "HEAD", "POST"])
def arms(request: HttpRequest, pk: int) -> HttpResponse:
    """Show what the reports of a municipality carry; take another picture, or none."""
    town = town_to_run(request.user, pk, Municipality.objects.select_related("arms"))
    form = ArmsForm(*((request.POST, request.FILES) if request.method == "POST" else ()))
    if request.method == "POST" and "remove" in request.POST:
        return _changed(request, town, None, _("Die Berichte zeigen kein Wappen mehr."))
    if form.is_valid():
        kept = Arms.objects.keep(form.cleaned_data["picture"])
        return _changed(request, town, kept, _("Gespeichert. Neue Berichte zeigen dieses Bild."))
    context = {
        "municipality": town,
        "form": form,
        "picture": base64.b64encode(town.arms.image).decode() if town.arms else "",
    }
    return render(request, "assessments/arms.html", context, status=422 if form.is_bound else 200)


def _changed(request: HttpRequest, town: Municipality, arms: Arms | None, said: str) -> HttpResponse:
    town.show_arms(arms, request.user)
    messages.success(request, said)
    return redirect("assessments:arms", town.pk)
