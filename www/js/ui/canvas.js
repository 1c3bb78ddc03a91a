// @ts-check
import { onTheme } from "./theme.js";

/**
 * A canvas that is sharp on any screen and draws only when asked to, at most once a frame, and never while out of sight.
 *
 * The draw function gets a context scaled to CSS pixels, cleared.
 */
export class Surface {
  #scheduled = false;
  #seen = false;
  #dirty = true;
  #width = 0;
  #height = 0;
  #resizes;
  #sights;
  #forget;

  /**
   * @param {HTMLCanvasElement} canvas
   * @param {(ctx: CanvasRenderingContext2D, width: number, height: number) => void} draw
   */
  constructor(canvas, draw) {
    this.canvas = canvas;
    this.draw = draw;
    this.ctx = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d"));
    this.#resizes = new ResizeObserver(([entry]) => entry && this.#resize(entry.contentRect));
    this.#resizes.observe(canvas);
    this.#sights = new IntersectionObserver(
      (entries) => {
        this.#seen = entries.some((entry) => entry.isIntersecting);
        if (this.#seen && this.#dirty) this.request();
      },
      { rootMargin: "100%" },
    );
    this.#sights.observe(canvas);
    this.#forget = onTheme(() => this.request());
  }

  /** Is any of it on the screen? */
  get visible() {
    return this.#seen && !document.hidden;
  }

  /** Draw again at the next frame, or when it comes into sight. */
  request() {
    this.#dirty = true;
    if (this.#scheduled || !this.#seen) return;
    this.#scheduled = true;
    requestAnimationFrame(() => this.#paint());
  }

  dispose() {
    this.#resizes.disconnect();
    this.#sights.disconnect();
    this.#forget();
  }

  /** @param {DOMRectReadOnly} box */
  #resize(box) {
    this.#width = box.width;
    this.#height = box.height;
    this.request();
  }

  #paint() {
    this.#scheduled = false;
    const { canvas, ctx } = this;
    // The ratio is read at each draw: it changes with zoom and when the window moves to another screen.
    const width = Math.round(this.#width * devicePixelRatio);
    const height = Math.round(this.#height * devicePixelRatio);
    if (!width || !height) return;
    this.#dirty = false;
    if (canvas.width !== width || canvas.height !== height) Object.assign(canvas, { width, height });
    ctx.setTransform(width / this.#width, 0, 0, height / this.#height, 0, 0);
    ctx.clearRect(0, 0, this.#width, this.#height);
    this.draw(ctx, this.#width, this.#height);
  }
}
