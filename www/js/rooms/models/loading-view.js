// @ts-check
import { translate } from "../../language/translate.js";
import { t } from "../../language/words.js";
import { el, emit, keyed, setText } from "../../ui/dom.js";
import { bytes } from "../../ui/format.js";
import { Pace, timeLeft } from "../../ui/transfer-rate.js";

/** @typedef {import("../../engine/protocol.js").Loading} Loading */

/** Milliseconds between two announcements. */
const ANNOUNCE = 20_000;

/** How far a checkpoint is. Dispatches "cancel" on its root. */
export class LoadingView {
  #pace = new Pace();
  #announcedAt = -ANNOUNCE;

  /** @param {HTMLElement} root  hidden while nothing is loaded */
  constructor(root) {
    this.root = root;
    this.what = el("p", { class: "phase" });
    this.bar = el("progress", { max: 1, value: 0, ...keyed({ "aria-label": "loading.bar" }) });
    this.amount = el("p");
    this.pace = el("p", { class: "soft" });
    this.said = el("p", { class: "sr-only", role: "status" });
    this.cancel = el("button", {
      type: "button",
      ...keyed({ text: "exam.cancel" }),
      onclick: () => emit(root, "cancel"),
    });
    root.append(this.what, this.bar, this.amount, this.pace, this.cancel, this.said);
    this.update(null);
  }

  /** @param {Loading | null} loading @param {number} [now]  milliseconds */
  update(loading, now = performance.now()) {
    this.root.hidden = !loading;
    if (!loading) return this.#clear();
    const { loaded, total, tensors, ofTensors } = loading;
    const what = translate(loading.what);
    this.#pace.add(loaded, now);
    setText(this.what, what);
    if (total > 0) this.bar.value = loaded / total;
    else this.bar.removeAttribute("value");
    const amount = total > 0 ? t("loading.of", { loaded: bytes(loaded), total: bytes(total) }) : bytes(loaded);
    setText(this.amount, ofTensors > 0 ? t("loading.tensors", { amount, tensors, of: ofTensors }) : amount);
    const rate = this.#pace.rate();
    const left = total > 0 ? this.#pace.left(total) : undefined;
    const pace = [rate ? t("loading.rate", { bytes: bytes(Math.round(rate)) }) : "", left ? timeLeft(left) : ""]
      .filter(Boolean)
      .join(", ");
    setText(this.pace, pace || "…");
    this.#announce(`${what}: ${total > 0 ? `${Math.round((100 * loaded) / total)} %` : bytes(loaded)}`, now);
  }

  clear() {
    this.update(null);
  }

  #clear() {
    this.#pace = new Pace();
    this.#announcedAt = -ANNOUNCE;
    setText(this.said, "");
  }

  /** A screen reader hears of it now and then. @param {string} text @param {number} now */
  #announce(text, now) {
    if (now - this.#announcedAt < ANNOUNCE) return;
    this.#announcedAt = now;
    setText(this.said, text);
  }
}
