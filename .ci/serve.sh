#!/usr/bin/env bash
# Prepare the database and serve the site: serve.sh PORT
set -euo pipefail
cd "$(dirname "$0")/.."
port=$1

.venv/bin/python .ci/prepare.py "$port"
exec .venv/bin/gunicorn charta_app.wsgi --bind "127.0.0.1:$port" --workers 2 --threads 4 \
    --log-level warning --no-control-socket
