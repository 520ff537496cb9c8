from django.apps import AppConfig


class ChartaAppConfig(AppConfig):
    name = "charta_app"
    verbose_name = "Zugänge"
