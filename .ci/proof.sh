#!/usr/bin/env bash
# What the tests show a few times, in large numbers: on SQLite, then on PostgreSQL. CHARTA_PROOF is "full" or a share.
set -euo pipefail
cd "$(dirname "$0")/.."
export CHARTA_PROOF=${CHARTA_PROOF:-full}
pytest=".venv/bin/python -m pytest -q -s --show-capture=no"
races="tests/assessments/test_saving.py tests/assessments/test_transitions.py tests/assessments/test_evidence.py
    tests/assessments/test_team.py tests/assessments/test_crashes.py"

failed=""
echo "== SQLite =="
CHARTA_TEST_DATABASE=sqlite $pytest $races tests/test_hostile.py tests/test_api.py \
    tests/assessments/test_same_figures.py || failed="SQLite"
echo "== PostgreSQL =="
CHARTA_TEST_DATABASE=postgres $pytest $races tests/assessments/test_stored_reports.py || failed="${failed:+$failed, }PostgreSQL"

if [ -n "$failed" ]; then
    echo "Fehlgeschlagen: $failed" >&2
    exit 1
fi
