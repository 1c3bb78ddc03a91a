// @ts-check
/**
 * Layers of a transformer with their gradients, in plain double precision: slow, short, and checked against finite
 * differences and the published code. What every training step on this page has to agree with is made of these.
 *
 * @typedef {{data: Float64Array, gradient: Float64Array}} Value    what is computed, and the loss's slope in it
 */

/** Operations in the order they were done, to be gone back through. */
export class Tape {
  /** @type {(() => void)[]} */
  #back = [];

  /** @param {ArrayLike<number>} data @returns {Value} */
  value(data) {
    return { data: Float64Array.from(data), gradient: new Float64Array(data.length) };
  }

  /** @param {Float64Array} data @param {(gradient: Float64Array) => void} back @returns {Value} */
  #made(data, back) {
    const made = { data, gradient: new Float64Array(data.length) };
    this.#back.push(() => back(made.gradient));
    return made;
  }

  /** Fills in all gradients. @param {Value} loss one element */
  backward(loss) {
    loss.gradient[0] = 1;
    while (this.#back.length) this.#back.pop()?.();
  }

  /** `[n, in]` by `[out, in]`, plus a bias. @param {Value} x @param {Value} weight @param {Value} bias */
  affine(x, weight, bias) {
    const out = bias.data.length;
    const into = weight.data.length / out;
    const n = x.data.length / into;
    const y = new Float64Array(n * out);
    const [left, right] = [x.data, weight.data];
    for (let r = 0; r < n; r++) {
      for (let o = 0; o < out; o++) {
        let total = bias.data[o];
        for (let i = 0; i < into; i++) total += left[r * into + i] * right[o * into + i];
        y[r * out + o] = total;
      }
    }
    return this.#made(y, (gradient) => {
      const [leftSlope, rightSlope] = [x.gradient, weight.gradient];
      for (let r = 0; r < n; r++) {
        for (let o = 0; o < out; o++) {
          const slope = gradient[r * out + o];
          bias.gradient[o] += slope;
          for (let i = 0; i < into; i++) {
            leftSlope[r * into + i] += slope * right[o * into + i];
            rightSlope[o * into + i] += slope * left[r * into + i];
          }
        }
      }
    });
  }

  /** Rows of `width` with mean 0 and variance 1. @param {Value} x @param {number} width @param {number} epsilon */
  normalise(x, width, epsilon) {
    const [y, scales] = [new Float64Array(x.data.length), new Float64Array(x.data.length / width)];
    for (let r = 0; r < scales.length; r++) {
      const row = x.data.subarray(r * width, (r + 1) * width);
      const mean = row.reduce((a, b) => a + b) / width;
      scales[r] = (row.reduce((all, value) => all + (value - mean) ** 2, 0) / width + epsilon) ** -0.5;
      row.forEach((value, i) => (y[r * width + i] = (value - mean) * scales[r]));
    }
    return this.#made(y, (gradient) => {
      for (let r = 0; r < scales.length; r++) {
        const [slope, out] = [gradient, y].map((all) => all.subarray(r * width, (r + 1) * width));
        const mean = slope.reduce((a, b) => a + b) / width;
        const along = slope.reduce((all, value, i) => all + value * out[i], 0) / width;
        slope.forEach((value, i) => (x.gradient[r * width + i] += scales[r] * (value - mean - out[i] * along)));
      }
    });
  }

  /** Each column times its gain, plus its bias. @param {Value} x @param {Value} gain @param {Value} bias */
  scale(x, gain, bias) {
    const width = bias.data.length;
    const y = x.data.map((value, i) => value * gain.data[i % width] + bias.data[i % width]);
    return this.#made(y, (gradient) =>
      gradient.forEach((slope, i) => {
        x.gradient[i] += slope * gain.data[i % width];
        gain.gradient[i % width] += slope * x.data[i];
        bias.gradient[i % width] += slope;
      }),
    );
  }

  /** @param {Value} a @param {Value} b */
  add(a, b) {
    return this.#made(
      a.data.map((value, i) => value + b.data[i]),
      (gradient) =>
        gradient.forEach((slope, i) => {
          a.gradient[i] += slope;
          b.gradient[i] += slope;
        }),
    );
  }

  /** Exact, by erf. @param {Value} x */
  gelu(x) {
    const normal = (/** @type {number} */ value) => 0.5 * (1 + erf(value / Math.SQRT2));
    return this.#made(
      x.data.map((value) => value * normal(value)),
      (gradient) =>
        gradient.forEach((slope, i) => {
          const value = x.data[i];
          x.gradient[i] += slope * (normal(value) + (value * Math.exp(-0.5 * value ** 2)) / Math.sqrt(2 * Math.PI));
        }),
    );
  }

  /** Rows of `width` of `x` by their numbers; a row -1 is `instead`. @param {Value} x @param {number[]} rows @param {Value} instead */
  rows(x, rows, instead) {
    const width = instead.data.length;
    const y = new Float64Array(rows.length * width);
    const from = (/** @type {number} */ row) => (row < 0 ? 0 : row * width);
    rows.forEach((row, at) => {
      const source = row < 0 ? instead : x;
      y.set(source.data.subarray(from(row), from(row) + width), at * width);
    });
    return this.#made(y, (gradient) =>
      rows.forEach((row, at) => {
        const source = row < 0 ? instead : x;
        for (let i = 0; i < width; i++) source.gradient[from(row) + i] += gradient[at * width + i];
      }),
    );
  }

  /** Mean absolute difference from constants, one element. @param {Value} x @param {ArrayLike<number>} goal */
  distance(x, goal) {
    const n = x.data.length;
    const total = x.data.reduce((all, value, i) => all + Math.abs(value - goal[i]), 0);
    return this.#made(Float64Array.of(total / n), ([slope]) =>
      x.data.forEach((value, i) => (x.gradient[i] += (slope * Math.sign(value - goal[i])) / n)),
    );
  }

  /** @param {Value[]} values one element each */
  mean(values) {
    const total = values.reduce((all, { data }) => all + data[0], 0);
    return this.#made(Float64Array.of(total / values.length), ([slope]) =>
      values.forEach(({ gradient }) => (gradient[0] += slope / values.length)),
    );
  }

  /**
   * RoPE of queries and keys, `[rows, 3 * width]` -> the same.
   * @param {Value} qkv @param {number} width @param {number} dim of a head
   * @param {{cos: Float32Array, sin: Float32Array}} rope `[rows, dim]`
   */
  turn(qkv, width, dim, { cos, sin }) {
    /** Where the numbers of cosine and sine of an element of a row are. */
    const angle = (/** @type {number} */ i) => Math.floor(i / (3 * width)) * dim + (i % dim);
    const turns = (/** @type {number} */ i) => i % (3 * width) < 2 * width;
    const y = qkv.data.map((value, i) => (turns(i) ? value * cos[angle(i)] + qkv.data[i ^ 1] * sin[angle(i)] : value));
    return this.#made(y, (gradient) =>
      gradient.forEach((slope, i) => {
        const turned = () => slope * cos[angle(i)] + gradient[i ^ 1] * sin[angle(i ^ 1)];
        qkv.gradient[i] += turns(i) ? turned() : slope;
      }),
    );
  }

  /**
   * Within each of `sequences` equally long sequences, `[rows, 3 * width]` -> `[rows, width]`.
   * @param {Value} qkv @param {number} width @param {number} heads @param {number} sequences
   */
  attention(qkv, width, heads, sequences) {
    const rows = qkv.data.length / (3 * width);
    const [dim, k] = [width / heads, rows / sequences];
    const y = new Float64Array(rows * width);
    const all = Array.from({ length: sequences * heads }, (_, i) => {
      const start = Math.floor(i / heads) * k;
      const head = (i % heads) * dim;
      return { start, head, shares: attend(qkv.data, y, { start, head, k, dim, width }) };
    });
    return this.#made(y, (gradient) =>
      all.forEach(({ start, head, shares }) => attendBack(qkv, gradient, shares, { start, head, k, dim, width })),
    );
  }
}

