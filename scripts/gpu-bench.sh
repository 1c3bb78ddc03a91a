#!/usr/bin/env bash
# Measures this machine's graphics adapter, or packs what another machine needs for that.
#   gpu-bench.sh [ARGUMENT...]    build `vjepa` with WebGPU and run `vjepa gpu-bench ARGUMENT...`
#   gpu-bench.sh --pack FOLDER    FOLDER/run.sh then does so where there is no compiler and no network
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

"$ROOT/scripts/setup.sh" rust
(cd "$ROOT" && cargo build --locked --release --no-default-features --features native,webgpu --bin vjepa >&2)
program=$CARGO_TARGET_DIR/release/vjepa
if [ "${1:-}" != --pack ]; then
  "$ROOT/scripts/setup.sh" vulkan
  exec "$program" gpu-bench "$@"
fi

folder=${2:?gpu-bench.sh --pack FOLDER}
mkdir -p "$folder"
cp "$program" "$folder/vjepa"
# The program finds its graphics driver through Vulkan's loader, which not every machine with a driver has.
"$ROOT/scripts/setup.sh" vulkan
loader=$(ldconfig -p | awk '/libvulkan\.so\.1 .*x86-64/ { print $NF; exit }')
if [ -n "$loader" ]; then cp -L "$loader" "$folder/libvulkan.so.1"; fi
cat >"$folder/run.sh" <<'RUN'
#!/usr/bin/env bash
# run.sh [ARGUMENT...]: vjepa gpu-bench; --help lists what can be chosen.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# The machine's own loader first.
export LD_LIBRARY_PATH=${LD_LIBRARY_PATH:+$LD_LIBRARY_PATH:}/usr/lib/x86_64-linux-gnu:$here
exec "$here/vjepa" gpu-bench "$@"
RUN
chmod +x "$folder/run.sh"
say "packed in $folder: run.sh measures the adapter of the machine it is copied to"
