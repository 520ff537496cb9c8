from importlib import import_module

from django.apps import AppConfig


class AssessmentsConfig(AppConfig):
    name = "assessments"
    verbose_name = "Einschätzungen"

    def ready(self) -> None:
        """Register the system check."""
        import_module("assessments.reports.checks")
