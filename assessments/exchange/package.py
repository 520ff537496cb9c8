"""The export package: the Record with every file it names, in one ZIP that says what is in it."""

from __future__ import annotations

import json
import zipfile
from typing import IO, TYPE_CHECKING, Any

from assessments.exchange.office import LONG_AGO
from assessments.exchange.record_json import to_json
from assessments.models import Exhibit, FileIsGone
from assessments.record import ExhibitKind, fingerprint
from assessments.uploads import KINDS

if TYPE_CHECKING:
    from assessments.models import Assessment

FORMAT = "charta-check-package/1"


class Incomplete(Exception):
    """A file is missing or is not what was uploaded; the text names it."""


def write_package(assessment: Assessment, target: IO[bytes]) -> None:
    """Write record.json, every file under its SHA-256, and manifest.json, which names them. Raises `Incomplete`.

    Each file is compared with its SHA-256 before it goes in.
    """
    body = to_json(assessment)
    rows = Exhibit.objects.present().filter(answer__assessment=assessment).exclude(kind=Exhibit.Kind.LINK)
    manifest: dict[str, Any] = {
        "format": FORMAT,
        "record": {"path": "record.json", "sha256": fingerprint(body)},
        "files": [],
    }
    with zipfile.ZipFile(target, "w") as archive:
        _add(archive, "record.json", body.encode())
        packed: set[str] = set()
        order = ("answer__criterion__clause__position", "answer__criterion__position", "pk")
        for row in rows.select_related("answer__criterion").order_by(*order):
            path = f"files/{row.sha256}{KINDS[ExhibitKind(row.kind)].endings[0]}"
            try:
                content = row.content()
            except FileIsGone as error:
                raise Incomplete(f"{row.answer.criterion.code}: {row.file_name}") from error
            if path not in packed:
                _add(archive, path, content)
                packed.add(path)
            manifest["files"].append(
                {
                    "question": row.answer.criterion.code,
                    "title": row.title,
                    "file_name": row.file_name,
                    "kind": row.kind,
                    "size": row.size,
                    "sha256": row.sha256,
                    "path": path,
                }
            )
        _add(archive, "manifest.json", json.dumps(manifest, ensure_ascii=False, indent=2).encode())


def _add(archive: zipfile.ZipFile, name: str, content: bytes) -> None:
    archive.writestr(zipfile.ZipInfo(name, LONG_AGO), content, zipfile.ZIP_DEFLATED)
