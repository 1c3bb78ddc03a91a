#!/usr/bin/env bash
# Compiles the crate to WebAssembly twice, once for each device, and writes the modules that the page loads.
#   engines.sh release|debug OUT  ->  OUT/engine/{cpu,webgpu}/vjepa_web{.js,_bg.wasm}
# Both profiles optimise: an unoptimised engine is too slow to be used. `debug` keeps function names for stack traces.
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

[ $# = 2 ] || die "usage: engines.sh release|debug OUT"
PROFILE=$1 OUT=$2
case $PROFILE in
  release) BINDGEN_FLAGS="--remove-name-section --remove-producers-section" ;;
  debug) BINDGEN_FLAGS="" ;;
  *) die "engines.sh knows the profiles release and debug, not '$PROFILE'" ;;
esac
"$ROOT/scripts/setup.sh" rust build

# All that an engine is compiled from: what was made of it is kept under its hash, so that a change of the page alone, of the
# profile or back to an earlier commit compiles nothing.
made_from() {
  cd "$ROOT"
  find src Cargo.toml Cargo.lock .cargo -type f | LC_ALL=C sort | xargs sha256sum
  rustc -vV
  wasm-bindgen --version
  echo "${RUSTFLAGS:-} $CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_RUSTFLAGS"
}
KEY=$(made_from | sha256sum | cut -c 1-16)
KEPT_ENGINES=8 # a feature

# engine FEATURE: compile and bind what is not kept, copy.
engine() {
  local feature=$1
  local kept=$VJEPA_CACHE/engine/$feature/$KEY
  [ -s "$kept/vjepa_web.wasm" ] || compile "$feature" "$kept"
  [ -s "$kept/$PROFILE/vjepa_web_bg.wasm" ] || bind "$kept"
  touch "$kept"
  # The rest is older.
  ls -dt "$VJEPA_CACHE/engine/$feature"/*/ | tail -n "+$((KEPT_ENGINES + 1))" | xargs -r rm -rf
  mkdir -p "$OUT/engine/$feature"
  cp -r "$kept/$PROFILE"/* "$OUT/engine/$feature/"
}

# Each engine has artefacts of its own, so that both are compiled at once: a good part of it keeps one core busy. Those of WebGPU
# lie where the browser's tests find them. What came of it is taken before anybody else compiles; whole or not at all.
compile() (
  local feature=$1 kept=$2
  [ "$feature" = webgpu ] || export CARGO_TARGET_DIR=$CARGO_TARGET_DIR/$feature-engine
  mkdir -p "$kept"
  cd "$ROOT" # where .cargo/config.toml applies
  flock 9
  cargo build --locked --lib --release --target "$WASM_TARGET" --no-default-features --features "$feature" >&2
  cp "$CARGO_TARGET_DIR/$WASM_TARGET/release/vjepa_web.wasm" "$kept/compiling"
  mv "$kept/compiling" "$kept/vjepa_web.wasm"
) 9>"$VJEPA_CACHE/engine-$1.lock"

bind() {
  local kept=$1
  rm -rf "$kept/$PROFILE" "$kept/binding"
  # shellcheck disable=SC2086  # the flags are words
  wasm-bindgen --target web --no-typescript --out-name vjepa_web $BINDGEN_FLAGS --out-dir "$kept/binding" "$kept/vjepa_web.wasm"
  mv "$kept/binding" "$kept/$PROFILE"
}

engine cpu &
CPU=$!
engine webgpu
wait "$CPU" || die "the CPU engine was not compiled; see the messages above"
du -h "$OUT"/engine/*/*.wasm >&2
