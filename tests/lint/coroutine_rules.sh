#!/usr/bin/env bash
# GCC 12 destroys an aggregate temporary (a capturing lambda, braces) twice when it stands in one expression with
# co_await. Usage: coroutine_rules.sh BUILD_DIR [FILE...]; without files, every source with a co_await.
set -uo pipefail
cd "$(dirname "$0")/../.." || exit
database=$1
shift
files=("$@")
if [ ${#files[@]} -eq 0 ]; then
  mapfile -t files < <(git grep -l co_await -- '*.cpp' ':!tests/lint')
fi
status=0
for file in "${files[@]}"; do
  output=$(clang-query-19 -p "$database" -f tests/lint/coroutine_rules.query "$file" 2>&1)
  if echo "$output" | grep -q 'error:'; then
    echo "$output" | grep -m 3 'error:'
    echo "$file: clang-query cannot parse it"
    status=1
  elif echo "$output" | grep -qE '^Match #|binds here'; then
    echo "$output" | grep -E 'binds here' | sort -u
    echo "$file: name the lambda or the aggregate on the line above the co_await"
    status=1
  fi
done
exit $status
