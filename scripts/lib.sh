# Sourced by every script and recipe: where things live, what they are called, how to say so.
# Nothing here depends on the working directory.
set -euo pipefail

ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)

# Toolchain and compiled artefacts outlive the checkout, so that a clean clone builds fast the second time.
export VJEPA_CACHE=${VJEPA_CACHE:-${HOME:?set HOME or VJEPA_CACHE to a folder for tools and build results}/.cache/vjepa-web}
TOOLS=$VJEPA_CACHE/tools
export CARGO_TARGET_DIR=${CARGO_TARGET_DIR:-$VJEPA_CACHE/target}
export PATH=$TOOLS/bin:$PATH:${HOME:-}/.cargo/bin
WASM_TARGET=wasm32-unknown-unknown
# Messages of panics name files of crates: without the folders of one machine two builds give the same bytes, and fewer.
export CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_RUSTFLAGS="--remap-path-prefix=${CARGO_HOME:-${HOME:-}/.cargo}/registry/src=crates"

say() { printf '\033[1m%s\033[0m\n' "$*" >&2; }
die() { printf '\033[31merror:\033[0m %s\n' "$*" >&2; exit 1; }
have() { command -v "$1" >/dev/null 2>&1; }

# The version of a crate in Cargo.lock.
locked_version() { awk -v name="name = \"$1\"" '$0 == name { getline; gsub(/[^0-9.]/, ""); print; exit }' "$ROOT/Cargo.lock"; }

# The browser the tests drive: $CHROME, or the first one on PATH.
find_chromium() {
  local name
  for name in ${CHROME:-} chromium chromium-browser google-chrome google-chrome-stable; do
    if have "$name"; then command -v "$name"; return; fi
  done
  return 1
}

as_root() {
  if [ "$(id -u)" = 0 ]; then "$@"
  elif have sudo; then sudo "$@"
  else die "this step needs root; run it yourself: $*"
  fi
}

# Installs Debian packages; elsewhere says in one sentence what is missing.
debian_install() {
  have apt-get || die "please install $* (or what your system calls them) and run this again"
  say "installing Debian packages: $*"
  as_root env DEBIAN_FRONTEND=noninteractive apt-get update -qq
  as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$@" >&2
}
