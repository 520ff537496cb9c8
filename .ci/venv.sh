#!/usr/bin/env bash
# Create the virtual environment: venv.sh PYTHON DIRECTORY
set -euo pipefail
cd "$(dirname "$0")/.."
. .ci/debian.sh
python=$1
directory=$2

if ! command -v "$python" >/dev/null; then
    if [ "$python" = python3 ] && can_install; then
        install python3 python3-venv
    else
        echo "Python fehlt. Bitte installieren: $(install_command python3 python3-venv)" >&2
        exit 1
    fi
fi
if ! "$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))'; then
    echo "Charta-Check braucht Python 3.11 oder neuer; $python ist $("$python" --version)." >&2
    echo "Ein anderes Python wählen: make run PYTHON=python3.11" >&2
    exit 1
fi

# Debian ships python3 without ensurepip; python3-venv brings it.
if ! "$python" -c 'import ensurepip' 2>/dev/null; then
    package="python$("$python" -c 'import sys; print("%d.%d" % sys.version_info[:2])')-venv"
    if can_install; then
        install "$package"
    else
        echo "Es fehlt ein Paket. Bitte ausführen: $(install_command "$package")" >&2
        exit 1
    fi
fi

rm -rf "$directory"
"$python" -m venv "$directory"
