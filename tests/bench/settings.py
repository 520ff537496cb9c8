"""The site's settings with the least views beside its own."""

from charta_app.settings import *  # noqa: F403
from charta_app.settings import AUTHENTICATION_BACKENDS

ROOT_URLCONF = "tests.bench.urls"
ALLOWED_HOSTS = ["testserver", "127.0.0.1"]
AUTHENTICATION_BACKENDS += ["django.contrib.auth.backends.ModelBackend"]  # for the least that Django can do
