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

# All that an engine is made from. Both are the same artefact to cargo, which compiles the crate anew whenever the
# feature changes; the finished modules are therefore kept, so that a change of the page alone compiles nothing.
made_from() {
  cd "$ROOT"
  find src Cargo.toml Cargo.lock .cargo -type f | LC_ALL=C sort | xargs sha256sum
  rustc -vV
  wasm-bindgen --version
  echo "$BINDGEN_FLAGS ${RUSTFLAGS:-}"
}
KEY=$(made_from | sha256sum)

# engine FEATURE: compile, bind, copy.
engine() {
  local feature=$1 kept=$VJEPA_CACHE/engine/$1
  if [ "$KEY" != "$(cat "$kept/key" 2>/dev/null)" ]; then
    make_engine "$feature" "$kept"
    echo "$KEY" >"$kept/key"
  fi
  mkdir -p "$OUT/engine/$feature"
  cp "$kept/vjepa_web.js" "$kept/vjepa_web_bg.wasm" "$OUT/engine/$feature/"
  if [ -d "$kept/snippets" ]; then cp -r "$kept/snippets" "$OUT/engine/$feature/"; fi
}

make_engine() {
  local feature=$1 kept=$2
  # Run where .cargo/config.toml applies. Both features write the same file, so it is taken right after the build.
  (cd "$ROOT" && cargo build --locked --lib --release --target "$WASM_TARGET" --no-default-features --features "$feature") >&2
  rm -rf "$kept"
  # shellcheck disable=SC2086  # the flags are words
  wasm-bindgen --target web --no-typescript --out-name vjepa_web $BINDGEN_FLAGS --out-dir "$kept" \
    "$CARGO_TARGET_DIR/$WASM_TARGET/release/vjepa_web.wasm"
}

for feature in cpu webgpu; do engine "$feature"; done
du -h "$OUT"/engine/*/*.wasm >&2
