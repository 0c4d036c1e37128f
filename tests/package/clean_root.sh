# shellcheck shell=bash
# For the tests of the package: a clean Debian 12 in a directory, with what the package depends on but without the package.
# It is made once and copied for each test. Sourced.

readonly suite=bookworm
# `./dev clean` removes it.
readonly root_cache=${RFI_PACKAGE_ROOT:-$(dirname "${BASH_SOURCE[0]}")/../../build/package-root}

# make_cache PACKAGE: debootstrap and the package's dependencies; sqlite3 is the producers' tool.
make_cache() {
  [ ! -e "$root_cache" ] || return 0
  echo "package test: making a clean root in $root_cache" >&2
  local part=$root_cache.part
  rm -rf "$part"
  mkdir -p "$part"
  debootstrap --variant=minbase --include=systemd-sysv,dbus,sqlite3,ca-certificates "$suite" "$part" >"$part.log" || {
    tail -n 20 "$part.log" >&2
    return 1
  }
  {
    chroot "$part" apt-get update -qq
    chroot "$part" env DEBIAN_FRONTEND=noninteractive \
      apt-get satisfy -y -qq --no-install-recommends "$(dpkg -f "$1" Depends)"
    chroot "$part" apt-get clean
  } >>"$part.log" 2>&1
  # A directory without an identity gets its own at its first boot.
  : >"$part/etc/machine-id"
  echo '127.0.0.1 localhost' >"$part/etc/hosts"
  mv "$part" "$root_cache"
  rm -f "$part.log"
}

# clean_root PACKAGE DIRECTORY: a copy of it, with two users: one of the producers, one who is nobody.
clean_root() {
  make_cache "$1"
  cp -a --reflink=auto "$root_cache" "$2"
  mkdir -p "$2/srv/api"
  chroot "$2" useradd --create-home outsider
  chroot "$2" useradd --create-home producer
}

# newer_package PACKAGE FILE: the same content with a higher version.
newer_package() {
  local tree
  tree=$(mktemp -d)
  dpkg-deb -R "$1" "$tree/package"
  sed -i 's/^Version: .*/&+1/' "$tree/package/DEBIAN/control"
  dpkg-deb --root-owner-group -b "$tree/package" "$2" >/dev/null
  rm -rf "$tree"
}

# configure ROOT PORT: the shipped configuration, changed as an operator would for the API's stand-in, and its secret.
configure() {
  install -m 0644 "$1/srv/api/ca.pem" "$1/etc/rfi-submitd/ca.pem"
  chroot "$1" install -d -m 2750 -g rfi-submitd /srv/uploads
  sed -i -e "s|^base_url = .*|base_url = \"https://localhost:$2\"|" -e 's|^client_id = .*|client_id = "sandbox-client"|' \
    -e 's|^#ca_file = .*|ca_file = "/etc/rfi-submitd/ca.pem"|' -e 's|^#stats_interval = .*|stats_interval = "2s"|' \
    -e 's|^#directory = .*|directory = "/srv/uploads"|' "$1/etc/rfi-submitd/rfi-submitd.toml"
  (umask 077 && echo sandbox-secret >"$1/etc/rfi-submitd/client_secret")
}

# insertion REFERENCE: the SQL of an RFI, for a customer of its own.
insertion() {
  cat <<SQL
INSERT INTO rfi (reference, customer_id, requested, documents) VALUES ('$1',
  '00000000-0000-4000-8000-' || lower(hex(randomblob(6))), '["proof_of_address.files"]',
  '{"proof_of_address":{"type":"UTILITY_BILL","files":[{"uri":"/bill.pdf"}]}}');
SQL
}

steps=0
step() {
  steps=$((steps + 1))
  printf '%2d  %s\n' "$steps" "$*"
}

fail() {
  echo "FAIL: $*" >&2
  exit 1
}

# expect WHAT FOUND WANTED
expect() { [ "$2" = "$3" ] || fail "$1: found '$2', wanted '$3'"; }

# within SECONDS COMMAND...: until it succeeds.
within() {
  local limit=$((${EPOCHREALTIME/[.,]/} + $1 * 1000000))
  shift
  until "$@" >/dev/null 2>&1; do
    [ "${EPOCHREALTIME/[.,]/}" -lt "$limit" ] || fail "not in time: $*"
    sleep 0.05
  done
}
