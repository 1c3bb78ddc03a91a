// @ts-check
/**
 * The V-JEPA 2 encoder as an ONNX graph, for any geometry. Field numbers are those of onnx.proto.
 *
 * `mha` uses onnxruntime's fused MultiHeadAttention, `matmul` standard operators only: which one is faster, or right,
 * depends on the provider. Both turn queries and keys together and leave further fusing to the runtime.
 *
 * @typedef {import("./geometry.js").Geometry} Geometry
 * @typedef {import("./safetensors.js").Tensors} Tensors
 * @typedef {"mha" | "matmul"} Attention
 * @typedef {number | number[]} Attribute   a float is written where the name is in FLOATS
 */
import { grid, patchValues, tokens } from "./geometry.js";
import { Message } from "./protobuf.js";
import { fusedQkv, ropeTables, tensor, transpose } from "./weights.js";

export const INPUT = "pixel_values_videos";
export const OUTPUT = "last_hidden_state";

const FLOAT = 1;
const INT64 = 7;
const FLOATS = new Set(["epsilon", "scale"]);
const MICROSOFT = "com.microsoft";

/**
 * Input `[B, T, 3, H, W]`, output `[B, N, D]`.
 * @param {Geometry} g @param {Tensors} weights @param {Attention} attention @returns {Uint8Array<ArrayBuffer>}
 */
export function encoderOnnx(g, weights, attention, batch = 1) {
  const graph = new Graph();
  const n = tokens(g);
  let x = patchEmbedding(graph, g, weights, batch);
  const shared = constants(graph, g, batch, attention);
  for (let i = 0; i < g.depth; i++) x = block(graph, g, weights, `encoder.layer.${i}`, x, shared, attention);
  norm(graph, weights, "encoder.layernorm", x, OUTPUT);
  graph.input(INPUT, [batch, g.frames, 3, g.size, g.size]);
  graph.output(OUTPUT, [batch, n, g.width]);
  return graph.model();
}

/** @param {Graph} graph @param {Geometry} g @param {Tensors} weights @param {number} batch */
function patchEmbedding(graph, g, weights, batch) {
  const [t, h, w] = grid(g);
  const split = graph.ints("patch_split", [batch, t, g.tubelet, 3, h, g.patch, w, g.patch]);
  const rows = graph.ints("patch_rows", [batch, t * h * w, patchValues(g)]);
  let x = graph.node("Reshape", [INPUT, split]);
  x = graph.node("Transpose", [x], { perm: [0, 1, 4, 6, 3, 2, 5, 7] }); // [B, t, h, w, 3, tubelet, patch, patch]
  x = graph.node("Reshape", [x, rows]);
  return linear(graph, weights, "encoder.embeddings.patch_embeddings.proj", x);
}

/**
 * What all blocks share.
 * @param {Graph} graph @param {Geometry} g @param {number} batch @param {Attention} attention
 */
function constants(graph, g, batch, attention) {
  const [n, dim] = [tokens(g), g.width / g.heads];
  const { cos, sin } = ropeTables(grid(g), dim);
  return {
    cos: graph.floats("rope_cos", [1, n, 1, dim], cos),
    sin: graph.floats("rope_sin", [1, n, 1, dim], sin),
    qkvParts: graph.ints("qkv_parts", [2 * g.width, g.width]),
    halves: graph.ints("halves", [g.heads, g.heads]),
    ones: graph.ints("ones", [1, 1]),
    turned: graph.ints("turned_shape", [batch, n, 2 * g.heads, dim]),
    pairs: graph.ints("pairs_shape", [batch, n, 2 * g.heads, dim / 2, 2]),
    flat: graph.ints("flat_shape", [batch, n, g.width]),
    // onnxruntime warns of what is not used.
    heads: attention === "matmul" ? graph.ints("heads_shape", [batch, n, g.heads, dim]) : "",
    scale: attention === "matmul" ? graph.floats("scale", [1], Float32Array.of(dim ** -0.5)) : "",
  };
}

