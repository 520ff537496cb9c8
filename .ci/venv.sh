#!/usr/bin/env bash
# Create the virtual environment: venv.sh PYTHON DIRECTORY
set -euo pipefail
cd "$(dirname "$0")/.."
. .ci/debian.sh
python=$1
directory=$2

if ! command -v "$python" >/dev/null; then
    install_or_name python3 python3-venv
fi
if ! "$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))'; then
    echo "Charta-Check braucht Python 3.11 oder neuer; $python ist $("$python" --version)." >&2
    echo "Ein anderes Python wählen: make run PYTHON=python3.11" >&2
    exit 1
fi

# Debian ships python3 without ensurepip; python3-venv brings it.
if ! "$python" -c 'import ensurepip' 2>/dev/null; then
    package="python$("$python" -c 'import sys; print("%d.%d" % sys.version_info[:2])')-venv"
    install_or_name "$package"
fi

rm -rf "$directory"
"$python" -m venv "$directory"
