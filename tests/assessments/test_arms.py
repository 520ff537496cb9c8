"""The arms of a municipality: taken with care, shown on reports, and frozen with them."""

from __future__ import annotations

import hashlib
import io
import struct
import zlib
from collections.abc import Callable
from typing import TYPE_CHECKING

import page
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image, ImageOps, PngImagePlugin

from assessments.models import Arms, AuditEntry
from assessments.reports.kinds import ReportKind
from assessments.reports.press import ARMS, press
from assessments.reports.report import report_job
from assessments.views.arms import drawn_anew
from tests import pdf_structure
from tests.assessments.values import clause, rated, record

if TYPE_CHECKING:
    from django.http import HttpResponse
    from django.test import Client

    from assessments.models import Assessment, Municipality


def picture(colour: str = "red", size: tuple[int, int] = (40, 50), kind: str = "PNG") -> bytes:
    out = io.BytesIO()
    Image.new("RGB", size, colour).save(out, kind)
    return out.getvalue()


def upload(client: Client, town: Municipality, data: bytes) -> HttpResponse:
    file = SimpleUploadedFile("wappen.png", data, "image/png")
    return client.post(f"/kommunen/{town.pk}/wappen/", {"picture": file})


def test_an_officer_uploads_the_arms_and_takes_them_away(
    sign_in: Callable[..., Client], town: Municipality
) -> None:
    officer = sign_in("officer")

    saved = upload(officer, town, picture())
    town.refresh_from_db()
    kept = town.arms_id
    shown = officer.get(f"/kommunen/{town.pk}/wappen/").content.decode()
    officer.post(f"/kommunen/{town.pk}/wappen/", {"remove": "1"})
    town.refresh_from_db()

    assert saved.status_code == 302
    assert Arms.objects.image(kept) == drawn_anew(picture())
    assert "data:image/png;base64," in shown
    assert town.arms is None


def test_only_a_change_of_the_arms_stands_in_the_log(
    sign_in: Callable[..., Client], town: Municipality
) -> None:
    officer = sign_in("officer")

    upload(officer, town, picture())
    upload(officer, town, picture())
    for _time in (1, 2):
        officer.post(f"/kommunen/{town.pk}/wappen/", {"remove": "1"})

    lines = [entry.what for entry in AuditEntry.objects.of(town) if entry.kind.startswith("arms")]
    assert lines == [
        "hat das Wappen oder Logo aus den Berichten entfernt",
        "hat ein Wappen oder Logo für die Berichte hochgeladen",
    ]
    assert "hat das Wappen oder Logo" in officer.get(f"/kommunen/{town.pk}/protokoll/").content.decode()


@pytest.mark.parametrize("kind", ["PNG", "JPEG"])
def test_nothing_of_the_file_itself_is_kept(kind: str) -> None:
    out = io.BytesIO()
    notes = PngImagePlugin.PngInfo()
    notes.add_text("Comment", "geheim")
    exif = Image.Exif()
    exif[0x010E] = "geheim"
    Image.new("RGB", (2_000, 1_000), "blue").save(out, kind, pnginfo=notes, exif=exif)
    assert b"geheim" in out.getvalue()

    made = drawn_anew(out.getvalue() + b"<script>geheim</script>")

    with Image.open(io.BytesIO(made)) as again:
        assert (again.format, again.mode, again.size) == ("PNG", "RGB", (800, 400))
        assert again.info == {}
    assert b"geheim" not in made


def taken(held: int, resolution: bytes = b"") -> bytes:
    """A photo, red on the left and blue on the right, by a camera held like this; its note on resolution is a text."""
    note = struct.pack("<HHL4s", 0x011A, 2, 4, resolution) if resolution else b""
    notes = struct.pack("<HHHLL", 1 + bool(note), 0x0112, 3, 1, held) + note
    photo = Image.new("RGB", (40, 20), "blue")
    photo.paste("red", (0, 0, 20, 20))
    out = io.BytesIO()
    photo.save(out, "JPEG", exif=b"Exif\0\0II*\0" + struct.pack("<L", 8) + notes + bytes(4), quality=95)
    return out.getvalue()