/**
 * @param {Graph} graph @param {Geometry} g @param {Tensors} weights @param {string} layer @param {string} x
 * @param {ReturnType<typeof constants>} shared @param {Attention} attention
 */
function block(graph, g, weights, layer, x, shared, attention) {
  const qkv = fusedQkv(weights, layer);
  const [all, v] = graph.split(
    affine(graph, `${layer}.qkv`, norm(graph, weights, `${layer}.norm1`, x), qkv.weight, qkv.bias),
    shared.qkvParts,
  );
  const qk = rope(graph, graph.node("Reshape", [all, shared.turned]), shared);
  const mixed = attention === "mha" ? mha(graph, g, qk, v, shared) : matmuls(graph, qk, v, shared);
  const attended = graph.node("Add", [x, linear(graph, weights, `${layer}.attention.proj`, mixed)]);
  const hidden = linear(graph, weights, `${layer}.mlp.fc1`, norm(graph, weights, `${layer}.norm2`, attended));
  const activated = graph.node("Gelu", [hidden], {}, { domain: MICROSOFT }); // the exact one, by erf
  return graph.node("Add", [attended, linear(graph, weights, `${layer}.mlp.fc2`, activated)]);
}

/**
 * Turns queries and keys, `[B, N, 2 heads, dim]`.
 * @param {Graph} graph @param {string} x @param {ReturnType<typeof constants>} shared
 */
function rope(graph, x, shared) {
  const [even, odd] = graph.split(graph.node("Reshape", [x, shared.pairs]), shared.ones);
  const swapped = graph.node("Reshape", [graph.node("Concat", [odd, even], { axis: -1 }), shared.turned]);
  return graph.node("Add", [graph.node("Mul", [x, shared.cos]), graph.node("Mul", [swapped, shared.sin])]);
}

/**
 * @param {Graph} graph @param {Geometry} g @param {string} qk @param {string} v
 * @param {ReturnType<typeof constants>} shared
 */
function mha(graph, g, qk, v, shared) {
  const [q, k] = graph.split(qk, shared.halves, 2).map((part) => graph.node("Reshape", [part, shared.flat]));
  const attributes = { num_heads: g.heads, scale: (g.width / g.heads) ** -0.5 };
  return graph.node("MultiHeadAttention", [q, k, v], attributes, { domain: MICROSOFT });
}

/** @param {Graph} graph @param {string} qk @param {string} v @param {ReturnType<typeof constants>} shared */
function matmuls(graph, qk, v, shared) {
  const [q, k] = graph.split(qk, shared.halves, 2);
  const scaled = graph.node("Mul", [q, shared.scale]);
  const [queries, keys] = [
    graph.node("Transpose", [scaled], { perm: [0, 2, 1, 3] }),
    graph.node("Transpose", [k], { perm: [0, 2, 3, 1] }),
  ];
  const values = graph.node("Transpose", [graph.node("Reshape", [v, shared.heads])], { perm: [0, 2, 1, 3] });
  const scores = graph.node("Softmax", [graph.node("MatMul", [queries, keys])], { axis: -1 }); // [B, heads, N, N]
  const mixed = graph.node("Transpose", [graph.node("MatMul", [scores, values])], { perm: [0, 2, 1, 3] });
  return graph.node("Reshape", [mixed, shared.flat]);
}

/** @param {Graph} graph @param {Tensors} weights @param {string} name @param {string} x @param {string} [output] */
function norm(graph, weights, name, x, output) {
  const gain = tensor(weights, `${name}.weight`);
  const parts = [
    graph.floats(`${name}.weight`, gain.shape, gain.data),
    graph.floats(`${name}.bias`, gain.shape, tensor(weights, `${name}.bias`).data),
  ];
  return graph.node("LayerNormalization", [x, ...parts], { axis: -1, epsilon: 1e-6 }, { output });
}

/** @param {Graph} graph @param {Tensors} weights @param {string} name @param {string} x */
function linear(graph, weights, name, x) {
  return affine(graph, name, x, tensor(weights, `${name}.weight`).data, tensor(weights, `${name}.bias`).data);
}

