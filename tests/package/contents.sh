#!/usr/bin/env bash
# What a package holds, with its modes: nothing more, nothing less.
#
# Usage: contents.sh PACKAGE
set -euo pipefail
documents=usr/share/doc/rfi-submitd
wanted=$(
  cat <<TEXT
-rw-r----- etc/rfi-submitd/rfi-submitd.toml
-rw-r--r-- lib/systemd/system/rfi-submitd.service
-rw-r--r-- lib/systemd/system/rfi-submitd@.service
-rwxr-xr-x usr/bin/rfi-submitd
-rw-r--r-- usr/lib/sysusers.d/rfi-submitd.conf
-rw-r--r-- usr/lib/tmpfiles.d/rfi-submitd.conf
-rw-r--r-- usr/share/bash-completion/completions/rfi-submitd
-rw-r--r-- usr/share/lintian/overrides/rfi-submitd
-rw-r--r-- usr/share/man/man1/rfi-submitd.1.gz
-rw-r--r-- usr/share/man/man5/rfi-submitd.toml.5.gz
-rw-r--r-- usr/share/man/man7/rfi-submitd-queue.7.gz
-rw-r--r-- $documents/changelog.Debian.gz
-rw-r--r-- $documents/copyright
-rw-r--r-- $documents/operations.md
-rw-r--r-- $documents/queue.md
-rw-r--r-- $documents/examples/locked-down.conf
-rw-r--r-- $documents/examples/rfi-submitd.toml
TEXT
  # As many as the tree has.
  git ls-files 'migrations/*.sql' | sed "s|^|-rw-r--r-- $documents/|"
  git ls-files lib/rfi/platform/EVENTS.md | sed "s|.*|-rw-r--r-- $documents/events.md|"
  git ls-files config/monitoring | sed "s|^config|-rw-r--r-- $documents/examples|"
)
found=$(dpkg -c "$1" | awk '$1 !~ /^d/ { sub(/^\.\//, "", $6); print $1, $6 }')
diff <(LC_ALL=C sort <<<"$wanted") <(LC_ALL=C sort <<<"$found") || {
  echo "contents: $1 does not hold what it should (<) but something else (>)" >&2
  exit 1
}
[ "$(dpkg -c "$1" | awk '$6 == "./etc/rfi-submitd/" { print $1, $2 }')" = 'drwxr-x--- root/root' ] || {
  echo "contents: /etc/rfi-submitd is open to others" >&2
  exit 1
}
[ "$(dpkg-deb -I "$1" conffiles)" = /etc/rfi-submitd/rfi-submitd.toml ] || {
  echo 'contents: the configuration is not a conffile' >&2
  exit 1
}
