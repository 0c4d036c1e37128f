#!/usr/bin/env bash
# The units as shipped: what systemd says of their exposure, that they are valid, and that the two are one.
#
# Usage: units_test.sh SOURCE_DIRECTORY. Needs systemd-analyze, but no running systemd; exit 77 without.
set -euo pipefail
export LC_ALL=C
units=$1/systemd
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
status=0
complain() {
  echo "units: $*" >&2
  status=1
}

# The template says the same of %i as the unit of itself.
names=(-e 's|/etc/rfi-submitd/rfi-submitd\.toml|/etc/rfi-submitd/%i.toml|' -e 's|/etc/rfi-submitd/client_secret|/etc/rfi-submitd/%i.secret|'
  -e 's|^StateDirectory=rfi-submitd$|&/%i|' -e 's|^Description=.*|& (%i)|')
diff <(sed "${names[@]}" "$units/rfi-submitd.service") <(sed '1,/^\[Unit\]$/{/^\[Unit\]$/!d}' "$units/rfi-submitd@.service") ||
  complain 'rfi-submitd@.service is not rfi-submitd.service with other names'

# value KEY: what the unit says of it.
value() { sed -n "s/^$1=//p" "$units/rfi-submitd.service"; }
for wanted in Type=notify NotifyAccess=main Restart=on-failure RestartSec=1s StartLimitIntervalSec=0 'RestartPreventExitStatus=64 75 78' \
  LoadCredential=client_secret:/etc/rfi-submitd/client_secret Group=rfi-producer UMask=0007 StateDirectoryMode=2770; do
  [ "$(value "${wanted%%=*}")" = "${wanted#*=}" ] || complain "$wanted is missing"
done
drain=$(sed -n 's/^#drain_timeout = "\([0-9]*\)s"$/\1/p' "$1/config/rfi-submitd.toml")
stop=$(value TimeoutStopSec)
[ "${stop%s}" -ge $((drain + 15)) ] || complain "TimeoutStopSec=$stop is less than 15 s above submission.drain_timeout, ${drain}s"

command -v systemd-analyze >/dev/null || {
  echo 'SKIPPED: the exposure of the units: there is no systemd-analyze' >&2
  [ "$status" -eq 0 ] && exit 77
  exit "$status"
}

# exposed UNIT TENTHS: not more than that.
exposed() {
  systemd-analyze security --offline=true --threshold="$2" --root="$work" --no-pager "$1" >"$work/table" ||
    complain "$1: $(tail -n 1 "$work/table") Wanted: at most $2 tenths"
}
install -D -m 0644 -t "$work/lib/systemd/system" "$units/rfi-submitd.service" "$units/rfi-submitd@.service"
exposed rfi-submitd.service 11
exposed rfi-submitd@.service 11
for unit in rfi-submitd.service rfi-submitd@.service; do
  install -D -m 0644 -t "$work/etc/systemd/system/$unit.d" "$units/locked-down.conf"
done
exposed rfi-submitd.service 9
exposed rfi-submitd@.service 9
# A key that systemd does not know is only a warning there, and one protection less.
faults=$(SYSTEMD_LOG_LEVEL=warning systemd-analyze verify --man=no --recursive-errors=no "$units/rfi-submitd.service" 2>&1 |
  grep -F rfi-submitd.service | grep -v 'is not executable' || true)
[ -z "$faults" ] || complain "$faults"
exit "$status"
