#!/usr/bin/env bash
# The installed package under a real systemd, booted by systemd-nspawn: serves, reloads, is killed, freezes, is upgraded.
#
# Usage: systemd_test.sh PACKAGE BUILD_DIRECTORY, as root. With RFI_PACKAGE_JOURNAL=FILE the journal is left there.
set -euo pipefail
package=$(realpath "$1")
build=$(realpath "$2")
cd "$(dirname "$0")"
# shellcheck source-path=SCRIPTDIR source=clean_root.sh
source ./clean_root.sh

work=$(mktemp -d)
root=$work/root
nspawn=
init=
# shellcheck disable=SC2329
clean_up() {
  if [ -n "${RFI_PACKAGE_JOURNAL:-}" ] && [ -n "$init" ]; then
    inside journalctl --no-pager -o short-precise >"$RFI_PACKAGE_JOURNAL" || true
  fi
  if [ -n "$nspawn" ] && kill -0 "$nspawn" 2>/dev/null; then
    kill -RTMIN+4 "$init" 2>/dev/null || true # poweroff
    timeout 20 tail --pid="$nspawn" -f /dev/null || kill -9 "$nspawn"
  fi
  rm -rf --one-file-system "$work"
}
trap clean_up EXIT

inside() { nsenter --target "$init" --all -- env --chdir=/ -i PATH=/usr/sbin:/usr/bin:/sbin:/bin "$@"; }
ask() { inside runuser -u producer -- sqlite3 -cmd '.timeout 10000' "${2:-/var/lib/rfi-submitd/queue.db}" "$1"; }
state() { ask "SELECT state FROM rfi WHERE reference = '$1'" "${@:2}"; }
submitted() { [ "$(state "$@")" = submitted ]; }
# submits REFERENCE [QUEUE]: a row that is inserted now is submitted soon.
submits() {
  ask "$(insertion "$1")" "${@:2}"
  within 10 submitted "$@"
}
property() { inside systemctl show --value -p "$1" "${2:-rfi-submitd.service}"; }
active() { [ "$(property ActiveState)" = active ]; }
has_status() { [ -n "$(property StatusText)" ]; }
logged() { inside journalctl -u rfi-submitd.service -o cat --no-pager | grep -q "$1"; }
restarts_are() { [ "$(property NRestarts)" = "$1" ] && active; }
milliseconds() { echo $((${EPOCHREALTIME/[.,]/} / 1000)); }
# drop_in NAME LINE...: lines of [Service] for the unit, none to take them back; with a restart.
drop_in() {
  local directory=$root/etc/systemd/system/rfi-submitd.service.d name=$1
  shift
  mkdir -p "$directory"
  rm -f "$directory/$name.conf"
  [ $# -eq 0 ] || printf '%s\n' '[Service]' "$@" >"$directory/$name.conf"
  inside systemctl daemon-reload
}
restart() {
  inside systemctl restart rfi-submitd
  inside systemctl reset-failed rfi-submitd
}

clean_root "$package" "$root"
cp "$package" "$root/root/first.deb"
newer_package "$package" "$root/root/second.deb"
install "$build/rfi-sandbox" "$root/usr/local/bin/"
cat >"$root/etc/systemd/system/api.service" <<'UNIT'
[Service]
ExecStart=/usr/local/bin/rfi-sandbox --directory /srv/api --open-customers --port 8443 --lifetime 3600 --quiet
[Install]
WantedBy=multi-user.target
UNIT
mkdir -p "$root/etc/systemd/system/multi-user.target.wants"
ln -s ../api.service "$root/etc/systemd/system/multi-user.target.wants/api.service"

step 'boots'
SYSTEMD_NSPAWN_UNIFIED_HIERARCHY=1 systemd-nspawn --quiet --boot --register=no --keep-unit --private-network --console=passive \
  --directory="$root" </dev/null >"$work/console" 2>&1 &
nspawn=$!
has_booted() {
  init=$(pgrep -P "$nspawn" | head -n 1)
  [ -n "$init" ] && inside systemctl is-active multi-user.target && [ -e "$root/srv/api/ca.pem" ]
}
within 60 has_booted

step 'the package is installed, configured, started'
inside apt-get install -y -qq /root/first.deb >"$work/apt.log" 2>&1 || {
  cat "$work/apt.log" >&2
  fail 'apt-get install'
}
inside usermod -aG rfi-producer producer
expect 'enabled by itself' "$(inside systemctl is-enabled rfi-submitd || true)" disabled
configure "$root" 8443
inside systemctl enable --now --quiet rfi-submitd
active || fail 'not active after its start'
# As the handbook has it.
inside systemd-run --quiet --pipe --wait --uid=rfi-submitd --gid=rfi-producer \
  -p LoadCredential=client_secret:/etc/rfi-submitd/client_secret rfi-submitd check >"$work/check" 2>&1 || {
  cat "$work/check" >&2
  fail 'check'
}

step 'serves a producer, and answers the commands'
submits served
inside runuser -u rfi-submitd -- rfi-submitd status | grep -q submitted || fail 'no status'
within 15 has_status
echo "    $(property StatusText)"

step 'reads files that are the business of its group alone'
customer=11111111-2222-4333-8444-555555555555
inside install -d -m 2750 -g rfi-submitd "/srv/uploads/$customer"
printf '%%PDF-1.7\n%%%%EOF\n' >"$root/srv/uploads/$customer/bill.pdf"
chmod 0640 "$root/srv/uploads/$customer/bill.pdf"
ask "INSERT INTO rfi (reference, customer_id, requested, documents) VALUES ('uploaded', '$customer', '[\"proof_of_address.files\"]',
  '{\"proof_of_address\":{\"type\":\"UTILITY_BILL\",\"files\":[{\"path\":\"bill.pdf\"}]}}')"
