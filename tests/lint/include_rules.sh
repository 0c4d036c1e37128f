#!/usr/bin/env bash
# Who may include whom (lib/README.md). The link lines say the same; this names the line that breaks it.
set -uo pipefail
cd "$(dirname "$0")/../.." || exit
status=0

# forbid MODULE PATTERN: no file of the module may include what matches.
forbid() {
  local module=$1 pattern=$2 found
  found=$(grep -nE "^#include [<\"]($pattern)" -r "lib/rfi/$module" --include='*.cpp' --include='*.hpp')
  if [ -n "$found" ]; then
    printf '%s\n%s\n' "$found" "lib/rfi/$module must not include this"
    status=1
  fi
}

forbid allowlist 'rfi/(policy|queue|api|service|platform)/'
forbid allowlist 'boost/(asio|beast)|sqlite3|spdlog|openssl'
forbid policy 'rfi/(allowlist|queue|api|service|platform)/'
forbid policy 'boost/(asio|beast)|sqlite3|spdlog|openssl'
forbid platform 'rfi/(allowlist|policy|queue|api|service)/'
forbid queue 'rfi/(allowlist|api|service)/'
forbid queue 'boost/beast'
forbid api 'rfi/(allowlist|queue|service)/'
forbid api 'sqlite3'
forbid upload 'rfi/(allowlist|policy|queue|service)/|sqlite3|boost/beast'
forbid upload 'rfi/api/(a[^/]*|[c-z][^/]*)'
forbid service 'rfi/upload/file_threads'
forbid service 'rfi/queue/(sqlite|schema|store|queue_thread|watch)|sqlite3|boost/beast'
forbid service 'rfi/api/(transport|connection|token|customer|tls|dial|resolver)'

beast=$(grep -lE '^#include <boost/beast' -r lib --include='*.cpp' | wc -l)
if [ "$beast" -gt 3 ]; then
  echo "$beast sources include Beast: it costs most of a build, keep it in very few"
  status=1
fi
exit $status
