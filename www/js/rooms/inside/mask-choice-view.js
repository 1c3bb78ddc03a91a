// @ts-check
import { choice } from "../../ui/choice.js";
import { emit } from "../../ui/dom.js";

/** @typedef {import("../../engine/protocol.js").MaskKind} MaskKind */

/** @type {MaskKind[]} */
const MASKS = ["short", "long", "future"];

/** How the clip of a look is masked. Dispatches "mask" (MaskKind) on its root. */
export class MaskChoiceView {
  /** @param {HTMLElement} root */
  constructor(root) {
    this.masks = choice("mask", MASKS, (kind) => emit(root, "mask", kind));
    root.append(this.masks.box);
  }

  /** @param {MaskKind} mask */
  update(mask) {
    this.masks.press(mask);
  }
}
