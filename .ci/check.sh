#!/usr/bin/env bash
# What the code must satisfy besides the tests; runs every check, then says which failed.
set -uo pipefail
cd "$(dirname "$0")/.."
. .ci/debian.sh
bin=$PWD/.venv/bin
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
failed=""

check() {
    local name=$1
    shift
    echo "== $name =="
    "$@" || failed="${failed:+$failed, }$name"
}

# Django with the settings of a public server and a key made for this moment.
in_production() {
    CHARTA_PRODUCTION=1 ALLOWED_HOSTS=charta.example BEHIND_PROXY=1 CHARTA_VAR_DIR=$scratch \
        SECRET_KEY=$("$bin/python" -c 'import secrets; print(secrets.token_urlsafe(64))') \
        "$bin/python" manage.py "$@"
}

# Without git, reuse cannot know what .gitignore leaves out: it gets a copy without that.
licences() {
    local tree=$PWD
    "$bin/python" -c 'import magic' 2>/dev/null || install_or_name libmagic1 || return 1
    if ! git rev-parse --git-dir >/dev/null 2>&1; then
        tree=$scratch/copy
        mkdir "$tree"
        sed 's#/$##; s#^/#./#' .gitignore >"$scratch/exclude"
        tar --create --exclude-from="$scratch/exclude" --exclude=./.git . | tar --extract --directory "$tree"
    fi
    "$bin/reuse" --root "$tree" lint --quiet || "$bin/reuse" --root "$tree" lint
}

check "Format" "$bin/ruff" format --check --quiet .
check "Regeln" "$bin/ruff" check --quiet .
check "Typen" "$bin/mypy"
check "Schichten" "$bin/lint-imports" --no-cache
check "Migrationen vollständig" in_production makemigrations --check --dry-run
check "Einstellungen eines öffentlichen Servers" in_production check --deploy --fail-level WARNING
check "Statische Dateien vollständig" in_production collectstatic --noinput --verbosity 0
check "Lizenzen" licences

if [ -n "$failed" ]; then
    echo "Fehlgeschlagen: $failed" >&2
    exit 1
fi
