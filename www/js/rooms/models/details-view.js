// @ts-check
import { translate } from "../../language/translate.js";
import { language, t } from "../../language/words.js";
import { el, keyed, setText } from "../../ui/dom.js";
import { bytes, count } from "../../ui/format.js";

/**
 * @typedef {import("../../catalogue/catalogue.js").Released} Released
 * @typedef {import("../../catalogue/cost.js").Precision} Precision
 * @typedef {import("../../engine/protocol.js").CheckpointSource} CheckpointSource
 * @typedef {import("./models-view.js").ModelsData} ModelsData
 */

const PRECISIONS = /** @type {Precision[]} */ (["f32", "f16", "int8"]);
const FRAMES = [64, 32, 16, 8, 4];
const HEADS = /** @type {const} */ (["details.weights", "details.look"]);

/** One checkpoint: what it is, under which licence, whether it fits, and how to load it. Part of the dialog. */
export class ModelDetails {
  /** @type {Released | null} */
  #model = null;
  /** Chosen outside the list. @type {CheckpointSource | null} */
  #other = null;
  /** @type {Pick<ModelsData, "device" | "memoryBytes" | "busy">} */
  #data = { device: null, memoryBytes: null, busy: false };
  #pick = () => {};
  /** What was not taken. @type {{name: string | undefined} | null} */
  #refused = null;
  /** Language of what is written here. */
  #spoken = language();

