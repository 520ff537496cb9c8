from django.apps import AppConfig
from django.contrib.admin import apps


class ChartaAppConfig(AppConfig):
    name = "charta_app"
    verbose_name = "Zugänge"
    default = True


class DeskConfig(apps.AdminConfig):
    default_site = "charta_app.desk.Desk"
    default = False  # of this module, that is the one above
