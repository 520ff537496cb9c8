"""The site's settings with the least views beside its own."""

from charta_app.settings import *  # noqa: F403

ROOT_URLCONF = "tests.bench.urls"
ALLOWED_HOSTS = ["testserver", "127.0.0.1"]
