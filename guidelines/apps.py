from importlib import import_module

from django.apps import AppConfig


class GuidelinesConfig(AppConfig):
    name = "guidelines"
    verbose_name = "Inhalte der Charta"

    def ready(self) -> None:
        """Register the system check, which needs the models."""
        import_module("guidelines.checks")
