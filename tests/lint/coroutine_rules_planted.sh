#!/usr/bin/env bash
# The check of the coroutine rules must flag each form of the planted file.
set -uo pipefail
cd "$(dirname "$0")/../.." || exit
planted=tests/lint/planted/braces_in_await.cpp
output=$(clang-query-19 -f tests/lint/coroutine_rules.query "$planted" -- -std=c++20 2>&1)
for name in lambdaInAwait bracesInAwait ternaryAwait awaitInBraces; do
  if ! echo "$output" | grep -q "\"$name\" binds here"; then
    echo "the planted $name was not seen"
    echo "$output" | tail -5
    exit 1
  fi
done
