#!/usr/bin/env bash
# Runs every target in fuzz/ for FUZZ_SECONDS each (60); arguments choose targets. Installs cargo-fuzz first, if need be.
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

CARGO_FUZZ_VERSION=0.13.1

if ! "$TOOLS/bin/cargo-fuzz" --version 2>/dev/null | grep -qF " $CARGO_FUZZ_VERSION"; then
  say "building cargo-fuzz $CARGO_FUZZ_VERSION (once; a minute)"
  (cd "$VJEPA_CACHE" && CARGO_TARGET_DIR=$VJEPA_CACHE/tools-target \
    cargo install cargo-fuzz --version "$CARGO_FUZZ_VERSION" --locked --root "$TOOLS" --quiet >&2)
  rm -rf "$VJEPA_CACHE/tools-target"
fi
# libFuzzer is C++; its sanitizer is behind an unstable flag, which this lets a stable compiler take.
have c++ || have g++ || have clang++ || debian_install g++
export RUSTC_BOOTSTRAP=1 CARGO_TARGET_DIR=$VJEPA_CACHE/fuzz-target
cd "$ROOT"

[ $# -gt 0 ] || set -- safetensors zip pickle
for target in "$@"; do
  say "fuzzing $target for ${FUZZ_SECONDS:-60} seconds"
  mkdir -p "fuzz/corpus/$target"
  cargo fuzz run "$target" "fuzz/corpus/$target" "fuzz/seeds/$target" -- \
    -max_total_time="${FUZZ_SECONDS:-60}" -rss_limit_mb=1024 -timeout=10 -max_len=65536 -verbosity=0 -print_funcs=0 -print_final_stats=1
done
