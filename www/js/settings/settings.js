// @ts-check
/**
 * The settings: one typed table, read from and written to the page's address.
 *
 * @typedef {import("../engine/protocol.js").DeviceKind} DeviceKind
 * @typedef {import("../engine/protocol.js").Family} Family
 * @typedef {import("../base/messages.js").Message} Message
 * @typedef {import("../engine/protocol.js").MaskKind} MaskKind
 * @typedef {import("../engine/protocol.js").PrecisionChoice} PrecisionChoice
 * @typedef {"camera"|"file"|"sample"|"world"} SourceName
 *
 * @typedef {object} Settings
 * @property {"auto"|DeviceKind} device
 * @property {Family} family
 * @property {string} preset       the engine knows which ones there are
 * @property {"shipped"|"scratch"} start   weights of this preset that come with the page, where there are any, or random ones
 * @property {SourceName} source
 * @property {number} seed         of random weights, the masks and the procedural world
 * @property {MaskKind} mask     the engine knows which ones there are
 * @property {string} model        a checkpoint: its id in the catalogue, a repository or an address; "": none
 * @property {PrecisionChoice} precision   of its weights
 * @property {number} frames       a clip of it; 0: 16, or as few as it has
 * @property {number} workers      engines that share training and exams on the CPU; 0: a core each
 * @property {"auto"|import("../language/words.js").Language} lang   of the page; auto: the reader's
 */
import { NAMES as LANGUAGES } from "../language/words.js";
import { message } from "../base/messages.js";
import { sourceNamed } from "../catalogue/catalogue.js";
import { FailureError, toFailure } from "../base/errors.js";

/**
 * @template T
 * @typedef {{initial: T, parse: (text: string) => T | undefined, allowed: Message}} Setting
 */

/** @template {string} T @param {T[]} names  the first one is the initial value @returns {Setting<T>} */
function oneOf(...names) {
  return {
    initial: names[0],
    parse: (text) => names.find((name) => name === text),
    allowed: listed(names),
  };
}

/** @param {string[]} names @returns {Message} */
function listed(names) {
  return message("allowed.one-of", "{names} or {last}", {
    names: names.slice(0, -1).join(", "),
    last: names.at(-1) ?? "",
  });
}

const MAX_SEED = 2 ** 32 - 1;

/** @type {Setting<number>} */
const seed = {
  initial: 0,
  parse: (text) => (/^\d{1,10}$/.test(text) && Number(text) <= MAX_SEED ? Number(text) : undefined),
  allowed: message("allowed.seed", "a whole number from 0 to {most}", { most: MAX_SEED }),
};

/** @type {Setting<string>} */
const preset = {
  initial: "learner", // its weights come with the page
  parse: (text) => (/^[a-z0-9_]{1,32}$/.test(text) ? text : undefined),
  allowed: message("allowed.preset", "the name of a preset, such as tiny"),
};

/** The engine says which masks there are: see `withMask`. @type {Setting<MaskKind>} */
const mask = {
  initial: "short",
  parse: (text) => (/^[a-z-]{1,32}$/.test(text) ? text : undefined),
  allowed: message("allowed.mask", "the name of a mask, such as short"),
};

/** @type {Setting<string>} */
const model = {
  initial: "",
  parse: (text) => (text === "" || sourceNamed(text) ? text : undefined),
  allowed: message(
    "allowed.model",
    "a released checkpoint such as vjepa2-vitl-fpc64-256, a repository as owner/name, or an address",
  ),
};

const MAX_FRAMES = 64;

/** @type {Setting<number>} */
const frames = {
  initial: 0,
  parse: (text) =>
    /^\d{1,2}$/.test(text) && Number(text) <= MAX_FRAMES && Number(text) % 2 === 0 ? Number(text) : undefined,
  allowed: message("allowed.frames", "an even number up to {most}, or 0 for what suits the model", {
    most: MAX_FRAMES,
  }),
};

const MAX_WORKERS = 64;

/** @type {Setting<number>} */
const workers = {
  initial: 0,
  parse: (text) => (/^\d{1,2}$/.test(text) && Number(text) <= MAX_WORKERS ? Number(text) : undefined),
  allowed: message("allowed.workers", "a whole number from 1 to {most}, or 0 for as many as there are cores", {
    most: MAX_WORKERS,
  }),
};

