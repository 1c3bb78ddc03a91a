// @ts-check
/**
 * The safetensors format, f32 only: eight bytes of header length, a JSON header, the values.
 *
 * @typedef {{shape: number[], data: Float32Array}} Tensor
 * @typedef {Map<string, Tensor>} Tensors
 */

/** @param {Tensors} tensors @returns {Uint8Array<ArrayBuffer>} */
export function writeSafetensors(tensors) {
  /** @type {Record<string, {dtype: string, shape: number[], data_offsets: [number, number]}>} */
  const entries = {};
  let end = 0;
  for (const [name, { shape, data }] of tensors) {
    entries[name] = { dtype: "F32", shape, data_offsets: [end, (end += data.byteLength)] };
  }
  const text = JSON.stringify(entries);
  const header = new TextEncoder().encode(text.padEnd(Math.ceil(text.length / 8) * 8)); // keeps the values aligned
  const bytes = new Uint8Array(8 + header.length + end);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(header.length), true);
  bytes.set(header, 8);
  for (const [name, { data }] of tensors) {
    const start = 8 + header.length + entries[name].data_offsets[0];
    bytes.set(new Uint8Array(data.buffer, data.byteOffset, data.byteLength), start);
  }
  return bytes;
}

/** @param {Uint8Array} bytes @returns {Tensors} */
export function readSafetensors(bytes) {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const start = 8 + Number(view.getBigUint64(0, true));
  const { __metadata__, ...entries } = JSON.parse(new TextDecoder().decode(bytes.subarray(8, start)));
  return new Map(
    Object.entries(entries).map(
      ([
        name,
        {
          dtype,
          shape,
          data_offsets: [from, to],
        },
      ]) => {
        if (dtype !== "F32") throw new Error(`${name} is ${dtype}; only F32 is read here.`);
        const aligned = new Uint8Array(bytes.subarray(start + from, start + to)); // a copy
        return [name, { shape, data: new Float32Array(aligned.buffer) }];
      },
    ),
  );
}
