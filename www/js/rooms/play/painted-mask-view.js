// @ts-check

/** @typedef {[number, number]} Place   row, column */
/** @typedef {[number, number]} Span    first tubelet, and the one after the last */

/** A mask painted by hand: which patches of a clip are hidden. */
export class Painting {
  /** @param {[number, number, number]} grid   tubelets, rows, columns */
  constructor(grid) {
    this.grid = grid;
    const [tubelets, rows, columns] = grid;
    /** 1 where hidden, [tubelets, rows, columns] */
    this.hidden = new Uint8Array(tubelets * rows * columns);
  }

  /** A straight stroke of the brush, or of the eraser. @param {Place} from @param {Place} to @param {Span} span @param {boolean} hide */
  stroke(from, to, span, hide) {
    const [down, across] = [to[0] - from[0], to[1] - from[1]];
    const steps = Math.max(Math.abs(down), Math.abs(across), 1);
    for (let i = 0; i <= steps; i++)
      this.#set([Math.round(from[0] + (down * i) / steps), Math.round(from[1] + (across * i) / steps)], span, hide);
  }

  /** All between two corners. @param {Place} a @param {Place} b @param {Span} span */
  box(a, b, span) {
    for (let row = Math.min(a[0], b[0]); row <= Math.max(a[0], b[0]); row++) {
      for (let column = Math.min(a[1], b[1]); column <= Math.max(a[1], b[1]); column++)
        this.#set([row, column], span, true);
    }
  }

  /** Everything from a tubelet on. @param {number} tubelet */
  future(tubelet) {
    const [tubelets, rows, columns] = this.grid;
    this.box([0, 0], [rows - 1, columns - 1], [tubelet, tubelets]);
  }

  clear() {
    this.hidden.fill(0);
  }

  /** @param {number} tubelet @param {Place} place */
  hides(tubelet, [row, column]) {
    const [, rows, columns] = this.grid;
    return this.hidden[(tubelet * rows + row) * columns + column] === 1;
  }

  /** Numbers of the hidden tokens, ascending. */
  get tokens() {
    return Uint32Array.from([...this.hidden.keys()].filter((token) => this.hidden[token]));
  }

  /** Something is hidden, and something left to see. */
  get sound() {
    return this.hidden.includes(1) && this.hidden.includes(0);
  }

  /** @param {Place} place @param {Span} span @param {boolean} hide */
  #set([row, column], [from, to], hide) {
    const [, rows, columns] = this.grid;
    if (row < 0 || row >= rows || column < 0 || column >= columns) return;
    for (let tubelet = from; tubelet < to; tubelet++)
      this.hidden[(tubelet * rows + row) * columns + column] = hide ? 1 : 0;
  }
}
