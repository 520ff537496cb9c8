#!/usr/bin/env bash
# Everything that proves the product: on SQLite with the browser, then on a real PostgreSQL.
set -euo pipefail
cd "$(dirname "$0")/.."
. .ci/debian.sh
pytest=".venv/bin/python -m pytest -q"

selection="browser or not browser"
if ! command -v chromium >/dev/null && can_install; then
    install chromium || true
fi
if ! command -v chromium >/dev/null; then
    if [ "${CI:-}" = true ]; then
        echo "Chromium fehlt; mit CI=true müssen die Browser-Tests laufen." >&2
        exit 1
    fi
    selection="not browser"
fi

failed=""
echo "== SQLite =="
CHARTA_TEST_DATABASE=sqlite $pytest -n 2 -m "$selection" || failed="SQLite"
echo "== PostgreSQL =="
CHARTA_TEST_DATABASE=postgres $pytest -n 2 -m "not browser and not once" || failed="${failed:+$failed, }PostgreSQL"

if [ "$selection" = "not browser" ]; then
    echo "== Nicht gelaufen: die Browser-Tests, denn Chromium fehlt ($(install_command chromium)) =="
    CHARTA_TEST_DATABASE=sqlite $pytest -m browser --collect-only -p no:randomly | grep "::" || true
fi
if [ -n "$failed" ]; then
    echo "Fehlgeschlagen: $failed" >&2
    exit 1
fi
