"""The product's documents, against WeasyPrint alone on the finished HTML, both warm."""

from __future__ import annotations

import logging
import os
from collections.abc import Callable

from tests.bench.ground import compare, prepare, say_where  # isort: skip  # sets up the site for what follows

from assessments.exchange.record_json import to_json
from assessments.models import Assessment
from assessments.reports import ReportKind, report_job, report_pdf
from assessments.reports.press import STYLESHEET, environment

os.environ.update(environment())  # the typeface of the PDF program, read when the native libraries load

import weasyprint

from assessments.reports.pdf import OwnFiles

ROUNDS = 8


def weasyprint_alone(assessment: Assessment, kind: ReportKind) -> Callable[[int], bytes]:
    """Prints the finished HTML again and again, as the same kind of PDF."""
    html = report_job(to_json(assessment), kind=kind).html

    def once(_n: int) -> bytes:
        fetcher = OwnFiles()
        pdf: bytes = weasyprint.HTML(string=html, url_fetcher=fetcher).write_pdf(
            stylesheets=[weasyprint.CSS(url=STYLESHEET, url_fetcher=fetcher)], pdf_variant="pdf/a-3a"
        )
        return pdf

    return once


def main() -> None:
    logging.getLogger("weasyprint").setLevel(logging.CRITICAL)
    logging.getLogger("weasyprint.progress").setLevel(logging.CRITICAL)
    _client, assessment = prepare()
    compare(
        "Ratsbericht gegen WeasyPrint allein",
        lambda _n: report_pdf(assessment, ReportKind.COUNCIL),
        weasyprint_alone(assessment, ReportKind.COUNCIL),
        1.1,
        rounds=ROUNDS,
        warm_up=2,
        counts_calls=False,  # the PDF program's own are not seen from here
    )
    say_where()


if __name__ == "__main__":
    main()
