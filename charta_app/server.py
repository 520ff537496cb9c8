"""What gunicorn is told at an operator's: `gunicorn --config python:charta_app.server`.

Its own lines go where those of the site go, in the same form. The access log stays off: it would print addresses.
This is read before any setting of the site, so that new workers read those anew.
"""

from __future__ import annotations

import os

from charta_app.logs import configuration

wsgi_app = "charta_app.wsgi"
workers = 2
threads = 4
control_socket_disable = True
os.environ.setdefault("LOG_FORMAT", "json")  # for the site, too
logconfig_dict = configuration(os.environ["LOG_FORMAT"])
