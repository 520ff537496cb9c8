#!/usr/bin/env bash
# Prepare the database and serve the site: serve.sh PORT
set -euo pipefail
cd "$(dirname "$0")/.."
port=$1

.venv/bin/python .ci/prepare.py "$port"
.venv/bin/python manage.py reports_print &  # what is not there yet: after the first start the demo's documents
export LOG_FORMAT=${LOG_FORMAT:-lines}  # for people
exec .venv/bin/gunicorn --config python:charta_app.server --bind "127.0.0.1:$port" --log-level warning