@pytest.mark.parametrize("held", range(10))
def test_a_photo_stands_upright_however_the_camera_was_held(held: int) -> None:
    photo = taken(held)

    with Image.open(io.BytesIO(drawn_anew(photo))) as made, Image.open(io.BytesIO(photo)) as original:
        expected = ImageOps.exif_transpose(original)
        assert made.size == expected.size
        for place in ((3, 3), (made.width - 3, made.height - 3)):
            assert made.getpixel(place) == expected.getpixel(place)


def test_a_photo_with_odd_notes_is_taken_all_the_same() -> None:
    with Image.open(io.BytesIO(drawn_anew(taken(6, resolution=b"abc")))) as made:
        assert made.size == (20, 40)


def test_what_is_clear_becomes_white() -> None:
    out = io.BytesIO()
    Image.new("RGBA", (10, 10), (255, 0, 0, 0)).save(out, "PNG")

    with Image.open(io.BytesIO(drawn_anew(out.getvalue()))) as made:
        assert made.getpixel((5, 5)) == (255, 255, 255)


def bomb() -> bytes:
    """A PNG of a few hundred bytes that says it is 60,000 pixels wide and high."""

    def chunk(name: bytes, data: bytes) -> bytes:
        return (
            struct.pack(">I", len(data))
            + name
            + data
            + struct.pack(">I", zlib.crc32(name + data) & 0xFFFFFFFF)
        )

    head = struct.pack(">IIBBBBB", 60_000, 60_000, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(b"\0" * 9_999))


GIF = io.BytesIO()
Image.new("RGB", (9, 9)).save(GIF, "GIF")


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "Die Datei ist leer."),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "nicht als PNG oder JPEG lesen"),
        (GIF.getvalue(), "nicht als PNG oder JPEG lesen"),
        (picture()[:60], "nicht als PNG oder JPEG lesen"),
        (bomb(), "nicht als PNG oder JPEG lesen"),
        (picture() + b"\0" * (1 << 20), "höchstens 1 MiB"),
    ],
    ids=["empty", "svg", "gif", "torn", "bomb", "large"],
)
def test_anything_else_is_refused_with_a_word(
    data: bytes, message: str, sign_in: Callable[..., Client], town: Municipality
) -> None:
    response = upload(sign_in("officer"), town, data)

    assert response.status_code == 422
    assert message in response.content.decode()
    assert not Arms.objects.exists()


def test_a_final_report_keeps_the_arms_it_was_finalised_with(
    assess: Callable[..., Assessment], town: Municipality
) -> None:
    first, second = (drawn_anew(picture(colour)) for colour in ("red", "green"))
    town.arms = Arms.objects.keep(first)
    town.save()
    final = assess(levels=2, final=True)

    town.arms = Arms.objects.keep(second)
    town.save()
    draft = assess(year=2027)

    assert final.arms() == first
    assert draft.arms() == second


def test_a_report_shows_the_arms_that_its_record_names_and_no_others(
    assess: Callable[..., Assessment], town: Municipality
) -> None:
    named = drawn_anew(picture())
    town.arms = Arms.objects.keep(named)
    town.save()
    text = assess().record().canonical()

    assert f'src="{ARMS}"' in report_job(text, arms=named).html
    assert "<img" not in report_job(text, arms=drawn_anew(picture("green"))).html
    assert "<img" not in report_job(text).html


def test_arms_are_a_picture_with_words_and_fit_for_the_archive() -> None:
    image = drawn_anew(picture())
    value = record([clause("1.1", [rated(2)])])
    town = value.municipality.model_copy(update={"arms": hashlib.sha256(image).hexdigest()})
    text = value.model_copy(update={"municipality": town}).canonical()

    pdf = press.print_pdf(report_job(text, kind=ReportKind.PAPER, arms=image))

    assert pdf_structure.roles(pdf)["Figure"] == 1
    assert pdf_structure.faults(pdf) == []
    for profile in ("ua1", "3a"):
        assert [failure.message for failure in page.validate_pdf_bytes(pdf, profile=profile).failures] == []
