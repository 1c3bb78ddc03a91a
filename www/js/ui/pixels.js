// @ts-check

/**
 * Equal images stacked into one small canvas, to be drawn enlarged one at a time: one upload for a whole clip.
 */
export class Pixels {
  #ctx;

  /**
   * @param {number} width    of one image
   * @param {number} height   of one image
   * @param {number} count
   */
  constructor(width, height, count) {
    this.width = width;
    this.height = height;
    this.count = count;
    this.canvas = document.createElement("canvas");
    Object.assign(this.canvas, { width, height: height * count });
    this.#ctx = /** @type {CanvasRenderingContext2D} */ (this.canvas.getContext("2d"));
  }

  /** @param {Uint8Array | Uint8ClampedArray} rgba  [count, height, width, 4] */
  put(rgba) {
    const image = this.#ctx.createImageData(this.width, this.height * this.count);
    image.data.set(rgba);
    this.#ctx.putImageData(image, 0, 0);
  }

  /**
   * Image `index` over the square of `side`, each pixel a hard-edged square.
   *
   * @param {CanvasRenderingContext2D} ctx
   * @param {number} index
   * @param {number} width
   * @param {number} height
   */
  draw(ctx, index, width, height) {
    ctx.imageSmoothingEnabled = false;
    ctx.drawImage(this.canvas, 0, index * this.height, this.width, this.height, 0, 0, width, height);
  }
}

/**
 * The images for which `make` is right, kept while their geometry stays.
 *
 * @param {Pixels | null} held
 * @param {number} width
 * @param {number} height
 * @param {number} count
 * @returns {Pixels}
 */
export function pixelsFor(held, width, height, count) {
  const fits = held && held.width === width && held.height === height && held.count === count;
  return fits ? held : new Pixels(width, height, count);
}
