#!/usr/bin/env bash
# Compiles both engines twice from nothing, in folders of different names with crates downloaded to each, and compares bytes.
#   reproduce.sh [FOLDER]     where to work, else a new folder below the one for temporary files; needs 5 GB
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
"$ROOT/scripts/setup.sh" rust build

WORK=${1:-$(mktemp -d)}
mkdir -p "$WORK"
# A copy of the commit in FOLDER, and its engines in FOLDER/out.
build() (
  local folder=$WORK/$1
  rm -rf "$folder"
  mkdir -p "$folder/source" "$folder/cache"
  git -C "$ROOT" archive HEAD | tar -x -C "$folder/source"
  ln -s "$TOOLS" "$folder/cache/tools"
  unset CARGO_TARGET_DIR CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_RUSTFLAGS
  # The compiler stays where rustup has it; crates come anew.
  export VJEPA_CACHE=$folder/cache RUSTUP_HOME=${RUSTUP_HOME:-$HOME/.rustup} CARGO_HOME=$folder/crates
  mkdir -p "$CARGO_HOME"
  ! [ -e "$HOME/.cargo/config.toml" ] || cp "$HOME/.cargo/config.toml" "$CARGO_HOME/"
  "$folder/source/scripts/engines.sh" release "$folder/out"
)
build first
build another-folder-with-a-longer-name
cd "$WORK"
sha256sum first/out/engine/*/* | sed 's#first/out/##' >sums
(cd another-folder-with-a-longer-name/out && sha256sum --check ../../sums) || die "two builds of one commit differ; both are in $WORK"
say "both builds have the same bytes"