  /**
   * @param {import("./models-view.js").Catalogue} catalogue
   * @param {(load: {source: CheckpointSource, precision: string, frames: number}) => void} load
   * @param {() => void} changed   another precision
   */
  constructor(catalogue, load, changed) {
    this.catalogue = catalogue;
    this.load = load;
    this.title = el("h3");
    this.what = el("p", { class: "what" });
    this.facts = el("dl", { class: "facts" });
    this.licence = el("p", { class: "note" });
    this.agree = el("input", { type: "checkbox", onchange: () => this.#showLoad() });
    this.agreement = el("label", { class: "agree" }, this.agree, el("span", keyed({ text: "details.agree" })));
    this.precision = el(
      "select",
      { id: "precision", onchange: () => (this.#showChoice(), changed()) },
      ...["auto", ...PRECISIONS].map((name) =>
        name === "auto"
          ? el("option", { value: name, ...keyed({ text: "details.automatic" }) })
          : el("option", { value: name }, name),
      ),
    );
    this.frames = el("select", { id: "clip-frames", onchange: () => this.#showChoice() });
    this.why = el("p", { class: "note" });
    this.costs = el("tbody");
    this.button = el("button", { type: "button", class: "go", onclick: () => this.#go() });
    this.direct = el("button", {
      type: "button",
      ...keyed({ text: "details.direct" }),
      onclick: () => this.#goDirect(),
    });
    this.how = el("div", { class: "how" });
    this.problem = el("p", { class: "note", role: "status" });
    this.element = el(
      "section",
      { class: "details", ...keyed({ "aria-label": "details.label" }) },
      this.title,
      this.what,
      this.facts,
      el("div", { class: "licence" }, this.licence, this.agreement),
      el(
        "div",
        { class: "choices" },
        el("label", { for: "precision", ...keyed({ text: "details.precision" }) }),
        this.precision,
        el("label", { for: "clip-frames", ...keyed({ text: "details.frames" }) }),
        this.frames,
      ),
      this.why,
      this.#table(),
      this.how,
      el("div", { class: "buttons" }, this.button, this.direct),
      this.problem,
    );
  }

  /** @param {() => void} pick  opens the file picker */
  onPick(pick) {
    this.#pick = pick;
  }

  /** @param {Pick<ModelsData, "device" | "memoryBytes" | "busy">} data */
  update(data) {
    this.#data = data;
    if (this.#spoken !== language()) this.#say();
    this.#showChoice();
  }

  /** @param {Released} model  of the list */
  show(model) {
    this.#show(model, null);
  }

  /** @param {CheckpointSource} source  from elsewhere @param {Released | null} known  which release it is, if any */
  offer(source, known) {
    this.#show(known, source);
  }

  /** Something was not taken: what it is called. @param {string} [name] */
  refuse(name) {
    this.#refused = { name };
    this.#sayRefused();
  }

  /** Bytes of a model's weights in the precision that it would have now; null until an engine is there. @param {Released} model */
  weightsOf(model) {
    const { device } = this.#data;
    const chosen = this.#choice(model);
    return device && chosen && this.catalogue.weightBytes(model, chosen.precision, device.bytes);
  }

  /** @param {Released | null} model @param {CheckpointSource | null} other */
  #show(model, other) {
    if (model !== this.#model) this.agree.checked = false;
    this.#model = model;
    this.#other = other;
    this.#refused = null;
    this.#say();
    this.#showChoice();
  }

  /** All but the choice, in the language that is spoken. */
  #say() {
    const [model, other] = [this.#model, this.#other];
    this.#spoken = language();
    setText(this.title, model ? translate(model.title) : nameOf(other));
    setText(this.what, model ? translate(model.what) : t("details.unlisted"));
    this.#showFrames(model);
    this.facts.replaceChildren(...this.#factsOf(model, other));
    this.#showLicence(model);
    this.#showHow(model);
    this.#sayRefused();
  }

  #sayRefused() {
    setText(this.problem, this.#refused ? t("models.refused", { name: this.#refused.name ?? t("models.that") }) : "");
  }

  /** @param {Released | null} model */
  #showFrames(model) {
    const chosen = this.frames.value || "0";
    const released = model?.frames ?? 0;
    const few = FRAMES.filter((frames) => !model || frames < released);
    const automatic = model
      ? t("details.automatic.frames", { frames: this.catalogue.framesOf(model, 0) })
      : t("details.automatic");
    const options = [
      ["0", automatic],
      ...(released ? [[String(released), t("details.released", { frames: released })]] : []),
      ...few.map((n) => [String(n), String(n)]),
    ];
    this.frames.replaceChildren(...options.map(([value = "", text = ""]) => el("option", { value }, text)));
    this.frames.value = options.some(([value]) => value === chosen) ? chosen : "0";
  }

  /** @param {Released | null} model @param {CheckpointSource | null} other @returns {Node[]} */
  #factsOf(model, other) {
    /** @type {[import("../../language/words.js").Key, string | Node][]} */
    const rows = [];
    if (other) rows.push(["details.chosen", chosenText(other)]);
    if (model) {
      const { encoder, predictor, head } = model.params;
      const { bytes: size, needed, url, name, exact } = model.file;
      rows.push(
        [
          "details.parameters",
          t(head ? "details.parts.classifier" : "details.parts", {
            encoder: count(encoder),
            predictor: count(predictor),
            classifier: count(head),
          }),
        ],
        ["details.clips", t("details.clip", { frames: model.frames, size: model.size })],
        [
          "details.file",
          el(
            "span",
            {},
            el("a", { href: url }, name),
            t(exact ? "details.bytes" : "details.bytes.about", { bytes: bytes(size) }),
          ),
        ],
      );
      if (needed < size) rows.push(["details.needed", bytes(needed)]);
      rows.push(["details.from", el("span", {}, el("a", { href: model.page }, model.page.replace("https://", "")))]);
      if (model.sha256)
        rows.push(["details.sha", el("code", { title: model.sha256 }, `${model.sha256.slice(0, 16)}…`)]);
    }
    return rows.map(([label, value]) => el("div", {}, el("dt", keyed({ text: label })), el("dd", {}, value)));
  }

  /** @param {Released | null} model */
  #showLicence(model) {
    this.agreement.hidden = !model?.licence.nonCommercial;
    this.licence.classList.toggle("warns", Boolean(model?.licence.nonCommercial));
    if (!model) return setText(this.licence, t("details.licence.own"));
    this.licence.replaceChildren(
      ...withName(
        t("details.licence", { note: translate(model.licence.note) }),
        el("a", { href: model.licence.url }, model.licence.name),
      ),
    );
  }

  /** @param {Released | null} model */
  #showHow(model) {
    const closed = model && !model.host.open && !this.#other;
    this.how.hidden = !closed;
    this.direct.hidden = !closed;
    if (!closed) return;
    const download = withName(
      t("details.download", { bytes: bytes(model.file.bytes) }),
      el("a", { href: model.file.url }, model.file.name),
    );
    this.how.replaceChildren(
      el("p", {}, t("details.closed", { host: model.host.name })),
      el("ol", {}, el("li", {}, ...download), el("li", {}, t("details.then"))),
    );
  }

  /** What the choice of precision and frames means. */
  #showChoice() {
    const model = this.#model;
    const machine = this.#machine;
    const chosen = model && this.#choice(model);
    setText(this.why, translate(chosen?.why));
    this.why.hidden = !chosen?.why;
    /** @type {HTMLElement} */ (this.costs.parentElement).hidden = !model || !machine;
    if (model && machine)
      this.costs.replaceChildren(
        ...PRECISIONS.map((precision) => this.#cost(model, precision, precision === chosen?.precision, machine)),
      );
    this.#showLoad();
  }

  #showLoad() {
    const model = this.#model;
    const unsaid = Boolean(model?.licence.nonCommercial) && !this.agree.checked;
    const choosesFile = model && !model.host.open && !this.#other;
    setText(this.button, t(choosesFile ? "details.file.choose" : "details.load"));
    this.button.disabled = this.#data.busy || unsaid;
    this.direct.disabled = this.#data.busy || unsaid;
    this.button.title = this.#data.busy ? t("details.busy") : unsaid ? t("details.tick") : "";
  }

  /** What a model would run on; null until an engine is there. */
  get #machine() {
    const { device, memoryBytes } = this.#data;
    return device && { ...device, memoryBytes };
  }

  /** Null where it depends on an engine that is not there yet. @param {Released} model @returns {{precision: Precision, why: import("../../base/messages.js").Message | null} | null} */
  #choice(model) {
    const asked = this.precision.value;
    if (asked !== "auto") return { precision: /** @type {Precision} */ (asked), why: null };
    const machine = this.#machine;
    return machine && this.catalogue.choosePrecision(model, machine);
  }

  /** @param {Released} model @param {Precision} precision @param {boolean} chosen @param {import("../../catalogue/cost.js").Machine} machine */
  #cost(model, precision, chosen, machine) {
    const frames = Number(this.frames.value);
    const { weights, activations } = this.catalogue.memoryNeeded(model, precision, frames, machine.bytes);
    const { ok, sentence } = this.catalogue.fits(model, precision, frames, machine);
    return el(
      "tr",
      chosen ? { "aria-current": "true" } : {},
      el("th", { scope: "row" }, precision),
      el("td", {}, bytes(weights)),
      el("td", {}, bytes(activations)),
      el("td", { class: ok ? "" : "bad" }, translate(sentence)),
    );
  }

  #table() {
    const head = el(
      "tr",
      {},
      el("td"),
      ...HEADS.map((text) => el("th", { scope: "col", ...keyed({ text }) })),
      el("td"),
    );
    return el(
      "table",
      { class: "costs" },
      el("caption", { class: "sr-only", ...keyed({ text: "details.costs" }) }),
      el("thead", {}, head),
      this.costs,
    );
  }

  #go() {
    const model = this.#model;
    if (model && !model.host.open && !this.#other) return this.#pick();
    const source = this.#other ?? model?.source;
    if (source) this.#emit(source);
  }

  #goDirect() {
    if (this.#model) this.#emit(this.#model.source);
  }

  /** @param {CheckpointSource} source */
  #emit(source) {
    this.load({ source, precision: this.precision.value, frames: Number(this.frames.value) });
  }
}

/** A link in the place of its hole. @param {string} sentence @param {Node} link @returns {(Node | string)[]} */
function withName(sentence, link) {
  return sentence.split(/(\{name\})/).map((piece) => (piece === "{name}" ? link : piece));
}

/** @param {CheckpointSource | null} source @returns {string} */
function nameOf(source) {
  if (source?.from === "hub") return source.repo;
  if (source?.from === "url") return new URL(source.url).pathname.split("/").at(-1) || source.url;
  return source?.files[0]?.name ?? "";
}

/** @param {CheckpointSource} source @returns {string} */
function chosenText(source) {
  if (source.from === "hub") return `huggingface.co/${source.repo}${source.revision ? `@${source.revision}` : ""}`;
  if (source.from === "url") return source.url;
  const size = source.files.reduce((sum, file) => sum + file.size, 0);
  return t("details.local", { names: source.files.map((file) => file.name).join(", "), bytes: bytes(size) });
}
