"""Print every kind of PDF, small and full-size, final and draft, into the folder named."""

from __future__ import annotations

import os
import sys
import tempfile
from datetime import UTC, datetime
from pathlib import Path

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "charta_app.settings")
os.environ.setdefault("CHARTA_VAR_DIR", tempfile.mkdtemp(prefix="charta-verapdf-"))

import django  # the settings read the environment above

django.setup()

from assessments.record import AnswerValue, Form  # noqa: E402
from assessments.reports.kinds import PRINTED, ReportKind  # noqa: E402
from assessments.reports.press import press  # noqa: E402
from assessments.reports.report import report_job  # noqa: E402
from tests.charta_record import charta_record  # noqa: E402

FINAL = datetime(2026, 7, 14, 9, 30, tzinfo=UTC)


def main() -> None:
    """The small one is an unanswered draft of the short form, the full-size one is final and says everything."""
    folder = Path(sys.argv[1])
    small = charta_record(form=Form.SHORT, answer=lambda _number: AnswerValue()).canonical()
    full = charta_record().canonical()
    for kind in PRINTED:
        (folder / f"{kind.value}-klein.pdf").write_bytes(press.print_pdf(report_job(small, kind=kind)))
        if kind is not ReportKind.BLANK:  # the same template as the other questionnaire, with less in it
            made = press.print_pdf(report_job(full, kind=kind, finalised_at=FINAL))
            (folder / f"{kind.value}-voll.pdf").write_bytes(made)


if __name__ == "__main__":
    main()