/**
 * @param {Graph} graph @param {string} name @param {string} x @param {Float32Array} weight  `[out, in]`
 * @param {Float32Array} bias
 */
function affine(graph, name, x, weight, bias) {
  const [out, into] = [bias.length, weight.length / bias.length];
  const product = graph.node("MatMul", [x, graph.floats(`${name}.weight`, [into, out], transpose(weight, out))]);
  return graph.node("Add", [product, graph.floats(`${name}.bias`, [out], bias)]);
}

class Graph {
  #graph = new Message().string(2, "encoder");
  #nodes = 0;

  /**
   * @param {string} op @param {string[]} inputs @param {Record<string, Attribute>} [attributes]
   * @param {{domain?: string, output?: string}} [more] @returns {string} its output
   */
  node(op, inputs, attributes = {}, { domain, output } = {}) {
    return this.#add(op, inputs, attributes, [output ?? this.#name(op)], domain)[0];
  }

  /** @param {string} x @param {string} sizes @returns {[string, string]} */
  split(x, sizes, axis = -1) {
    const outputs = [this.#name("Split"), this.#name("Split")];
    return /** @type {[string, string]} */ (this.#add("Split", [x, sizes], { axis }, outputs));
  }

  /** @param {string} name @param {number[]} shape @param {Float32Array} data */
  floats(name, shape, data) {
    return this.#initializer(name, shape, FLOAT, new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
  }

  /** A list, as shapes and sizes are given. @param {string} name @param {number[]} values */
  ints(name, values) {
    return this.#initializer(name, [values.length], INT64, new Uint8Array(BigInt64Array.from(values, BigInt).buffer));
  }

  /** @param {string} name @param {number[]} shape */
  input(name, shape) {
    this.#graph.message(11, valueInfo(name, shape));
  }

  /** @param {string} name @param {number[]} shape */
  output(name, shape) {
    this.#graph.message(12, valueInfo(name, shape));
  }

  model() {
    const model = new Message().int(1, 9).string(2, "vjepa-web").message(7, this.#graph);
    for (const [domain, version] of /** @type {[string, number][]} */ ([
      ["", 17],
      [MICROSOFT, 1],
    ])) {
      model.message(8, new Message().string(1, domain).int(2, version));
    }
    return model.finish();
  }

  /** @param {string} op */
  #name(op) {
    return `${op}_${this.#nodes++}`;
  }

  /**
   * @param {string} op @param {string[]} inputs @param {Record<string, Attribute>} attributes @param {string[]} outputs
   */
  #add(op, inputs, attributes, outputs, domain = "") {
    const node = new Message();
    for (const name of inputs) node.string(1, name);
    for (const name of outputs) node.string(2, name);
    node.string(3, outputs[0]).string(4, op);
    for (const [name, value] of Object.entries(attributes)) node.message(5, attribute(name, value));
    this.#graph.message(1, node.string(7, domain));
    return outputs;
  }

  /** @param {string} name @param {number[]} shape @param {number} type @param {Uint8Array} bytes */
  #initializer(name, shape, type, bytes) {
    const message = new Message();
    for (const side of shape) message.int(1, side);
    this.#graph.message(5, message.int(2, type).string(8, name).bytes(9, bytes));
    return name;
  }
}

/** @param {string} name @param {Attribute} value */
function attribute(name, value) {
  const message = new Message().string(1, name);
  if (Array.isArray(value)) {
    for (const item of value) message.int(8, item);
    return message.int(20, 7);
  }
  return FLOATS.has(name) ? message.float(2, value).int(20, 1) : message.int(3, value).int(20, 2);
}

/** @param {string} name @param {number[]} shape */
function valueInfo(name, shape) {
  const dimensions = new Message();
  for (const side of shape) dimensions.message(1, new Message().int(1, side));
  const type = new Message().message(1, new Message().int(1, FLOAT).message(2, dimensions));
  return new Message().string(1, name).message(2, type);
}
