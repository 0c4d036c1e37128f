#!/usr/bin/env bash
# The life of the package on a clean Debian: installed, used by a producer, upgraded, removed, purged.
#
# Usage: install_test.sh PACKAGE BUILD_DIRECTORY, as root. There is no systemd in it: the daemon is started with what the
# installed unit says of user, group and umask, and with a credentials directory. systemd_test.sh has the rest of the unit.
set -euo pipefail
# Mounts and processes of this test end with it.
[ -n "${RFI_OWN_MOUNTS:-}" ] || RFI_OWN_MOUNTS=1 exec unshare --mount --propagation private -- "$0" "$@"
package=$(realpath "$1")
build=$(realpath "$2")
cd "$(dirname "$0")"
# shellcheck source-path=SCRIPTDIR source=clean_root.sh
source ./clean_root.sh

work=$(mktemp -d)
root=$work/root
queue=/var/lib/rfi-submitd/queue.db
daemon=
sandbox=
# shellcheck disable=SC2329
clean_up() {
  [ -z "$daemon" ] || kill -9 "$daemon" 2>/dev/null || true
  [ -z "$sandbox" ] || kill "$sandbox" 2>/dev/null || true
  umount -l "$root/proc" 2>/dev/null || true
  rm -rf --one-file-system "$work"
}
trap clean_up EXIT

inside() { chroot "$root" "$@"; }
as() {
  local user=$1
  shift
  inside runuser -u "$user" -- "$@"
}
apt() {
  inside env DEBIAN_FRONTEND=noninteractive apt-get -y -qq --no-install-recommends "$@" >"$work/apt.log" 2>&1 || {
    cat "$work/apt.log" >&2
    fail "apt-get $*"
  }
}
ask() { as producer sqlite3 -cmd '.timeout 10000' "$queue" "$1"; }
insert() { ask "$(insertion "$1")"; }
look() { inside stat -c '%a %U:%G' "$1"; }
states() { ask 'SELECT state, count(*) FROM rfi GROUP BY state' | tr '\n' ' '; }
all_submitted() { [ "$(states)" = "submitted|$1 " ]; }

# What the unit says, without comments.
unit() { sed -n "s/^$1=//p" "$root/lib/systemd/system/rfi-submitd.service"; }

start_daemon() {
  local credentials=/run/credentials/rfi-submitd.service
  install -d -m 0700 "$root$credentials"
  install -m 0400 "$root/etc/rfi-submitd/client_secret" "$root$credentials/client_secret"
  inside chown -R "$(unit User)" "$credentials"
  # shellcheck disable=SC2046 # the words of ExecStart
  (umask "$(unit UMask)" && exec chroot "$root" env -i CREDENTIALS_DIRECTORY="$credentials" \
    setpriv --reuid "$(unit User)" --regid "$(unit Group)" --init-groups --no-new-privs --bounding-set=-all --inh-caps=-all \
    $(unit ExecStart)) >>"$work/daemon.log" 2>&1 &
  daemon=$!
  within 10 grep -q service.ready "$work/daemon.log"
}
end_daemon() {
  kill "-$1" "$daemon"
  wait "$daemon" 2>/dev/null || [ "$1" = KILL ] || fail "the daemon ended with $?"
  daemon=
  : >"$work/daemon.log"
}

clean_root "$package" "$root"
mount -t proc proc "$root/proc"
cp "$package" "$root/root/first.deb"
newer_package "$package" "$root/root/second.deb"
"$build/rfi-sandbox" --directory "$root/srv/api" --open-customers --lifetime 600 --quiet >"$work/sandbox" 2>&1 &
sandbox=$!
within 10 grep -q base_url "$work/sandbox"

step 'installs on a clean root'
apt install /root/first.deb
expect 'configuration' "$(look /etc/rfi-submitd/rfi-submitd.toml)" '640 root:rfi-submitd'
expect 'its directory' "$(look /etc/rfi-submitd)" '750 root:rfi-submitd'
expect 'state directory' "$(look /var/lib/rfi-submitd)" '2770 rfi-submitd:rfi-producer'
expect 'queue' "$(look "$queue")" '660 rfi-submitd:rfi-producer'
expect 'groups of the service' "$(inside id -Gn rfi-submitd)" 'rfi-producer rfi-submitd'
expect 'not enabled' "$(find "$root/etc/systemd/system" -name 'rfi-submitd*' | wc -l)" 0
expect 'changed files' "$(inside dpkg --verify rfi-submitd)" ''
[ -e "$root/usr/share/doc/rfi-submitd/operations.md" ] || fail 'no handbook'
configure "$root" "$(sed 's/.*"port":\([0-9]*\).*/\1/' "$work/sandbox")"

