#!/usr/bin/env bash
# The shipped binary has what the compiler and the linker can do against exploits. Says everything that is missing.
#
# Usage: hardening.sh BINARY BUILD_DIRECTORY
set -euo pipefail
export LC_ALL=C
binary=$1
commands=$2/compile_commands.json
missing=0

# expect WHAT TEXT PATTERN: some line of TEXT matches.
expect() {
  if ! grep -Eq -- "$3" <<<"$2"; then
    echo "$binary: $1 (nothing matches $3)"
    missing=1
  fi
}
# refuse WHAT TEXT PATTERN: no line of TEXT does.
refuse() {
  if grep -E -- "$3" <<<"$2"; then
    echo "$binary: $1"
    missing=1
  fi
}

header=$(readelf -hW "$binary")
segments=$(readelf -lW "$binary")
dynamic=$(readelf -dW "$binary")
symbols=$(readelf --dyn-syms -W "$binary" | grep UND)
expect 'no position-independent executable' "$header" 'Type: +DYN'
expect 'no position-independent executable' "$dynamic" 'FLAGS_1.*PIE'
expect 'relocations stay writable' "$segments" 'GNU_RELRO'
expect 'symbols are bound lazily, in writable memory' "$dynamic" 'FLAGS_1.*NOW'
expect 'the stack has no rights' "$segments" 'GNU_STACK.* RW '
refuse 'memory is writable and executable' "$segments" '(LOAD|GNU_STACK).* RWE '
refuse 'code is relocated' "$dynamic" 'TEXTREL'
refuse 'libraries are looked for where the binary says' "$dynamic" 'RPATH|RUNPATH'
expect 'no stack protector' "$symbols" '__stack_chk_fail'
expect 'no checked functions of the C library' "$symbols" '__(mem|str|v?sn?|v?f)[a-z]+_chk'
expect 'no assertions of the C++ library' "$symbols" '__glibcxx_assert_fail'
# The property note is missing whenever Debian's own start files lack it, so the landing pads are counted.
pads=$(objdump -d --no-show-raw-insn "$binary" | grep -c endbr64 || true)
if [ "$pads" -lt 1000 ]; then
  echo "$binary: only $pads landing pads for indirect branches (-fcf-protection)"
  missing=1
fi

# What leaves no trace in a binary is looked for where it was asked for.
command=$(grep -F 'daemon/main.cpp' "$commands" | grep -F '"command"')
for flag in -O2 -D_FORTIFY_SOURCE=3 -D_GLIBCXX_ASSERTIONS -fstack-protector-strong -fstack-clash-protection \
  -fcf-protection -ftrivial-auto-var-init=zero -fno-delete-null-pointer-checks -fno-strict-overflow \
  -fno-strict-aliasing -Werror -Wformat=2; do
  expect "compiled without $flag" "$command" "(^| )$flag( |\$)"
done
exit "$missing"
