"""Every document of an assessment, whatever it is made with."""

from __future__ import annotations

from assessments.models import Assessment
from assessments.reports.kinds import ReportKind
from assessments.reports.report import report_pdf
from assessments.scoring import evaluate


def document(assessment: Assessment, kind: ReportKind) -> bytes:
    """The finished file; equal bytes for an equal assessment. Raises `RenderingFailed`. Never inside a transaction."""
    if kind not in {ReportKind.MOTION_ODT, ReportKind.MOTION_DOCX}:
        return report_pdf(assessment, kind)
    # Here, because python-docx and odfdo take each process of the site 20 MB that never writes a motion.
    from assessments.reports.motion import motion  # noqa: PLC0415
    from assessments.reports.motion_files import docx_file, odt_file  # noqa: PLC0415

    content = motion(evaluate(assessment.record()), finalised_at=assessment.finalised_at)
    return odt_file(content) if kind is ReportKind.MOTION_ODT else docx_file(content)
