#!/usr/bin/env bash
# Every static check, each with a line of its own; goes on after a failure and ends with the count.
set -uo pipefail
cd "$(dirname "$0")/../.." || exit
passed=0
failed=0

check() {
  local name=$1
  shift
  local output
  if output=$("$@" 2>&1); then
    passed=$((passed + 1))
    echo "ok    $name"
  else
    failed=$((failed + 1))
    printf 'FAIL  %s\n%s\n' "$name" "$output"
  fi
}

sources() { git ls-files '*.cpp' '*.hpp' ':!tests/lint/planted'; }

format() { sources | xargs clang-format-19 --dry-run --Werror; }

# The database of the clang preset: clang-tidy does not know GCC's own warnings. What is shipped, and the two tools that the
# tests trust; the tests themselves are left to the compilers and sanitizers: they would take most of the time.
# The analyzer leaves a function after 40,000 steps, not 225,000: a third of its time, for what it sees of coroutines anyway.
tidy() {
  local steps=(--extra-arg=-Xclang --extra-arg=-analyzer-config --extra-arg=-Xclang --extra-arg=max-nodes=40000)
  cmake --preset clang >/dev/null &&
    git ls-files 'lib/*.cpp' 'daemon/*.cpp' 'tests/sandbox/*.cpp' 'tests/support/*.cpp' | grep -v '_test\.cpp$' |
    xargs -P "$(nproc)" -n 1 clang-tidy-19 -p build/clang --quiet "${steps[@]}" 2> >(grep -vE '^[0-9]+ warnings? generated' >&2)
}

coroutines() { cmake --preset clang >/dev/null && tests/lint/coroutine_rules.sh build/clang; }

# Suppressed: what cppcheck 2.10 misreads of C++20 (ranges, chrono literals) and of coroutines, whose parameters must be
# values and which end without a return.
cpp_check() {
  git ls-files 'lib/*.cpp' 'daemon/*.cpp' | xargs cppcheck --quiet --std=c++20 --language=c++ --error-exitcode=1 \
    --inline-suppr -j "$(nproc)" --enable=warning,performance,portability --suppress=internalAstError \
    --suppress=syntaxError --suppress=cppcheckError --suppress=unknownMacro --suppress=missingReturn \
    --suppress=passedByValue --suppress=mismatchingContainerExpression -I lib
}

shell_check() {
  git ls-files '*.sh' dev .ci/run 'systemd/package/p*' | xargs shellcheck -x && shellcheck -s bash daemon/completion/rfi-submitd
}

manual_pages() {
  mandoc -T lint -W warning daemon/man/*.[157] &&
    daemon/man/configuration_page.py config/rfi-submitd.toml daemon/man/rfi-submitd.toml.5.in | mandoc -T lint -W warning
}

check format format
check 'include rules' tests/lint/include_rules.sh
check shellcheck shell_check
check 'manual pages' manual_pages
check cppcheck cpp_check
check 'coroutine rules' coroutines
check 'coroutine rules see a planted case' tests/lint/coroutine_rules_planted.sh
check clang-tidy tidy
echo "checks: $passed passed, $failed failed"
[ "$failed" -eq 0 ]