/** @type {{[K in keyof Settings]: Setting<Settings[K]>}} */
export const SETTINGS = {
  device: oneOf("auto", "cpu", "webgpu"),
  preset,
  start: oneOf("shipped", "scratch"),
  family: oneOf("vjepa2", "vjepa1"),
  source: oneOf("world", "sample", "camera", "file"),
  seed,
  mask,
  model,
  precision: oneOf("auto", "f32", "f16", "int8"),
  frames,
  workers,
  lang: oneOf("auto", ...LANGUAGES),
};

/** An address that names one of these means random weights, unless it says otherwise. */
const NEW_MODEL = ["preset", "family"];

const NAMES = /** @type {(keyof Settings)[]} */ (Object.keys(SETTINGS));

/** @param {string} name @returns {name is keyof Settings} */
const isSetting = (name) => Object.hasOwn(SETTINGS, name);

/** @returns {Settings} */
export function initialSettings() {
  return /** @type {Settings} */ (Object.fromEntries(NAMES.map((name) => [name, SETTINGS[name].initial])));
}

/**
 * Settings of an address; what is unknown or bad stays as it is initially, and is named in a sentence each.
 * @param {string} search  as in `location.search`
 * @returns {{settings: Settings, problems: Message[]}}
 */
export function readSettings(search) {
  const settings = initialSettings();
  /** @type {Message[]} */
  const problems = [];
  /** @type {Set<string>} */
  const named = new Set();
  for (const [name, text] of new URLSearchParams(search)) {
    try {
      Object.assign(settings, checked({ [name]: text }));
      named.add(name);
    } catch (error) {
      problems.push(
        isSetting(name)
          ? settled(error, String(settings[name]) || "none")
          : message("setting.ignored", "{why}; it is ignored.", { why: toFailure(error) }),
      );
    }
  }
  if (!named.has("start") && NEW_MODEL.some((name) => named.has(name))) settings.start = "scratch";
  return { settings, problems };
}

/**
 * A part of the settings, checked. Throws a FailureError that names the first bad one.
 * @param {Record<string, unknown>} options @returns {Partial<Settings>}
 */
export function checked(options) {
  const entries = Object.entries(options).map(([name, value]) => {
    if (!isSetting(name))
      throw new FailureError("bad-setting.unknown", "“{name}” is not a setting (there are {names}).", {
        name,
        names: NAMES.join(", "),
      });
    const setting = SETTINGS[name];
    const parsed = setting.parse(String(value));
    if (parsed === undefined) throw refused(name, value, setting.allowed);
    return [name, parsed];
  });
  return Object.fromEntries(entries);
}

/** @param {string} name @param {unknown} value @param {Message} allowed */
function refused(name, value, allowed) {
  return new FailureError("bad-setting.value", "The setting {name} cannot be “{value}”: it takes {allowed}.", {
    name,
    value: String(value),
    allowed,
  });
}

/** What was wrong, and what is used instead. @param {any} error @param {string} value @returns {Message} */
function settled(error, value) {
  return message("setting.used", "{why}; {value} is used.", { why: toFailure(error), value });
}

/** Throws a FailureError unless the engine has such a mask. @param {MaskKind} mask @param {MaskKind[]} masks  all it has */
export function checkMask(mask, masks) {
  if (!masks.includes(mask)) throw refused("mask", mask, listed(masks));
}

/** Settings with a mask that the engine has. @param {Settings} settings @param {MaskKind[]} masks @param {Message[]} problems  gets why it is another one */
export function withMask(settings, masks, problems) {
  const mask = masks.find((name) => name === settings.mask) ?? masks[0] ?? settings.mask;
  if (mask !== settings.mask) problems.push(settled(refused("mask", settings.mask, listed(masks)), mask));
  return { ...settings, mask };
}

/** The query of an address for these settings, all of them. @param {Settings} settings */
export function writeSettings(settings) {
  return `?${new URLSearchParams(NAMES.map((name) => [name, String(settings[name])]))}`;
}
