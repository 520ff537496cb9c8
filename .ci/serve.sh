#!/usr/bin/env bash
# Prepare the database and serve the site: serve.sh PORT
set -euo pipefail
cd "$(dirname "$0")/.."
port=$1

.venv/bin/python .ci/prepare.py "$port"
.venv/bin/python manage.py reports_print &  # what is not there yet: after the first start the demo's documents
exec .venv/bin/gunicorn charta_app.wsgi --bind "127.0.0.1:$port" --workers 2 --threads 4 \
    --log-level warning --no-control-socket
