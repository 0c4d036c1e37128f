#!/usr/bin/env bash
# The completion offers every command and its options, values where there is a list, and files where one belongs.
#
# Usage: completion_test.sh PROGRAM COMPLETION
set -euo pipefail
# As on a machine where the package is installed.
PATH=$(dirname "$1"):$PATH
# shellcheck source=/dev/null
source "$2"
# Only readline has it; what it is asked for is what counts.
# shellcheck disable=SC2317
compopt() { options=$2; }
status=0

# complete_words WORD...: what TAB offers behind the last of them.
complete_words() {
  COMP_WORDS=("$@")
  COMP_CWORD=$(($# - 1))
  COMPREPLY=()
  options=
  _rfi_submitd
}
# offers WANTED WORD...
offers() {
  local wanted=$1
  shift
  complete_words "$@"
  case " ${COMPREPLY[*]} " in
    *" $wanted "*) ;;
    *)
      echo "completion of '$*' does not offer $wanted but: ${COMPREPLY[*]}"
      status=1
      ;;
  esac
}

mapfile -t commands < <(rfi-submitd --help | sed -n '/ommands:$/,/^$/s/^  \([a-z-]*\) .*/\1/p')
[ "${#commands[@]}" -ge 10 ] || {
  echo "only these commands were found: ${commands[*]}"
  status=1
}
for command in "${commands[@]}"; do
  offers "$command" rfi-submitd ''
  offers "$command" rfi-submitd --config x "${command:0:2}"
  offers --help rfi-submitd "$command" --
  offers --config rfi-submitd "$command" --
done
offers --drain rfi-submitd run --
offers failed rfi-submitd list --state ''
offers exhausted rfi-submitd --config x retry --failed --failure ex
for before in '--config' 'enqueue --webhook' 'enqueue' 'preview'; do
  # shellcheck disable=SC2086 # words
  complete_words rfi-submitd $before ''
  [ "$options" = default ] || {
    echo "completion of '$before' does not offer files"
    status=1
  }
done
exit "$status"
