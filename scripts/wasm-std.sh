#!/usr/bin/env bash
# Gives a compiler that did not come from rustup (Debian's rustc-web) a standard library for WebAssembly:
# builds it once from rust-web-src and copies the libraries into the compiler's own folder.
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

SYSROOT=$(rustc --print sysroot)
TO=$SYSROOT/lib/rustlib/$WASM_TARGET/lib
BUILD=$VJEPA_CACHE/wasm-std

[ -d "$SYSROOT/lib/rustlib/src/rust/library" ] || debian_install rust-web-src rust-web-llvm lld-22
[ -d "$SYSROOT/lib/rustlib/src/rust/library" ] ||
  die "the compiler in $SYSROOT has no sources of its standard library; install Rust with rustup (https://rustup.rs)"

say "building the standard library for $WASM_TARGET (once; a few minutes)"
mkdir -p "$BUILD/src"
cat >"$BUILD/Cargo.toml" <<'TOML'
[package]
name = "wasm-std"
version = "0.0.0"
edition = "2024"
[workspace]
TOML
: >"$BUILD/src/lib.rs"
(
  cd "$BUILD"
  RUSTC_BOOTSTRAP=1 CARGO_TARGET_DIR=$BUILD/target cargo build --release --quiet \
    --target "$WASM_TARGET" -Zbuild-std=std,panic_abort,proc_macro
)
as_root mkdir -p "$TO"
as_root cp "$BUILD/target/$WASM_TARGET/release/deps/"lib*.rlib "$TO/"
as_root rm -f "$TO"/libwasm_std-*.rlib
