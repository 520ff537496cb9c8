"""Evidence: links and files, what is taken and what is not, who gets it, and that nothing half stays."""

from __future__ import annotations

import hashlib
import json
import os
import struct
import zipfile
from datetime import date
from io import BytesIO
from typing import Any

import docx
import odfdo
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import CommandError, call_command
from django.db import IntegrityError, connection, transaction
from PIL import Image

from assessments.models import (
    Assessment,
    AuditEntry,
    Exhibit,
    Losses,
    NoRoom,
    Seen,
    Verdict,
    WrongState,
    discard,
    evidence,
)
from assessments.record import ExhibitKind, Record, fingerprint
from assessments.uploads import NotAccepted, examined, plain_name
from tests.assessments.test_saving import processes, side_by_side
from tests.database import POSTGRES
from tests.pages import form_data
from tests.proof import times

PDF = b"%PDF-1.7\n1 0 obj\n<<>>\nendobj\ntrailer\n<<>>\n%%EOF\n"
SHEET = (
    '<?xml version="1.0"?><Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Override '
    'PartName="/xl/workbook.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.'
    'sheet{}main+xml"/></Types>'
)


def packed(parts: dict[str, str | bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    file = BytesIO()
    with zipfile.ZipFile(file, "w", method) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return file.getvalue()


def saved(document: Any, *further: Any) -> bytes:
    file = BytesIO()
    document.save(file, *further)
    return file.getvalue()


def sheet(**further: str | bytes) -> bytes:
    return packed({"[Content_Types].xml": SHEET.format("."), "xl/workbook.xml": "<workbook/>"} | further)


def sample(kind: str) -> bytes:
    match kind:
        case "png" | "jpeg":
            return saved(Image.new("RGB", (8, 8)), kind.upper())
        case "docx":
            return saved(docx.Document())
        case "xlsx":
            return sheet()
        case "odt" | "ods":
            return saved(odfdo.Document("text" if kind == "odt" else "spreadsheet"))
    return PDF


def path(assessment: Assessment, then: str = "") -> str:
    return f"/einschaetzungen/{assessment.pk}/antworten/1.1-1/{then}"


def upload(
    client: Any, assessment: Assessment, name: str = "beschluss.pdf", data: bytes = PDF, title: str = ""
) -> Any:
    file = SimpleUploadedFile(name, data)
    return client.post(path(assessment, "belege/datei/"), {"datei-file": file, "datei-title": title})


def files_on_disk(root: Any) -> list[str]:
    return sorted(file.name for file in root.rglob("*") if file.is_file())


@pytest.fixture
def root(settings, tmp_path):
    settings.EVIDENCE_ROOT = tmp_path / "evidence"
    return settings.EVIDENCE_ROOT


class TestWhatIsTaken:
    """By content and by name, which must agree."""

    @pytest.mark.parametrize("kind", ["pdf", "png", "jpeg", "docx", "xlsx", "odt", "ods"])
    def test_each_kind_is_known_by_its_content(self, kind):
        assert examined(f"Beleg.{kind.upper()}", sample(kind)) is ExhibitKind(kind)

    def test_both_endings_of_a_jpeg_are(self):
        assert examined("bild.jpg", sample("jpeg")) is ExhibitKind.JPEG

    @pytest.mark.parametrize("kind", ["pdf", "png", "jpeg", "docx", "xlsx", "odt", "ods"])
    @pytest.mark.parametrize("other", ["pdf", "png", "docx", "ods"])
    def test_none_passes_for_another(self, kind, other):
        if kind != other:
            with pytest.raises(NotAccepted, match="Der Inhalt passt nicht zum Namen"):
                examined(f"beleg.{other}", sample(kind))

    @pytest.mark.parametrize(
        "name", ["a.html", "a.svg", "a.exe", "a.docm", "a.zip", "a", "", "pdf", "a.pdf.js"]
    )
    def test_other_endings_are_refused(self, name):
        with pytest.raises(NotAccepted, match="Möglich sind PDF"):
            examined(name, PDF)

    @pytest.mark.parametrize(
        "data",
        [
            b"",
            b"<html><script>alert(1)</script></html>",
            b"MZ" + bytes(100),
            b"#!/bin/sh\nrm -rf /",
            b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>",
            b"\x00" * 1_000,
            b"\xff\xfe\xfd",
            os.urandom(2_000),
        ],
    )
    @pytest.mark.parametrize("ending", ["pdf", "png", "jpg", "docx", "ods"])
    def test_other_content_is_refused(self, data, ending):
        with pytest.raises(NotAccepted):
            examined(f"beleg.{ending}", data)

    @pytest.mark.parametrize(
        ("data", "message"),
        [
            (sheet(**{"xl/vbaProject.bin": b"x"}), "Makros"),
            (sheet(**{"xl/VBAPROJECT.BIN": b"x"}), "Makros"),
            (sheet(**{"xl/activeX/activeX1.bin": b"x"}), "passt nicht|Makros"),
            (
                packed({"[Content_Types].xml": SHEET.format(".macroEnabled."), "xl/workbook.xml": ""}),
                "Makros",
            ),
            (sheet(**{"xl/gross.bin": bytes((20 << 20) + 1)}), "20 MiB"),
            (sheet(**{f"xl/{number}.xml": "x" for number in range(200)}), "200 Teile"),
            (packed({"a.txt": "kein Dokument"}), "passt nicht"),
            (packed({}), "passt nicht"),
            (b"PK\x03\x04" + bytes(100), "beschädigt"),
            (b"%PDF-1.7 " + sheet(), "passt nicht"),
            (sheet()[:-40], "beschädigt"),
            (packed({"[Content_Types].xml": SHEET.format(".")}, zipfile.ZIP_LZMA), "beschädigt"),
            (packed({"[Content_Types].xml": SHEET.format(".")}, zipfile.ZIP_BZIP2), "beschädigt"),
        ],
    )
    def test_what_office_files_may_not_hold(self, data, message):
        with pytest.raises(NotAccepted, match=message):
            examined("tabelle.xlsx", data)

    def test_macros_of_an_open_document_are_refused(self):
        data = packed(
            {"mimetype": "application/vnd.oasis.opendocument.text", "Basic/Standard/Modul1.xml": "<x/>"}
        )

        with pytest.raises(NotAccepted, match="Makros"):
            examined("text.odt", data)

    def test_a_file_that_lies_about_its_size_is_refused(self):
        data = bytearray(sheet(**{"xl/gross.bin": bytes(4 << 20)}))
        at = data.rindex(b"PK\x01\x02")  # its entry in the list of contents is the last one
        struct.pack_into("<L", data, at + 24, 10)

        with pytest.raises(NotAccepted, match="beschädigt"):
            examined("tabelle.xlsx", bytes(data))

    def test_a_file_with_a_password_is_refused(self):
        data = bytearray(sheet())
        at = data.rindex(b"PK\x01\x02")
        struct.pack_into("<H", data, at + 8, 1)

        with pytest.raises(NotAccepted, match="Kennwort"):
            examined("tabelle.xlsx", bytes(data))

    @pytest.mark.parametrize(
        ("given", "kept"),
        [
            ("Beschluss 112.pdf", "Beschluss 112.pdf"),
            ("../../etc/passwd.pdf", "passwd.pdf"),
            ("C:\\Users\\erika\\Beschluss.pdf", "Beschluss.pdf"),
            ("a\x00b\r\nc.pdf", "a b c.pdf"),
            ("rechnung\u202efdp.exe.pdf", "rechnung fdp.exe.pdf"),
            ("  .pdf", "Datei.pdf"),
            ("x" * 300 + ".pdf", "x" * 146 + ".pdf"),
            ("u\u0308ber.pdf", "über.pdf"),
            ('<b>"fett"</b>.pdf', "b>.pdf"),
        ],
    )
    def test_a_name_becomes_plain_text(self, given, kept):
        assert plain_name(given) == kept


class TestFiles:
    """From the page to the disk and back."""

    def test_a_file_comes_back_as_it_was_to_be_saved_not_shown(self, root, assess, sign_in):
        assessment = assess()
        client = sign_in("contributor")

        response = upload(client, assessment, "Ratsbeschluß 112.pdf", title="Beschluss vom 12. November")

        assert response.headers["Location"] == path(assessment, "#belege")
        exhibit = Exhibit.objects.get()
        page = client.get(path(assessment)).content.decode()
        assert "Beschluss vom 12. November" in page
        assert "Ratsbeschluß 112.pdf" in page
        got = sign_in("reviewer").get(path(assessment, f"belege/{exhibit.pk}/"))
        assert got.content == PDF
        assert hashlib.sha256(got.content).hexdigest() == exhibit.sha256
        assert {
            name: got.headers[name]
            for name in (
                "Content-Type",
                "Content-Disposition",
                "Content-Security-Policy",
                "X-Content-Type-Options",
            )
        } == {
            "Content-Type": "application/pdf",
            "Content-Disposition": "attachment; filename*=utf-8''Ratsbeschlu%C3%9F%20112.pdf",
            "Content-Security-Policy": "default-src 'none'; sandbox",
            "X-Content-Type-Options": "nosniff",
        }
        assert "no-store" in got.headers["Cache-Control"]

    def test_no_name_of_a_person_becomes_a_path(self, root, assess, sign_in):
        upload(sign_in("officer"), assess(), "../../../geheim.pdf")

        exhibit = Exhibit.objects.get()
        assert exhibit.file_name == "geheim.pdf"
        assert files_on_disk(root) == [exhibit.stored_as]
        assert exhibit.path == root / exhibit.stored_as[:2] / exhibit.stored_as
        assert int(exhibit.stored_as, 16) >= 0

    def test_a_download_leaves_a_line_in_the_log(self, root, assess, sign_in, town, person):
        assessment = assess(title="Einschätzung 2026")
        upload(sign_in("officer"), assessment)

        sign_in("reviewer").get(path(assessment, f"belege/{Exhibit.objects.get().pk}/"))

        (entry,) = AuditEntry.objects.of(town)
        assert (entry.who, entry.what) == (
            person("reviewer").name,
            "hat einen Beleg heruntergeladen: „Einschätzung 2026“, 1.1-1",
        )

    @pytest.mark.parametrize(
        ("name", "data", "message"),
        [
            ("leer.pdf", b"", "Die übertragene Datei ist leer."),
            ("gross.pdf", PDF + bytes(2 << 20), "Die Datei ist größer als 2 MiB."),
            ("riesig.pdf", PDF + bytes(9 << 20), "Die Datei ist größer als 2 MiB."),
            ("seite.html", b"<html></html>", "Möglich sind PDF"),
            ("bild.png", PDF, "Der Inhalt passt nicht zum Namen"),
            ("makro.xlsx", sheet(**{"xl/vbaProject.bin": b"x"}), "Makros"),
        ],
    )
    def test_what_is_refused_leaves_nothing(self, name, data, message, root, assess, sign_in):
        response = upload(sign_in("officer"), assess(), name, data)

        assert response.status_code == 422
        assert message in response.content.decode()
        assert not Exhibit.objects.exists()
        assert files_on_disk(root) == []

    def test_a_large_file_is_not_even_kept_while_it_comes(self, root, assess, sign_in):
        response = upload(sign_in("officer"), assess(), "riesig.pdf", PDF + bytes(9 << 20))

        assert response.context["file_form"].files["datei-file"].size == (2 << 20) + 1

    @pytest.mark.parametrize(
        "data",
        [
            {},
            {"datei-file": "kein Anhang"},
            {"datei-file": SimpleUploadedFile("a.pdf", PDF), "datei-title": "x" * 201},
            {"datei-file": SimpleUploadedFile("a.pdf", PDF), "datei-title": "a\x00b"},
            {"datei-file": [SimpleUploadedFile("a.pdf", PDF), SimpleUploadedFile("b.pdf", PDF)]},
        ],
    )
    def test_hostile_forms_are_refused(self, data, root, assess, sign_in):
        response = sign_in("officer").post(path(assess(), "belege/datei/"), data)

        assert response.status_code == 422
        assert not Exhibit.objects.exists()

    def test_a_disk_that_refuses_leaves_no_row(self, root, assess, sign_in):
        root.parent.mkdir(exist_ok=True)
        root.write_bytes(b"")  # where the folder should be stands a file

        response = upload(sign_in("officer"), assess())

        assert response.status_code == 507
        assert "ließ sich auf dem Server nicht speichern" in response.content.decode()
        assert not Exhibit.objects.exists()

    def test_all_files_of_an_assessment_have_a_limit(self, root, assess, sign_in, monkeypatch):
        monkeypatch.setattr(evidence, "LARGEST_SUM", 2 * len(PDF))
        assessment, other = assess(), assess(year=2025)
        client = sign_in("officer")
        for number in range(2):
            upload(client, assessment, f"{number}.pdf")

        refused = upload(client, assessment, "3.pdf")

        assert refused.status_code == 422
        assert "200 MiB" in refused.content.decode()
        assert len(files_on_disk(root)) == 2
        client.post(path(assessment, f"belege/{Exhibit.objects.first().pk}/entfernen/"))
        assert upload(client, assessment, "3.pdf").status_code == 302
        assert upload(client, other, "4.pdf").status_code == 302

    def test_a_removed_file_is_erased_and_its_line_stays(
        self, root, assess, sign_in, django_capture_on_commit_callbacks
    ):
        assessment = assess()
        client = sign_in("officer")
        for _ in range(2):  # the same content twice: each row has a file of its own
            upload(client, assessment)
        first, second = Exhibit.objects.order_by("pk")

        with django_capture_on_commit_callbacks(execute=True):
            client.post(path(assessment, f"belege/{first.pk}/entfernen/"))

        assert files_on_disk(root) == [second.stored_as]
        assert client.get(path(assessment, f"belege/{first.pk}/")).status_code == 404
        assert client.get(path(assessment, f"belege/{second.pk}/")).content == PDF
        assert "entfernt von Officer Musterstadt" in client.get(path(assessment)).content.decode()

    @pytest.mark.parametrize("harm", ["missing", "changed"])
    def test_a_file_that_was_harmed_is_not_handed_out(self, harm, root, assess, sign_in, town):
        assessment = assess()
        client = sign_in("officer")
        upload(client, assessment)
        exhibit = Exhibit.objects.get()
        exhibit.path.unlink() if harm == "missing" else exhibit.path.write_bytes(b"anders")

        response = client.get(path(assessment, f"belege/{exhibit.pk}/"))

        assert response.status_code == 410
        assert "fehlt auf dem Server oder ist beschädigt" in response.content.decode()
        assert not AuditEntry.objects.exists()

    def test_this_years_evidence_is_last_years_and_removing_it_here_leaves_it_there(
        self, root, assess, sign_in, person, discuss, other_town, django_capture_on_commit_callbacks
    ):
        last_year = assess(levels=2)
        discuss(last_year)
        last_year.finalise(person("officer"))
        client = sign_in("officer")
        data = form_data(client.get("/einschaetzungen/neu/"), "take_over") | {"reference_date": "2027-06-30"}
        client.post("/einschaetzungen/neu/", data | {"title": "Nächstes Jahr"})
        draft = Assessment.objects.get(title="Nächstes Jahr")
        old, new = (Exhibit.objects.filter(answer__assessment=a).order_by("pk") for a in (last_year, draft))

        assert [row.value() for row in new] == [row.value() for row in old]
        assert [(row.added_by, row.added_at) for row in new] == [(row.added_by, row.added_at) for row in old]
        assert draft.record().criterion("1.1-1").answer.exhibits == tuple(row.value() for row in old)
        stored = files_on_disk(root)
        assert len(stored) == 2
        for row in new.exclude(kind="link"):
            assert client.get(path(draft, f"belege/{row.pk}/")).status_code == 200
            assert sign_in("officer", other_town).get(path(draft, f"belege/{row.pk}/")).status_code == 404

        with django_capture_on_commit_callbacks(execute=True):
            for row in new:
                assert client.post(path(draft, f"belege/{row.pk}/entfernen/")).status_code == 302
        assert not new.present()
        assert files_on_disk(root) == stored
        for row in old.exclude(kind="link"):
            assert client.get(path(last_year, f"belege/{row.pk}/")).status_code == 200

    def test_a_discarded_draft_takes_no_file_of_its_predecessor_with_it(
        self, root, assess, person, discuss, town, edition, django_capture_on_commit_callbacks
    ):
        last_year = assess(levels=2)
        discuss(last_year)
        last_year.finalise(person("officer"))
        draft = Assessment.objects.start(
            municipality=town,
            edition=edition,
            by=person("officer"),
            reference_date=date(2027, 6, 30),
            form="short",
            title="Nächstes Jahr",
            take_over=True,
        )
        Exhibit.objects.add_file(
            answer=draft.answers.get(criterion__code="1.1-1"),
            by=person("officer"),
            title="Neu",
            kind="pdf",
            file_name="neu.pdf",
            data=PDF,
        )
        assert len(files_on_disk(root)) == 3

        with django_capture_on_commit_callbacks(execute=True):
            discard(draft, person("officer"), known=Losses.of(draft).print)

        assert len(files_on_disk(root)) == 2
        assert all(row.content() for row in Exhibit.objects.exclude(kind="link"))

    def test_a_file_of_another_answer_is_not_found_here(self, root, assess, sign_in):
        assessment = assess()
        client = sign_in("officer")
        upload(client, assessment)

        other = path(assessment, f"belege/{Exhibit.objects.get().pk}/").replace("1.1-1", "1.2-1")

        assert client.get(other).status_code == 404

    def test_once_final_nothing_comes_in_or_goes(self, root, assess, sign_in, person):
        assessment = assess(levels=2)
        client = sign_in("officer")
        upload(client, assessment)
        assessment.finalise(person("officer"))
        exhibit = Exhibit.objects.get()

        assert upload(client, assessment).status_code == 409
        assert client.post(path(assessment, f"belege/{exhibit.pk}/entfernen/")).status_code == 409
        assert sign_in("council").get(path(assessment, f"belege/{exhibit.pk}/")).content == PDF
        assert files_on_disk(root) == [exhibit.stored_as]
        with pytest.raises(WrongState):
            Exhibit.objects.add_file(
                answer=exhibit.answer,
                by=person("officer"),
                title="x",
                kind="pdf",
                file_name="x.pdf",
                data=PDF,
            )

    def test_the_database_refuses_what_is_final_by_itself(self, root, assess, sign_in, person):
        assessment = assess(levels=2)
        upload(sign_in("officer"), assessment)
        assessment.finalise(person("officer"))
        exhibit = Exhibit.objects.get()

        with pytest.raises(IntegrityError), transaction.atomic():
            Exhibit.objects.update(title="anders")
        exhibit.pk = None
        with pytest.raises(IntegrityError), transaction.atomic():
            exhibit.save(force_insert=True)

    def test_under_review_evidence_comes_only_to_what_was_sent_back(self, root, assess, sign_in, person):
        assessment = assess(levels=2, review=True)
        answer = assessment.answers.get(criterion__code="1.1-1")
        client = sign_in("officer")
        refused = upload(client, assessment)
        assert refused.status_code == 409
        assert "Ändern lässt sich nur, was zurückgegeben wurde." in refused.content.decode()

        Verdict.objects.give(
            "returned", [Seen(answer.pk, answer.version, None)], person("reviewer"), "Der Beschluss fehlt."
        )

        assert upload(client, assessment).status_code == 302
        assert "Der Beschluss fehlt." in client.get(path(assessment)).content.decode()

    @pytest.mark.parametrize("state", ["review", "final"])
    def test_what_was_typed_beside_evidence_that_comes_too_late_is_shown(self, root, assess, sign_in, state):
        assessment = assess(levels=2, review=state == "review", final=state == "final")
        client = sign_in("officer")

        link = client.post(
            path(assessment, "belege/link/"),
            {"link-title": "Beschluss vom Mai", "link-address": "https://rat.example/112"},
        )
        file = upload(client, assessment, title="Protokoll vom Juni")

        assert "Beschluss vom Mai" in link.content.decode()
        assert "https://rat.example/112" in link.content.decode()
        assert "Protokoll vom Juni" in file.content.decode()


class TestLinks:
    """Addresses, https alone."""

    def send(self, client: Any, assessment: Assessment, address: str, title: str = "Beschluss") -> Any:
        return client.post(path(assessment, "belege/link/"), {"link-title": title, "link-address": address})

    def test_a_link_stands_on_the_page(self, assess, sign_in):
        assessment = assess()
        client = sign_in("officer")

        self.send(client, assessment, "HTTPS://rat.musterstadt.example/112?a=1&b=2")

        page = client.get(path(assessment)).content.decode()
        assert (
            '<a href="https://rat.musterstadt.example/112?a=1&amp;b=2" rel="noreferrer">Beschluss</a>' in page
        )

    @pytest.mark.parametrize(
        "address",
        [
            "",
            "http://musterstadt.example/",
            "javascript:alert(1)",
            "//musterstadt.example/",
            "data:text/html,x",
            "file:///etc/passwd",
            "https://",
            "https:///x",
            "https://ein name/",
            "https://erika:geheim@musterstadt.example/",
            "https://musterstadt.example/\r\nX: y",
            "https://musterstadt.example/" + "x" * 500,
            "https://[::1",
        ],
    )
    def test_other_addresses_are_refused(self, address, assess, sign_in):
        response = self.send(sign_in("officer"), assess(), address)

        assert response.status_code == 422
        assert not Exhibit.objects.exists()

    @pytest.mark.parametrize(
        "values",
        [
            {"address": "http://musterstadt.example/"},
            {"sha256": "0" * 64},
            {"kind": "pdf"},
            {"kind": "html"},
            {"size": 1},
            {"removed_at": "2026-01-01T00:00Z"},
        ],
    )
    def test_the_database_refuses_what_is_neither_link_nor_file(self, values, assess, sign_in):
        self.send(sign_in("officer"), assess(), "https://musterstadt.example/")

        with pytest.raises(IntegrityError):
            Exhibit.objects.update(**values)


class TestExport:
    """Files follow into the package."""

    @pytest.fixture
    def assessment(self, root, assess, person, discuss) -> Assessment:
        assessment = assess(levels=2)
        discuss(assessment)
        return assessment

    def test_a_package_holds_the_record_and_every_file_of_it(self, assessment, person, tmp_path):
        assessment.finalise(person("officer"))

        call_command("export", assessment.pk, out=str(tmp_path / "paket.zip"))

        with zipfile.ZipFile(tmp_path / "paket.zip") as archive:
            record = Record.model_validate_json(archive.read("record.json"))
            manifest = json.loads(archive.read("manifest.json"))
            assert fingerprint(archive.read("record.json").decode()) == assessment.frozen.sha256
            exhibits = record.criterion("1.1-1").answer.exhibits
            assert [e.kind for e in exhibits] == ["link", "pdf", "pdf"]
            (name,) = {f"files/{e.sha256}.pdf" for e in exhibits if e.sha256}
            assert sorted(archive.namelist()) == [name, "manifest.json", "record.json"]
            assert hashlib.sha256(archive.read(name)).hexdigest() in name
        assert manifest["record"] == {"path": "record.json", "sha256": assessment.frozen.sha256}
        assert [(file["question"], file["file_name"], file["path"]) for file in manifest["files"]] == [
            ("1.1-1", "beschluss-1.pdf", name),
            ("1.1-1", "beschluss-2.pdf", name),
        ]

    def test_two_packages_of_the_same_record_are_the_same(self, assessment, tmp_path):
        for number in (1, 2):
            call_command("export", assessment.pk, out=str(tmp_path / f"{number}.zip"))

        assert (tmp_path / "1.zip").read_bytes() == (tmp_path / "2.zip").read_bytes()

    def test_a_missing_file_is_named_and_no_package_is_left(self, assessment, root, tmp_path):
        for file in root.rglob("*"):
            if file.is_file():
                file.unlink()

        with pytest.raises(CommandError, match=r"beschluss-1.pdf"):
            call_command("export", assessment.pk, out=str(tmp_path / "paket.zip"))

        assert list(tmp_path.glob("*.zip*")) == []

    def test_without_a_package_the_record_alone_is_written(self, assessment, tmp_path):
        call_command("export", assessment.pk, out=str(tmp_path / "daten.json"))

        Record.model_validate_json((tmp_path / "daten.json").read_bytes())


ROUNDS = times(5, 100)


@pytest.mark.django_db(transaction=True)
def test_what_is_frozen_holds_exactly_the_files_that_came_in(root, assess, person):
    officer, contributor = person("officer"), person("contributor")
    assessments = [assess(year=2000 + n) for n in range(ROUNDS)]
    start = processes.Barrier(3, timeout=60)

    def add(by: Any) -> Any:
        def job() -> int:
            stored = 0
            for assessment in assessments:
                answer = assessment.answers.first()
                start.wait()
                for number in range(4):
                    try:
                        Exhibit.objects.add_file(
                            answer=answer,
                            by=by,
                            title=f"{by} {number}",
                            kind="pdf",
                            file_name="a.pdf",
                            data=PDF + os.urandom(8),
                        )
                    except WrongState:
                        continue
                    stored += 1
            return stored

        return job

    def freeze() -> int:
        for assessment in assessments:
            start.wait()
            Assessment.objects.get(pk=assessment.pk).finalise(officer)
        return 0

    stored = side_by_side(add(officer), add(contributor), freeze)

    assert Exhibit.objects.count() == sum(stored) == len(files_on_disk(root))
    for assessment in Assessment.objects.all():
        frozen = {
            e.sha256 for c in assessment.record().clauses for k in c.criteria for e in k.answer.exhibits
        }
        assert frozen == {e.sha256 for e in Exhibit.objects.filter(answer__assessment=assessment)}
    assert all(exhibit.content() for exhibit in Exhibit.objects.all())


@pytest.mark.django_db(transaction=True)
def test_two_uploads_at_once_keep_the_limit(root, assess, person, monkeypatch):
    monkeypatch.setattr(evidence, "LARGEST_SUM", 5 * len(PDF))
    answer = assess().answers.first()
    start = processes.Barrier(2, timeout=60)

    def add(by: Any) -> Any:
        def job() -> int:
            start.wait()
            stored = 0
            for number in range(4):
                try:
                    Exhibit.objects.add_file(
                        answer=answer, by=by, title=str(number), kind="pdf", file_name="a.pdf", data=PDF
                    )
                except NoRoom:
                    continue
                stored += 1
            return stored

        return job

    stored = side_by_side(add(person("officer")), add(person("contributor")))

    assert sum(stored) == Exhibit.objects.count() == len(files_on_disk(root)) == 5


def test_these_races_run_on_the_database_of_the_run():
    assert connection.vendor == ("postgresql" if POSTGRES else "sqlite")
