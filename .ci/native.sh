#!/usr/bin/env bash
# The native libraries WeasyPrint draws the PDF with; without them the site runs, only the PDF does not.
set -euo pipefail
cd "$(dirname "$0")/.."
. .ci/debian.sh
packages="libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0"

# On a warning too: WeasyPrint warns of a missing harfbuzz-subset.
renders() {
    .venv/bin/python -W error::DeprecationWarning:weasyprint -c 'import weasyprint' >/dev/null 2>&1
}

renders && exit 0
if can_install; then
    install $packages || true
    renders && exit 0
fi
echo "Hinweis: Für die PDF-Berichte fehlen Bibliotheken, alles andere läuft." >&2
echo "  $(install_command $packages)" >&2
