#!/usr/bin/env bash
# Licences of the crates that the engines are compiled from, as a page of the site: www/licences.html.
#   licences.sh            writes it anew, with cargo-about
#   licences.sh --check    fails if it names other crates or versions than Cargo.lock
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

PAGE=$ROOT/www/licences.html
cd "$ROOT"

# What an engine is made from: macros, too, but no build scripts, and nothing of tests.
compiled() {
  cargo tree --locked --target "$WASM_TARGET" --no-default-features --features cpu,webgpu --edges normal \
    --prefix none --format '{p}' | sed -E 's/ \(.*//; s/ v([0-9])/ \1/' | sort -u
}
named() { sed -nE 's/^ *<li>(<a href="[^"]*">)?([A-Za-z0-9_-]+ [0-9][^<]*)(<\/a>)?<\/li>$/\2/p' "$PAGE" | sort -u; }

if [ "${1:-}" = --check ]; then
  differing=$(comm -3 <(compiled) <(named) | tr -d '\t')
  [ -z "$differing" ] ||
    die "www/licences.html and Cargo.lock differ in $(echo "$differing" | paste -sd, | sed 's/,/, /g'): run make licences"
  exit
fi
"$ROOT/scripts/setup.sh" rust licences
# From the crates as published alone, so that the page is the same wherever it is made.
cargo fetch --locked
cargo about generate --frozen --fail --no-default-features --features cpu,webgpu --config scripts/licences/about.toml \
  scripts/licences/licences.hbs --output-file "$PAGE"
say "$PAGE names $(named | wc -l) crates"
