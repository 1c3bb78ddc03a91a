// @ts-check
import { translate } from "../../language/translate.js";
import { language, t } from "../../language/words.js";
import { el, keyed, setText } from "../../ui/dom.js";
import { decimal, isNumber, percent, wide } from "../../ui/format.js";
import { draw, thumbnail } from "../../ui/thumbnail.js";

/**
 * @typedef {import("../../engine/protocol.js").Examples} Examples
 * @typedef {import("../../engine/protocol.js").FewshotAnswer} FewshotAnswer
 * @typedef {import("../../engine/protocol.js").Guess} Guess
 *
 * @typedef {object} AnswerData
 * @property {FewshotAnswer | null} answer
 * @property {Examples | null} examples
 * @property {import("../../base/messages.js").Message | null} problem   why there is no answer
 * @property {boolean} recording   answers wait until that is over
 * @property {Guess[]} guesses     of an official classifier, most likely first; none without one
 * @property {Map<number, Uint8Array>} thumbnails
 */

/** Classes that are shown; of more than that, the likeliest. */
const SHOWN = 8;
/** Milliseconds between two announcements. */
const ANNOUNCE = 6000;
/** Features that are that far off, as a share of their length, are worth a word. */
const DRIFT = 0.02;

/** What the clip is taken for, live, and which example is most like it. */
export class AnswerView {
  #announcedAt = -ANNOUNCE;
  #announced = "";
  /** What is shown. @type {any[]} */
  #shown = [];
  /** The example whose thumbnail is drawn. */
  #nearest = -1;

  constructor() {
    this.bars = el("ul", { class: "bars" });
    this.none = el("p", { class: "note" });
    this.picture = thumbnail(new Uint8Array(24 * 24 * 4));
    this.like = el("span");
    this.nearest = el("p", { class: "nearest" }, this.picture, this.like);
    this.drift = el("p", { class: "note" });
    this.official = el("ol", { class: "official-labels" });
    this.beside = el("div", { class: "beside" }, el("h4", keyed({ text: "answer.official" })), this.official);
    this.said = el("p", { class: "sr-only", "aria-live": "polite" });
    const whose = el(
      "p",
      { class: "whose", "aria-hidden": "true" },
      .../** @type {const} */ ([
        ["model", "answer.ridge"],
        ["untrained", "answer.knn"],
      ]).map(([name, text]) => el("span", {}, el("i", { class: name }), el("span", keyed({ text })))),
    );
    this.results = el("div", {}, whose, this.bars, this.nearest, this.drift);
    this.element = el(
      "div",
      { class: "part" },
      el("h3", keyed({ text: "answer.heading" })),
      this.none,
      this.results,
      this.beside,
      this.said,
    );
  }

  /** @param {AnswerData} data @param {number} [now]  milliseconds */
  update({ answer, examples, problem, recording, guesses, thumbnails }, now = performance.now()) {
    const nearest = answer && thumbnails.has(answer.nearest[0]?.example ?? -1);
    const shows = [language(), answer, examples, problem, recording, nearest, ...guesses];
    if (shows.length === this.#shown.length && shows.every((each, i) => each === this.#shown[i])) return;
    this.#shown = shows;
    this.results.hidden = !answer;
    this.none.hidden = Boolean(answer);
    this.beside.hidden = !guesses.length;
    this.official.replaceChildren(
      ...guesses
        .slice(0, 3)
        .map(({ label, share }) => el("li", {}, el("span", {}, label), el("span", { class: "soft" }, percent(share)))),
    );
    setText(this.none, translate(problem) || t(recording ? "answer.recording" : "answer.none"));
    if (!answer || !examples) return;
    const likely = shownOf(answer, examples);
    this.bars.replaceChildren(...likely.map(row));
    this.#compare(answer, examples, thumbnails);
    this.drift.hidden = !isNumber(answer.drift) || answer.drift < DRIFT;
    setText(this.drift, t("answer.drift", { drift: percent(answer.drift) }));
    const top = likely.find(({ best }) => best);
    if (top) this.#announce(`${top.name}, ${percent(top.ridge)}`, top.name, now);
  }

  /** @param {FewshotAnswer} answer @param {Examples} examples @param {Map<number, Uint8Array>} thumbnails */
  #compare({ nearest: [nearest] }, { classes, examples }, thumbnails) {
    const name = classes.find(({ id }) => id === nearest?.class)?.name;
    const rgba = nearest && thumbnails.get(nearest.example);
    this.nearest.hidden = !nearest || name === undefined;
    if (!nearest) return;
    const place =
      examples.filter((example) => example.class === nearest.class).findIndex(({ id }) => id === nearest.example) + 1;
    setText(this.like, t("answer.like", { clip: place, name: name ?? "", similarity: decimal(nearest.similarity, 2) }));
    this.picture.hidden = !rgba;
    if (rgba && this.#nearest !== nearest.example) draw(this.picture, rgba);
    this.#nearest = rgba ? nearest.example : -1;
  }

  /** A screen reader hears of another favourite, and not at every look. @param {string} words @param {string} name @param {number} now */
  #announce(words, name, now) {
    if (name === this.#announced || now - this.#announcedAt < ANNOUNCE) return;
    this.#announced = name;
    this.#announcedAt = now;
    setText(this.said, words);
  }
}

/**
 * The likeliest classes in the order of their cards, so that bars stay in their places.
 * @param {FewshotAnswer} answer @param {Examples} examples
 */
export function shownOf({ ridge, knn }, { classes }) {
  const likely = new Set(ridge.slice(0, SHOWN).map((guess) => guess.class));
  const best = ridge[0]?.class;
  /** @param {import("../../engine/protocol.js").FewshotGuess[]} guesses @param {number} id */
  const shareOf = (guesses, id) => guesses.find((guess) => guess.class === id)?.share ?? 0;
  return classes
    .filter(({ id }) => likely.has(id))
    .map(({ id, name }) => ({ name, ridge: shareOf(ridge, id), knn: shareOf(knn, id), best: id === best }));
}

/** @param {ReturnType<typeof shownOf>[number]} shown */
function row({ name, ridge, knn, best }) {
  const tracks = [
    ["model", ridge],
    ["untrained", knn],
  ].map(([kind, share]) => {
    const bar = el("i", { class: String(kind) });
    bar.style.width = wide(Number(share));
    return el("span", { class: "track", "aria-hidden": "true" }, bar);
  });
  const share = el(
    "span",
    { class: "share" },
    percent(ridge),
    el("span", { class: "sr-only" }, t("answer.by", { knn: percent(knn) })),
  );
  return el("li", { class: best ? "all" : "" }, el("span", { class: "label", title: name }, name), share, ...tracks);
}
