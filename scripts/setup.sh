#!/usr/bin/env bash
# Installs what the commands need, and nothing that is there already.
#   setup.sh [rust] [build] [node] [test] [vulkan]     no argument: these; on demand: licences, audit, fuzz
#     rust   a Rust toolchain with the wasm target, a C compiler
#     build  wasm-bindgen and trunk
#     node   Node packages
#     test   wasm-pack, Chromium and ChromeDriver
#     vulkan a graphics adapter for native tests, in software if there is no other
#     licences, audit, fuzz   cargo-about, cargo-deny, cargo-fuzz
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

TRUNK_VERSION=0.21.14
WASM_PACK_VERSION=0.15.0
CARGO_ABOUT_VERSION=0.9.3
CARGO_DENY_VERSION=0.20.2
CARGO_FUZZ_VERSION=0.13.1
BUILDING=$VJEPA_CACHE/building.lock
# Where finished tools come from; empty builds all of them from source.
TOOL_HOST=${VJEPA_TOOL_HOST-https://github.com}

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
  release_tool wasm-bindgen "$bindgen" || cargo_tool wasm-bindgen wasm-bindgen-cli "$bindgen" 1
  # Without its check for newer versions and TLS, Trunk asks the network for nothing.
  release_tool trunk "$TRUNK_VERSION" ||
    cargo_tool trunk trunk "$TRUNK_VERSION" 0 --locked --no-default-features
}

# release_tool BINARY VERSION: as its makers built it, if it can be had, is the file in releases.txt, and runs here.
release_tool() {
  local binary=$1 version=$2 machine address hash archive
  has_tool "$binary" "$version" && return
  machine=$([ "$(uname -s)" = Linux ] && uname -m)
  read -r address hash < <(awk -v wanted="$binary $version $machine" '$1 " " $2 " " $3 == wanted { print $4, $5 }' "$ROOT/scripts/releases.txt") || return 1
  if [ -z "$TOOL_HOST" ] || ! have curl || ! have sha256sum; then return 1; fi
  archive=$(mktemp -d)
  if ! curl --fail --silent --location --connect-timeout 10 --max-time 120 -o "$archive/file" "$TOOL_HOST/$address"; then
    say "$binary $version can't be had from $TOOL_HOST"
  elif ! echo "$hash  $archive/file" | sha256sum --check --status; then
    say "$TOOL_HOST/$address has another SHA-256 than scripts/releases.txt says: not used"
  else
    tar -xzf "$archive/file" -C "$archive"
    mkdir -p "$TOOLS/bin"
    find "$archive" -name "$binary*" -type f -perm -u+x -exec mv {} "$TOOLS/bin/" \;
  fi
  rm -rf "$archive"
  has_tool "$binary" "$version"
}

has_tool() { "$TOOLS/bin/$1" --version 2>/dev/null | grep -qF " $2"; }

# cargo_tool BINARY CRATE VERSION OPT_LEVEL [FLAG...]: in the cache, unless that version is there.
# Built quickly rather than well: these run for seconds and compile for minutes. One at a time, whoever else sets up.
cargo_tool() {
  local binary=$1 crate=$2 version=$3 opt=$4
  shift 4
  has_tool "$binary" "$version" && return
  say "building $crate $version (once; a few minutes)"
  (
    flock 9
    cd "$VJEPA_CACHE" # away from the crate's own cargo settings
    export CARGO_TARGET_DIR=$VJEPA_CACHE/tools-target CARGO_PROFILE_RELEASE_LTO=off \
      CARGO_PROFILE_RELEASE_OPT_LEVEL=$opt CARGO_PROFILE_RELEASE_CODEGEN_UNITS=16 CARGO_PROFILE_RELEASE_DEBUG=false
    # By force, because a finished tool of another version or machine may lie there.
    cargo install "$crate" --version "$version" --root "$TOOLS" --force --quiet "$@" >&2
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
  release_tool wasm-pack "$WASM_PACK_VERSION" || cargo_tool wasm-pack wasm-pack "$WASM_PACK_VERSION" 0 --locked
  find_chromium >/dev/null || debian_install chromium
  have chromedriver || debian_install chromium-driver
}

# Any Vulkan driver will do; Mesa's software rasteriser is one.
setup_vulkan() {
  compgen -G "/usr/share/vulkan/icd.d/*.json" >/dev/null || compgen -G "/etc/vulkan/icd.d/*.json" >/dev/null ||
    debian_install libvulkan1 mesa-vulkan-drivers
}

setup_licences() { cargo_tool cargo-about cargo-about "$CARGO_ABOUT_VERSION" 1 --locked --features cli; }

setup_audit() { cargo_tool cargo-deny cargo-deny "$CARGO_DENY_VERSION" 1 --locked; }

setup_fuzz() { cargo_tool cargo-fuzz cargo-fuzz "$CARGO_FUZZ_VERSION" 1 --locked; }

mkdir -p "$TOOLS"
for part in "${@:-rust build node test vulkan}"; do
  for name in $part; do
    case $name in
      rust | build | node | test | vulkan | licences | audit | fuzz) "setup_$name" ;;
      *) die "setup.sh knows rust, build, node, test, vulkan, licences, audit and fuzz, not '$name'" ;;
    esac
  done
done
# Only what is installed is needed again; whoever is still building tidies up later.
flock -n "$BUILDING" rm -rf "$VJEPA_CACHE/tools-target" || true