/** @typedef {{start: number, head: number, k: number, dim: number, width: number}} Head  first row, first column, sizes */

/** @param {Float64Array} qkv @param {Float64Array} y @param {Head} of @returns {Float64Array} what each row takes of each, `[k, k]` */
function attend(qkv, y, { start, head, k, dim, width }) {
  const shares = new Float64Array(k * k);
  const at = (/** @type {number} */ row, /** @type {number} */ part) => (start + row) * 3 * width + part * width + head;
  for (let r = 0; r < k; r++) {
    const row = shares.subarray(r * k, (r + 1) * k);
    for (let c = 0; c < k; c++) {
      for (let i = 0; i < dim; i++) row[c] += qkv[at(r, 0) + i] * qkv[at(c, 1) + i];
    }
    const most = row.reduce((a, b) => Math.max(a, b));
    row.forEach((score, c) => (row[c] = Math.exp((score - most) / Math.sqrt(dim))));
    const total = row.reduce((a, b) => a + b);
    for (let c = 0; c < k; c++) {
      row[c] /= total;
      for (let i = 0; i < dim; i++) y[(start + r) * width + head + i] += row[c] * qkv[at(c, 2) + i];
    }
  }
  return shares;
}

/** @param {Value} qkv @param {Float64Array} gradient @param {Float64Array} shares @param {Head} of */
function attendBack(qkv, gradient, shares, { start, head, k, dim, width }) {
  const { data, gradient: slopes } = qkv;
  const at = (/** @type {number} */ row, /** @type {number} */ part) => (start + row) * 3 * width + part * width + head;
  const wanted = new Float64Array(k);
  for (let r = 0; r < k; r++) {
    const [from, row] = [(start + r) * width + head, shares.subarray(r * k, (r + 1) * k)];
    let along = 0;
    for (let c = 0; c < k; c++) {
      wanted[c] = 0;
      for (let i = 0; i < dim; i++) {
        wanted[c] += gradient[from + i] * data[at(c, 2) + i];
        slopes[at(c, 2) + i] += gradient[from + i] * row[c];
      }
      along += wanted[c] * row[c];
    }
    for (let c = 0; c < k; c++) {
      const score = (row[c] * (wanted[c] - along)) / Math.sqrt(dim);
      for (let i = 0; i < dim; i++) {
        slopes[at(r, 0) + i] += score * data[at(c, 1) + i];
        slopes[at(c, 1) + i] += score * data[at(r, 0) + i];
      }
    }
  }
}

/** Its series, which converges for every x; from 4 on the result is 1 within 2e-8. @param {number} x */
export function erf(x) {
  if (Math.abs(x) > 4) return Math.sign(x);
  let [term, total] = [x, x];
  for (let i = 1; Math.abs(term) > 1e-12; i++) {
    term *= (-x * x) / i;
    total += term / (2 * i + 1);
  }
  return (2 / Math.sqrt(Math.PI)) * total;
}
