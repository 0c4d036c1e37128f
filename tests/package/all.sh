#!/usr/bin/env bash
# Usage: all.sh PACKAGE BUILD_DIRECTORY. Both tests that need a Debian of their own; root, or a user with sudo.
set -euo pipefail
here=$(dirname "$0")
as_root=()
[ "$(id -u)" -eq 0 ] || as_root=(sudo)
"${as_root[@]}" "$here/install_test.sh" "$@"
"${as_root[@]}" "$here/systemd_test.sh" "$@"
