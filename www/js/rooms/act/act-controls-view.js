// @ts-check
import { t } from "../../language/words.js";
import { choice } from "../../ui/choice.js";
import { disable, el, emit, keyed, saidSelect, setText } from "../../ui/dom.js";

/**
 * @typedef {import("../../engine/protocol.js").ActMode} ActMode
 * @typedef {import("../../engine/protocol.js").RoomsTruth} RoomsTruth
 *
 * @typedef {object} ActControlsData
 * @property {boolean} ready         there is an agent
 * @property {ActMode} mode
 * @property {readonly ActMode[]} modes   that the model can
 * @property {RoomsTruth | null} truth
 * @property {boolean} drives
 * @property {boolean} landscape     is shown
 */

/** How far the wall slides at once, in sides of the picture. */
const SLIDE = 0.08;
/** Speed of a shove, in units of the agent's own fastest. */
const SHOVE = 1.5;
/** @type {[import("../../language/words.js").Key, string, [number, number]][]} */
const PUSHES = [
  ["act.push.left", "←", [-1, 0]],
  ["act.push.up", "↑", [0, -1]],
  ["act.push.down", "↓", [0, 1]],
  ["act.push.right", "→", [1, 0]],
];

/**
 * How it decides, what the visitor does to its room, and driving. Dispatches on its element: "mode" {mode}, "meddle" {how},
 * "enter" {blocks}, "drive" {on}, "push" {push}, "landscape" {on}.
 */
export class ActControlsView {
  /** @type {ActControlsData | null} */
  #data = null;
  /** Shoves go another way each time. */
  #shoves = 0;

  constructor() {
    const tell = (/** @type {string} */ name, /** @type {any} */ detail) => emit(this.element, name, detail);
    this.modes = choice("act.mode", /** @type {ActMode[]} */ (["reflex", "plan", "check"]), (mode) =>
      tell("mode", { mode }),
    );
    this.door = el("button", { type: "button", onclick: () => tell("meddle", { how: { door: !this.#door?.open } }) });
    this.wall = button("act.wall", () => tell("meddle", { how: { wall: this.#slide() } }));
    this.shove = button("act.shove", () => tell("meddle", { how: { shove: this.#kick() } }));
    this.blocks = saidSelect("act.blocks", [
      ["0", "act.blocks.0"],
      ["1", "act.blocks.1"],
      ["2", "act.blocks.2"],
    ]);
    this.another = button("act.another", () => tell("enter", { blocks: Number(this.blocks.value) }));
    this.drive = button("act.drive", () => tell("drive", { on: !this.#data?.drives }));
    this.heat = button("act.landscape", () => tell("landscape", { on: !this.#data?.landscape }));
    this.pushes = PUSHES.map(([label, arrow, push]) =>
      el("button", { type: "button", ...keyed({ "aria-label": label }), onclick: () => tell("push", { push }) }, arrow),
    );
    this.pad = el("div", { class: "pad", role: "group", ...keyed({ "aria-label": "act.drive" }) }, ...this.pushes);
    this.element = el(
      "div",
      { class: "commands" },
      this.modes.box,
      part("act.meddle", "act.meddle.note", this.door, this.wall, this.shove),
      part("act.rooms", "act.rooms.note", this.another, this.blocks, this.heat),
      part("act.yourself", "act.drive.note", this.drive, this.pad),
    );
  }

  /** @param {ActControlsData} data */
  update(data) {
    this.#data = data;
    const { ready, mode, modes, truth, drives, landscape } = data;
    this.modes.offer(modes);
    this.modes.press(mode);
    setText(this.door, t(truth && !truth.door.open ? "act.door.open" : "act.door.shut"));
    for (const one of [this.door, this.wall, this.shove, this.another, this.drive, this.heat]) disable(one, !ready);
    this.drive.setAttribute("aria-pressed", String(drives));
    this.heat.setAttribute("aria-pressed", String(landscape));
    this.pad.hidden = !drives;
  }

  get #door() {
    return this.#data?.truth?.door;
  }

  /** Towards the middle, so that it can be done again and again. */
  #slide() {
    return (this.#data?.truth?.wall.at ?? 0.5) < 0.5 ? SLIDE : -SLIDE;
  }

  /** @returns {[number, number]} */
  #kick() {
    const angle = 2.4 * this.#shoves++; // about the golden angle: all ways in turn
    return [SHOVE * Math.cos(angle), SHOVE * Math.sin(angle)];
  }
}

/** @param {import("../../language/words.js").Key} text @param {() => void} onclick */
const button = (text, onclick) => el("button", { type: "button", ...keyed({ text }), onclick });

/** @param {import("../../language/words.js").Key} title @param {import("../../language/words.js").Key} note @param {...HTMLElement} buttons */
function part(title, note, ...buttons) {
  return el(
    "div",
    { class: "part", role: "group", ...keyed({ "aria-label": title }) },
    el("h3", keyed({ text: title })),
    el("div", { class: "buttons" }, ...buttons),
    el("p", { class: "note", ...keyed({ text: note }) }),
  );
}
