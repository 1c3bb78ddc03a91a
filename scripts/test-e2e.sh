#!/usr/bin/env bash
# test-e2e.sh [FILE...]: these browser tests, or all. Two files at once, since each waits two fifths of its time, for the
# camera or for what the page shows. Each is made for a browser with a core of its own, so a file that fails beside another
# is run once more, alone, and that counts.
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
cd "$ROOT"
[ $# -gt 0 ] || set -- tests/e2e/*.test.js
logs=$(mktemp -d)
trap 'rm -rf "$logs"' EXIT

# beside FILE: what it prints comes in one piece, once it has ended.
beside() {
  local log=$logs/$(basename "$1")
  node --test --test-reporter=spec "$1" >"$log" 2>&1 || echo "$1" >>"$logs/failed"
  flock "$logs" cat "$log"
}
export -f beside
export logs
printf '%s\n' "$@" | xargs -P 2 -I {} bash -c 'beside {}' || die "the browser tests did not run to their end"
[ -s "$logs/failed" ] || exit 0
say "failed beside another file, and run alone now: $(xargs <"$logs/failed")"
xargs node --test --test-concurrency=1 --test-reporter=spec <"$logs/failed"