within 10 submitted uploaded
expect 'uploads' "$(ask 'SELECT count(*) FROM upload WHERE uri IS NOT NULL')" 1

step 'reloads without a restart'
main=$(property MainPID)
inside systemctl reload rfi-submitd
within 5 logged '"event":"service.reloaded"'
expect 'main process' "$(property MainPID)" "$main"
submits reloaded

step 'is back to work at most 3 s after kill -9'
slowest=0
for round in 1 2 3; do
  began=$(milliseconds)
  inside sh -c "kill -9 $(property MainPID)"
  ask "$(insertion "killed-$round")"
  within 10 submitted "killed-$round"
  took=$(($(milliseconds) - began))
  [ "$took" -le "$slowest" ] || slowest=$took
  sleep 1
done
echo "    $slowest ms at most until a row inserted after the kill was submitted"
[ "$slowest" -le 3000 ] || fail 'too slow'

step 'is restarted by the watchdog when its scheduler or its queue freezes'
# The shipped 30 s would only take longer.
for part in scheduler queue; do
  drop_in freeze WatchdogSec=4s "Environment=RFI_SUBMITD_FREEZE=\"$part 2s\""
  restart
  main=$(property MainPID)
  # The next one is to run without the fault.
  drop_in freeze WatchdogSec=4s
  within 20 restarts_are 1
  [ "$(property MainPID)" != "$main" ] || fail "$part: the same process goes on"
  submits "thawed-$part"
done
expect 'watchdog' "$(inside journalctl -u rfi-submitd -o cat | grep -c 'Watchdog timeout')" 2

step 'is left alone by the watchdog while the destination is unfit'
inside systemctl stop api
restart
ask "$(insertion patient)"
within 10 logged '"event":"destination.unfit"'
sleep 10
expect 'restarts' "$(property NRestarts)" 0
inside systemctl start api
# It has made itself a new authority.
has_new_authority() { [ "$root/srv/api/ca.pem" -nt "$root/etc/rfi-submitd/ca.pem" ]; }
within 10 has_new_authority
install -m 0644 "$root/srv/api/ca.pem" "$root/etc/rfi-submitd/ca.pem"
inside systemctl reload rfi-submitd
within 30 submitted patient
drop_in freeze
restart

step 'secret and authority are rotated as the handbook says, with and without a restart'
# new_api SECRET: the API with another secret, and with an authority of its own as after each start.
new_api() {
  mkdir -p "$root/etc/systemd/system/api.service.d"
  sed -n "s|^ExecStart=.*|[Service]\nExecStart=\n& --client-secret $1|p" "$root/etc/systemd/system/api.service" \
    >"$root/etc/systemd/system/api.service.d/secret.conf"
  inside systemctl daemon-reload
  rm "$root/srv/api/ca.pem"
  inside systemctl restart api
  within 10 test -s "$root/srv/api/ca.pem"
  cat "$root/srv/api/ca.pem" >>"$root/etc/rfi-submitd/ca.pem" # beside the old one
}
token_failures() { inside journalctl -u rfi-submitd.service -o cat --no-pager | grep -c '"event":"token.failed"' || true; }
before=$(token_failures)
more_token_failures() { [ "$(token_failures)" -gt "$before" ]; }
new_api second-secret
ask "$(insertion rotated)"
inside systemctl reload rfi-submitd
within 10 more_token_failures
expect 'a row whose secret was revoked too early' "$(state rotated)" pending
(umask 077 && echo second-secret >"$root/root/new_secret")
inside install -m 0600 /root/new_secret /etc/rfi-submitd/client_secret
restart
within 10 submitted rotated
drop_in own-secret LoadCredential=
inside install -m 0640 -g rfi-submitd /root/new_secret /etc/rfi-submitd/secret
sed -i 's|^#client_secret_file = .*|client_secret_file = "/etc/rfi-submitd/secret"|' "$root/etc/rfi-submitd/rfi-submitd.toml"
restart
submits own-secret
main=$(property MainPID)
new_api third-secret
(umask 077 && echo third-secret >"$root/root/new_secret")
inside install -m 0640 -g rfi-submitd /root/new_secret /etc/rfi-submitd/secret
inside systemctl reload rfi-submitd
ask "$(insertion reloaded-secret)"
within 30 submitted reloaded-secret
expect 'main process' "$(property MainPID)" "$main"
inside install -m 0600 /root/new_secret /etc/rfi-submitd/client_secret
sed -i 's|^client_secret_file = .*|#client_secret_file = ""|' "$root/etc/rfi-submitd/rfi-submitd.toml"
drop_in own-secret
restart
submits credential-again

