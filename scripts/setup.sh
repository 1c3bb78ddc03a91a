#!/usr/bin/env bash
# Installs what the commands need, and nothing that is there already.
#   setup.sh [rust] [build] [node] [test] [vulkan]     no argument: all of them
#     rust   a Rust toolchain with the wasm target, a C compiler
#     build  wasm-bindgen and trunk
#     node   Node packages
#     test   wasm-pack, Chromium and ChromeDriver
#     vulkan a graphics adapter for native tests, in software if there is no other
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

TRUNK_VERSION=0.21.14
WASM_PACK_VERSION=0.15.1
BUILDING=$VJEPA_CACHE/building.lock

setup_rust() {
  have cc || have gcc || have clang || debian_install gcc libc6-dev
  have cargo || debian_install rustc-web cargo-web rust-web-src rust-web-llvm lld-22
  has_wasm_std && return
  if have rustup && rustup target add "$WASM_TARGET" >&2; then return; fi
  "$ROOT/scripts/wasm-std.sh"
  has_wasm_std || die "the compiler still has no standard library for $WASM_TARGET; install Rust with rustup and run this again"
}

has_wasm_std() {
  ls "$(cd "$ROOT" && rustc --print sysroot)/lib/rustlib/$WASM_TARGET/lib/"libstd-*.rlib >/dev/null 2>&1
}

setup_build() {
  local bindgen
  bindgen=$(locked_version wasm-bindgen)
  [ -n "$bindgen" ] || die "Cargo.lock names no wasm-bindgen; run cargo generate-lockfile"
  # Its published lock file holds crates that newer compilers refuse, so this one is not --locked.
  cargo_tool wasm-bindgen wasm-bindgen-cli "$bindgen" 2
  # Without its check for newer versions, Trunk asks the network for nothing.
  cargo_tool trunk trunk "$TRUNK_VERSION" 1 --locked --no-default-features --features rustls
}

# cargo_tool BINARY CRATE VERSION OPT_LEVEL [FLAG...]: in the cache, unless that version is there.
# Built quickly rather than well: these run for seconds and compile for minutes. One at a time, whoever else sets up.
cargo_tool() {
  local binary=$1 crate=$2 version=$3 opt=$4
  shift 4
  if "$TOOLS/bin/$binary" --version 2>/dev/null | grep -qF " $version"; then return; fi
  say "building $crate $version (once; a few minutes)"
  (
    flock 9
    cd "$VJEPA_CACHE" # away from the crate's own cargo settings
    export CARGO_TARGET_DIR=$VJEPA_CACHE/tools-target CARGO_PROFILE_RELEASE_LTO=off \
      CARGO_PROFILE_RELEASE_OPT_LEVEL=$opt CARGO_PROFILE_RELEASE_CODEGEN_UNITS=16 CARGO_PROFILE_RELEASE_DEBUG=false
    cargo install "$crate" --version "$version" --root "$TOOLS" --quiet "$@" >&2
  ) 9>"$BUILDING" || die "could not build $crate $version; see the messages above"
}

setup_node() {
  have node && have npm || debian_install nodejs npm
  [ "$(node -p 'Number(process.versions.node.split(".")[0])')" -ge 20 ] ||
    die "Node $(node --version) is too old; install version 20 or newer from https://nodejs.org"
  local stamp=$ROOT/node_modules/.installed
  cmp -s "$ROOT/package-lock.json" "$stamp" && return
  say "installing Node packages"
  (cd "$ROOT" && npm ci --no-audit --no-fund --loglevel=error >&2)
  cp "$ROOT/package-lock.json" "$stamp"
}

setup_test() {
  cargo_tool wasm-pack wasm-pack "$WASM_PACK_VERSION" 2 --locked
  find_chromium >/dev/null || debian_install chromium
  have chromedriver || debian_install chromium-driver
}

# Any Vulkan driver will do; Mesa's software rasteriser is one.
setup_vulkan() {
  compgen -G "/usr/share/vulkan/icd.d/*.json" >/dev/null || compgen -G "/etc/vulkan/icd.d/*.json" >/dev/null ||
    debian_install libvulkan1 mesa-vulkan-drivers
}

mkdir -p "$TOOLS"
for part in "${@:-rust build node test vulkan}"; do
  for name in $part; do
    case $name in
      rust | build | node | test | vulkan) "setup_$name" ;;
      *) die "setup.sh knows rust, build, node, test and vulkan, not '$name'" ;;
    esac
  done
done
# Only what is installed is needed again; whoever is still building tidies up later.
flock -n "$BUILDING" rm -rf "$VJEPA_CACHE/tools-target" || true
