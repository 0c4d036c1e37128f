#!/usr/bin/env bash
# Runs every fuzz target for so many seconds, two at a time, and says where the input of a finding is.
#
# Usage: run.sh BUILD_DIRECTORY SECONDS [TARGET...]     (./dev fuzz SECONDS [TARGET...] builds first)
# What the fuzzers learn is kept in BUILD_DIRECTORY/corpus, so that the next run goes on from there.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
build=$(cd "$1" && pwd)
seconds=$2
shift 2
targets=("$@")
if [ ${#targets[@]} -eq 0 ]; then
  for program in "$build"/tests/fuzz/rfi_fuzz_*; do
    targets+=("${program##*/rfi_fuzz_}")
  done
fi

# The words a target's texts are made of.
dictionary_of() {
  case "$1" in
    refusal | token_answer | upload_answer) echo answer ;;
    http_answer | proxy_answer) echo http ;;
    moments | configuration | enqueue) echo "$1" ;;
    *) echo rfi ;;
  esac
}

fuzz() {
  local target=$1
  mkdir -p "$build/corpus/$target" "$build/findings"
  nice "$build/tests/fuzz/rfi_fuzz_$target" -max_total_time="$seconds" -timeout=60 -print_final_stats=1 \
    -artifact_prefix="$build/findings/$target-" -dict="$here/dictionaries/$(dictionary_of "$target").dict" \
    "$build/corpus/$target" "$here/corpus/$target" >"$build/findings/$target.log" 2>&1
}

# Its last lines say what was found, or how much was tried.
report() {
  local target=$1
  if [ "$2" -eq 0 ]; then
    echo "$target: $(sed -n 's/^stat::number_of_executed_units: *//p' "$build/findings/$target.log") inputs, no finding"
    return
  fi
  grep -E 'broken:|ERROR:|runtime error:|Test unit written' "$build/findings/$target.log" | sed "s/^/$target: /" || true
  echo "$target: $build/findings/$target.log has the rest; put the input into tests/fuzz/corpus/$target"
}

found=0
while [ ${#targets[@]} -gt 0 ]; do
  pair=("${targets[@]:0:2}")
  targets=("${targets[@]:2}")
  started=()
  for target in "${pair[@]}"; do
    fuzz "$target" &
    started+=("$!")
  done
  for i in "${!pair[@]}"; do
    status=0
    wait "${started[$i]}" || status=1
    report "${pair[$i]}" "$status"
    [ "$status" -eq 0 ] || found=1
  done
done
exit "$found"
