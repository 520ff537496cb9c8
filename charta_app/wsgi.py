"""Entry point for the application server (gunicorn charta_app.wsgi)."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "charta_app.settings")

application = get_wsgi_application()