step 'the queue is backed up, restored, moved as the handbook says'
inside rfi-submitd backup /root/backup.db >/dev/null
submits after-the-backup
inside systemctl stop rfi-submitd
inside sh -c 'mkdir -m 0700 /root/old-queue && mv /var/lib/rfi-submitd/queue.db* /root/old-queue/'
inside install -m 0660 -o rfi-submitd -g rfi-producer /root/backup.db /var/lib/rfi-submitd/queue.db
inside systemctl start rfi-submitd
expect 'a row that is younger than the backup' "$(state after-the-backup)" ''
submits restored
inside systemctl stop rfi-submitd
inside install -d -m 2770 -o rfi-submitd -g rfi-producer /srv/rfi
inside sh -c 'mv /var/lib/rfi-submitd/queue.db /var/lib/rfi-submitd/queue.db-* /srv/rfi/'
sed -i 's|^#path = .*|path = "/srv/rfi/queue.db"|' "$root/etc/rfi-submitd/rfi-submitd.toml"
drop_in moved ReadWritePaths=/srv/rfi
inside systemctl start rfi-submitd
submits moved /srv/rfi/queue.db
submitted restored /srv/rfi/queue.db || fail 'the moved queue is another'
inside systemctl stop rfi-submitd
inside sh -c 'mv /srv/rfi/queue.db* /var/lib/rfi-submitd/'
sed -i 's|^path = .*|#path = "/var/lib/rfi-submitd/queue.db"|' "$root/etc/rfi-submitd/rfi-submitd.toml"
drop_in moved
inside systemctl start rfi-submitd

step 'an upgrade restarts it, a second instance runs beside it'
sed 's|^#path = .*|path = "/var/lib/rfi-submitd/second/queue.db"|' "$root/etc/rfi-submitd/rfi-submitd.toml" \
  >"$root/etc/rfi-submitd/second.toml"
inside chgrp rfi-submitd /etc/rfi-submitd/second.toml
chmod 0640 "$root/etc/rfi-submitd/second.toml"
cp "$root/etc/rfi-submitd/client_secret" "$root/etc/rfi-submitd/second.secret"
inside systemctl start rfi-submitd@second
submits first-row /var/lib/rfi-submitd/second/queue.db
mains="$(property MainPID) $(property MainPID rfi-submitd@second.service)"
inside apt-get install -y -qq /root/second.deb >>"$work/apt.log" 2>&1
for main in $mains; do
  case " $(property MainPID) $(property MainPID rfi-submitd@second.service) " in
    *" $main "* | *' 0 '*) fail 'an instance was not restarted' ;;
  esac
done
submits upgraded
submits second-row /var/lib/rfi-submitd/second/queue.db

step 'locked down: an empty root directory, an address list'
mkdir -p "$root/etc/systemd/system/rfi-submitd.service.d"
cp "$root/usr/share/doc/rfi-submitd/examples/locked-down.conf" "$root/etc/systemd/system/rfi-submitd.service.d/"
inside systemctl daemon-reload
restart
submits locked-down
inside systemd-analyze security --no-pager rfi-submitd.service | tail -n 1 | sed 's/^→ /    /'
! inside test -e "/proc/$(property MainPID)/root/srv" || fail 'the service sees more than it has to'

step 'purged while it runs: stopped, and nothing unfinished is left to keep'
inside apt-get purge -y -qq rfi-submitd >"$work/apt.log" 2>&1
! active || fail 'still active'
[ ! -e "$root/var/lib/rfi-submitd" ] || fail "$(grep kept "$work/apt.log"): $(ls -A "$root/var/lib/rfi-submitd")"
echo "systemd: all $steps steps passed"
