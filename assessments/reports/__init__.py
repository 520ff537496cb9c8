"""The documents of an assessment: Result -> HTML -> PDF."""

from assessments.reports.kinds import ReportKind
from assessments.reports.press import RenderingFailed
from assessments.reports.report import file_name, report_job, report_name, report_pdf

__all__ = ["RenderingFailed", "ReportKind", "file_name", "report_job", "report_name", "report_pdf"]