step 'a producer of the group inserts before the daemon has ever run; nobody else can read'
inside usermod -aG rfi-producer producer
insert before-the-daemon
! as outsider sqlite3 "$queue" 'SELECT 1' 2>/dev/null || fail 'an outsider reads the queue'
! as outsider ls /var/lib/rfi-submitd 2>/dev/null || fail 'an outsider lists the directory'
! as producer cat /etc/rfi-submitd/client_secret 2>/dev/null || fail 'a producer reads the secret'

step 'the daemon as the unit would start it: user, group, umask, credentials'
start_daemon
within 10 all_submitted 1

step 'and while it runs'
for number in 1 2 3 4 5; do insert "beside-the-daemon-$number"; done
within 10 all_submitted 6
expect 'lock' "$(look "$queue.lock")" '660 rfi-submitd:rfi-producer'
expect 'journal' "$(look "$queue-journal" | cut -d : -f 2)" rfi-producer

step 'the journal of a producer that was killed in its transaction is rolled back by the daemon'
end_daemon TERM
insert beside-no-daemon
# A cache of one page, so that it writes to the file before it commits.
as producer sqlite3 "$queue" >/dev/null 2>&1 <<SQL || true
.timeout 10000
PRAGMA cache_size = 1;
BEGIN IMMEDIATE;
$(insertion torn)
CREATE TEMP TABLE many AS SELECT value FROM generate_series(1, 200);
INSERT INTO rfi (reference, customer_id, requested, documents) SELECT 'torn-' || value,
  '00000000-0000-4000-8000-000000000001', '[]', '{"a":"' || hex(randomblob(20000)) || '"}' FROM many;
.system kill -9 \$PPID
SQL
expect 'journal left behind' "$(look "$queue-journal")" '660 producer:rfi-producer'
[ -s "$root$queue-journal" ] || fail 'there is nothing to roll back'
start_daemon
insert after-the-torn-one
within 10 all_submitted 8

step 'the journal of a daemon that was killed is no obstacle for a producer'
insert last-before-the-kill
end_daemon KILL
insert after-the-kill
start_daemon
within 10 all_submitted 10
expect 'integrity' "$(ask 'PRAGMA integrity_check')" ok

step 'an upgrade keeps queue, configuration, modes'
end_daemon TERM
before=$(sha256sum "$root$queue" "$root/etc/rfi-submitd/rfi-submitd.toml")
inside chown root:root /etc/rfi-submitd/rfi-submitd.toml
apt install /root/second.deb
expect 'queue and configuration' "$(sha256sum "$root$queue" "$root/etc/rfi-submitd/rfi-submitd.toml")" "$before"
expect 'configuration' "$(look /etc/rfi-submitd/rfi-submitd.toml)" '640 root:rfi-submitd'

step 'purged with an unfinished row: the queue stays, and it is said'
insert unfinished
apt purge rfi-submitd
grep -q "/var/lib/rfi-submitd is kept" "$work/apt.log" || fail 'a purge kept the queue without a word'
expect 'rows' "$(states)" 'pending|1 submitted|10 '
[ ! -e "$root/etc/rfi-submitd/client_secret" ] || fail 'a purge left the secret'

step 'installed again it goes on where it was'
apt install /root/second.deb
configure "$root" "$(sed 's/.*"port":\([0-9]*\).*/\1/' "$work/sandbox")"
start_daemon
within 10 all_submitted 11
end_daemon TERM

step 'removed with everything finished, a row comes, purged: the queue stays'
apt remove rfi-submitd
insert behind-the-back
apt purge rfi-submitd
expect 'rows' "$(states)" 'pending|1 submitted|11 '

step 'purged with everything finished: nothing is left'
apt install /root/first.deb
configure "$root" "$(sed 's/.*"port":\([0-9]*\).*/\1/' "$work/sandbox")"
start_daemon
within 10 all_submitted 12
end_daemon TERM
rm "$root/etc/rfi-submitd/ca.pem"
apt purge rfi-submitd
expect 'left behind' "$(find "$root" -xdev -path '*rfi-submitd*' ! -path "$root/root/*" ! -path "$root/proc/*" ! -path "$root/run/credentials*")" ''
! grep -q 'is kept' "$work/apt.log" || fail 'a purge kept something'
echo "package: all $steps steps passed"
