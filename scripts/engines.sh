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

# engine FEATURE: compile, bind, copy. The bound module is kept in the cache and made anew only if the wasm changed.
engine() {
  local feature=$1 kept=$VJEPA_CACHE/engine/$1
  local wasm=$CARGO_TARGET_DIR/$WASM_TARGET/release/vjepa_web.wasm
  # Run where .cargo/config.toml applies. Both features write the same file, so it is taken right after each build.
  (cd "$ROOT" && cargo build --locked --lib --release --target "$WASM_TARGET" --no-default-features --features "$feature") >&2
  local key
  key="$(sha256sum <"$wasm") $(wasm-bindgen --version) $BINDGEN_FLAGS"
  if [ "$key" != "$(cat "$kept/key" 2>/dev/null)" ]; then
    rm -rf "$kept"
    # shellcheck disable=SC2086  # the flags are words
    wasm-bindgen --target web --no-typescript --out-name vjepa_web $BINDGEN_FLAGS --out-dir "$kept" "$wasm"
    echo "$key" >"$kept/key"
  fi
  mkdir -p "$OUT/engine/$feature"
  cp "$kept/vjepa_web.js" "$kept/vjepa_web_bg.wasm" "$OUT/engine/$feature/"
  if [ -d "$kept/snippets" ]; then cp -r "$kept/snippets" "$OUT/engine/$feature/"; fi
}

for feature in cpu webgpu; do engine "$feature"; done
du -h "$OUT"/engine/*/*.wasm >&2
