// @ts-check
import { choice } from "../../ui/choice.js";
import { emit } from "../../ui/dom.js";

/** @typedef {import("../../engine/protocol.js").MaskKind} MaskKind */

/** How the clip of a look is masked. Dispatches "mask" (MaskKind) on its root. */
export class MaskChoiceView {
  /** @param {HTMLElement} root */
  constructor(root) {
    this.masks = choice("mask", /** @type {MaskKind[]} */ ([]), (kind) => emit(root, "mask", kind));
    root.append(this.masks.box);
  }

  /** @param {MaskKind[]} masks  to choose from; none until the engine is there @param {MaskKind} mask */
  update(masks, mask) {
    this.masks.offer(masks);
    this.masks.press(mask);
  }
}
