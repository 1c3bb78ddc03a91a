// @ts-check
/**
 * Hostile files through the page's own readers, in Node. Equal seeds, equal files: one that fails is named by its number, and
 * `--from` begins there.
 *
 *   node scripts/fuzz-js.js [--files 1000000] [--from 0] [READER...]
 */
import { parseArgs } from "node:util";
import { Choices } from "../tests/js/support/choices.js";
import { READERS } from "../tests/js/support/hostile.js";

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { files: { type: "string", default: "1000000" }, from: { type: "string", default: "0" } },
});
const [files, from] = [Number(values.files), Number(values.from)];

for (const name of positionals.length ? positionals : Object.keys(READERS)) {
  const read = READERS[name];
  if (!read) throw new Error(`There is no reader ${name}: ${Object.keys(READERS).join(", ")}.`);
  const heap = process.memoryUsage().heapUsed;
  const began = performance.now();
  let [faults, slowest] = [0, 0];
  for (let i = from; i < from + files; i++) {
    const begin = performance.now();
    try {
      const reading = read(new Choices(i));
      if (reading) await reading;
    } catch (error) {
      faults++;
      process.exitCode = 1;
      if (faults <= 5) console.log(`${name}, --from ${i}:`, error);
    }
    slowest = Math.max(slowest, performance.now() - begin);
  }
  const seconds = (performance.now() - began) / 1000;
  globalThis.gc?.();
  const grown = (process.memoryUsage().heapUsed - heap) / 2 ** 20;
  console.log(
    `${name.padEnd(10)} ${files} files in ${seconds.toFixed(0)} s, ${Math.round(files / seconds)}/s; ` +
      `slowest ${slowest.toFixed(0)} ms, heap ${grown < 0 ? "" : "+"}${grown.toFixed(1)} MiB; ${faults} faults`,
  );
}
