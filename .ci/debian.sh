# Sourced by the other scripts: installs Debian packages where that is possible.

# can_install: true as root on Debian or a relative of it.
can_install() {
    [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null
}

# install_command PACKAGE...: the command a person types when we may not install.
install_command() {
    echo "sudo apt-get install --no-install-recommends $*"
}

# install PACKAGE...: fetch and install, quiet unless it fails.
install() {
    echo "Installiere $* …"
    local log
    log=$(mktemp)
    if { apt-get update && DEBIAN_FRONTEND=noninteractive apt-get install --yes --no-install-recommends "$@"; } \
        >"$log" 2>&1; then
        rm -f "$log"
    else
        cat "$log" >&2
        rm -f "$log"
        return 1
    fi
}

# install_or_name PACKAGE...: install where that is possible, otherwise print the one command that is missing.
install_or_name() {
    if can_install; then
        install "$@"
    else
        echo "Es fehlt etwas. Bitte ausführen: $(install_command "$@")" >&2
        return 1
    fi
}
