#!/usr/bin/env bash
# Hostile files through every reader in fuzz/: FUZZ_SECONDS (60) for each, or with FUZZ_RUNS=10000000 so many files in all,
# over as many calls as it takes; what was done is in fuzz/corpus/TARGET.tally. Arguments choose targets. A line each at the
# end: files tried, seconds, edges of the code that were covered, files kept because they cover more, faults.
#   fuzz.sh [TARGET...]          tries files
#   fuzz.sh seeds [TARGET...]    takes the smallest set of files that covers as much into fuzz/seeds
# Installs cargo-fuzz first, if need be. FUZZ_SANITIZER=address checks memory as well, five times slower.
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

# Files are tried in portions, so that little is lost when a long run is stopped.
PORTION=500000
SANITIZER=${FUZZ_SANITIZER:-none}

"$ROOT/scripts/setup.sh" rust fuzz
# libFuzzer is C++; coverage is behind an unstable flag, which this lets a stable compiler take.
have c++ || have g++ || have clang++ || debian_install g++
export RUSTC_BOOTSTRAP=1 CARGO_TARGET_DIR=$VJEPA_CACHE/fuzz-target
cd "$ROOT"

# most_bytes TARGET: longest input. Those that are choices need few; a zip file needs its directory.
most_bytes() {
  case $1 in
    safetensors | zip | pickle) echo 2048 ;;
    *) echo 96 ;;
  esac
}

# fuzz TARGET FOLDER... -- ARGUMENT...: of files that are bytes libFuzzer also sees what they are compared with, which finds
# numbers and words that a format asks for; where the bytes are choices, that would only be slow.
fuzz() {
  local compares=()
  case $1 in
    safetensors | zip | pickle) ;;
    *) compares=(--no-trace-compares --target-dir "$CARGO_TARGET_DIR/choices") ;;
  esac
  cargo fuzz run -s "$SANITIZER" "${compares[@]}" "$@"
}

# field NAME LOG: a number that libFuzzer printed last.
field() { sed -nE "s/.*\b$1:? +([0-9]+).*/\1/p" "$2" | tail -1; }

# portion TARGET LOG ARGUMENT...: some files more; adds files and milliseconds to the tally.
portion() {
  local target=$1 log=$2 begin faults=0 files=0 ms=0 found=0 done
  shift 2
  begin=$(date +%s%3N)
  fuzz "$target" "fuzz/corpus/$target" "fuzz/seeds/$target" -- "$@" \
    -max_len="$(most_bytes "$target")" -rss_limit_mb=2048 -timeout=10 -verbosity=1 -print_funcs=0 -print_final_stats=1 \
    2>"$log" >&2 || faults=1
  done=$(field stat::number_of_executed_units "$log")
  [ -n "$done" ] || { cat "$log" >&2; die "$target did not run"; }
  [ ! -s "fuzz/corpus/$target.tally" ] || read -r files ms found <"fuzz/corpus/$target.tally"
  echo "$((files + done)) $((ms + $(date +%s%3N) - begin)) $((found + faults))" >"fuzz/corpus/$target.tally"
  [ $faults = 0 ] || { tail -40 "$log" >&2; return 1; }
}

# report TARGET LOG
report() {
  local files ms found
  read -r files ms found <"fuzz/corpus/$1.tally"
  printf '%-12s %s files in %s s, %s/s; %s edges, %s files kept; %s faults\n' "$1" "$files" "$((ms / 1000))" \
    "$((files * 1000 / (ms + 1)))" "$(field cov "$2")" "$(find "fuzz/corpus/$1" "fuzz/seeds/$1" -type f | wc -l)" "$found"
}

try() {
  local target=$1 log files=0
  log=$(mktemp)
  mkdir -p "fuzz/corpus/$target" "fuzz/seeds/$target"
  if [ -z "${FUZZ_RUNS:-}" ]; then
    rm -f "fuzz/corpus/$target.tally"
    say "fuzzing $target for ${FUZZ_SECONDS:-60} seconds"
    portion "$target" "$log" -max_total_time="${FUZZ_SECONDS:-60}" || failed=1
  else
    say "fuzzing $target up to $FUZZ_RUNS files"
    while [ ! -s "fuzz/corpus/$target.tally" ] || { read -r files _ <"fuzz/corpus/$target.tally" && [ "$files" -lt "$FUZZ_RUNS" ]; }; do
      portion "$target" "$log" -runs=$((FUZZ_RUNS - files < PORTION ? FUZZ_RUNS - files : PORTION)) || { failed=1; break; }
    done
  fi
  report "$target" "$log" || true
  rm "$log"
}

# seeds TARGET: the smallest files that cover what all found ones cover.
seeds() {
  local target=$1
  mkdir -p "fuzz/corpus/$target" "fuzz/seeds/$target"
  cp -n fuzz/seeds/"$target"/* "fuzz/corpus/$target/" 2>/dev/null || true
  rm -rf "fuzz/seeds/$target.new" && mkdir "fuzz/seeds/$target.new"
  fuzz "$target" "fuzz/seeds/$target.new" "fuzz/corpus/$target" -- -merge=1 -max_len=512 2>/dev/null >&2
  rm -rf "fuzz/seeds/$target" && mv "fuzz/seeds/$target.new" "fuzz/seeds/$target"
  say "$target: $(find "fuzz/seeds/$target" -type f | wc -l) files, $(cat fuzz/seeds/"$target"/* | wc -c) bytes"
}

act=try failed=0
if [ "${1:-}" = seeds ]; then act=seeds; shift; fi
[ $# -gt 0 ] || set -- safetensors zip pickle shards config checkpoint snapshot shipped project recipe
for target in "$@"; do $act "$target"; done
exit $failed
