// @ts-check
/**
 * Opens a released checkpoint in place of a model with random weights: chooses engine and precision, finds the files,
 * has the engine read them, and compares what was read with what was published.
 *
 * @typedef {import("../catalogue/catalogue.js").Released} Released
 * @typedef {import("../base/messages.js").Message} Message
 * @typedef {import("./host.js").Host} Host
 * @typedef {import("./host.js").Session} Session
 * @typedef {import("../engine/protocol.js").CheckpointSettings} CheckpointSettings
 * @typedef {import("../engine/protocol.js").CheckpointSource} CheckpointSource
 * @typedef {import("../engine/protocol.js").DeviceKind} DeviceKind
 * @typedef {import("../engine/protocol.js").LoadReport} LoadReport
 * @typedef {import("../engine/protocol.js").WasmEngine} WasmEngine
 * @typedef {import("../weights/hub.js").Weights} Weights
 * @typedef {import("../weights/reader.js").Reader} Reader
 * @typedef {import("../catalogue/cost.js").Precision} Precision
 * @typedef {Omit<LoadReport, "sha256" | "verified" | "kept"> & {sha256: string[], whole: boolean}} EngineReport
 */
import { message } from "../base/messages.js";
import { choosePrecision, configHint, computesInF32, precisionFor, recognised } from "../catalogue/catalogue.js";
import { release } from "./wasm-modules.js";
import { checkHashes } from "./verify-files.js";
import { cancelled } from "../weights/weight-errors.js";
import { resolveWeights } from "../weights/hub.js";

/** Between two notices of how far it is. */
const NOTICE_MS = 100;

/**
 * @param {Host} host @param {DeviceKind} kind @param {CheckpointSettings} settings @param {AbortSignal} signal   cancels it
 * @returns {Promise<{session: Session, why: Message}>} `why` this precision
 */
export async function loadCheckpoint(host, kind, settings, signal) {
  const known = recognised(settings.source);
  const tell = teller(host, message("loading.named", "Loading {name}", { name: nameOf(settings.source, known) }));
  tell(0, 0, 0, 0);
  const { module, device, constants } = await host.module(kind);
  const store = await host.store();
  const weights = await resolveWeights(placeOf(settings.source), { signal, store, fetch: host.realm.fetch });
  try {
    const { precision, why } = chosenPrecision(settings.precision, known, weights, {
      kind,
      memoryBytes: host.realm.memoryBytes,
      bytes: constants.bytes,
    });
    const options = {
      name: settings.source.from === "files" ? weights.name : (known?.id ?? weights.name),
      config: weights.config ?? (known ? configHint(known) : null),
      preprocessor: weights.preprocessor,
      frames: settings.frames,
      precision,
    };
    const readers = weights.weights.map((reader) => cancellable(reader, signal));
    const engine = await host.guard(kind, () => module.Engine.load(readers, JSON.stringify(options), tell));
    try {
      if (signal.aborted) throw cancelled();
      const report = await finish(engine, weights, settings.source, known);
      if (kind === "webgpu") await host.prewarm(engine);
      if (signal.aborted) throw cancelled();
      const session = { kind, engine, device, constants, model: JSON.parse(engine.info()), report };
      return {
        session,
        why:
          report.precision === precision
            ? why
            : message("precision.unpacked", "Its shapes cannot be packed, so its weights are {precision}.", {
                precision: report.precision,
              }),
      };
    } catch (error) {
      release(engine);
      throw error;
    }
  } finally {
    for (const reader of weights.weights) await closed(reader);
  }
}

/** @param {CheckpointSource} source @param {Released | undefined} known */
function nameOf(source, known) {
  if (known) return known.title;
  if (source.from === "hub") return source.repo;
  if (source.from === "url") return new URL(source.url).pathname.split("/").at(-1) || source.url;
  return source.files[0]?.name ?? message("the-files", "the files");
}

/** @param {CheckpointSource} source @returns {import("../weights/hub.js").Source} */
function placeOf(source) {
  switch (source.from) {
    case "hub":
      return { address: source.repo, revision: source.revision };
    case "url":
      return { address: source.url };
    case "files":
      return { files: source.files };
  }
}

/** Notices about ten times a second, the first and the last one among them. @param {Host} host @param {Message} what */
function teller(host, what) {
  let next = -Infinity;
  /** @param {number} loaded @param {number} total @param {number} tensors @param {number} ofTensors */
  return (loaded, total, tensors, ofTensors) => {
    const now = host.realm.now();
    if (now < next && !(total > 0 && loaded >= total)) return;
    next = now + NOTICE_MS;
    host.notify({ notice: "loading", what, loaded, total, tensors, ofTensors });
  };
}

/**
 * @param {CheckpointSettings["precision"]} asked @param {Released | undefined} known @param {Weights} weights
 * @param {Omit<import("../catalogue/cost.js").Machine, "maxBufferBytes">} machine @returns {{precision: Precision, why: Message}}
 */
export function chosenPrecision(asked, known, { weights }, machine) {
  if (machine.kind === "cpu") return { precision: "f32", why: computesInF32() };
  if (asked !== "auto")
    return { precision: asked, why: message("precision.chosen", "{precision} was chosen.", { precision: asked }) };
  if (known) return choosePrecision(known, machine);
  // Its shapes are not known yet; most files hold f32.
  return precisionFor(weights.reduce((sum, { size }) => sum + (size ?? 0), 0) / 2, machine);
}

/** What the engine reads from; a read after `signal` is refused, so that the engine lets go of what it has. @param {Reader} reader @param {AbortSignal} signal */
function cancellable(reader, signal) {
  return {
    get size() {
      return reader.size;
    },
    /** @param {number} at @param {number} count */
    async read(at, count) {
      if (signal.aborted) throw cancelled();
      return reader.read(at, count);
    },
  };
}

/**
 * Everything was read: is it what was published? Only then does what was kept of it count as complete.
 * @param {WasmEngine} engine @param {Weights} weights @param {CheckpointSource} source @param {Released | undefined} known
 * @returns {Promise<LoadReport>}
 */
async function finish(engine, { weights }, source, known) {
  /** @type {EngineReport} */
  const { whole, sha256, ...report } = JSON.parse(engine.report());
  const verified = await checkHashes(weights, whole ? sha256 : [], source, known);
  for (const [i, reader] of weights.entries()) await reader.finish(sha256[i]);
  return { ...report, sha256: sha256.join(" "), verified, kept: weights.every(({ kept }) => kept) };
}

/** @param {Reader} reader */
async function closed(reader) {
  try {
    await reader.close();
  } catch (error) {
    console.warn(`${reader.name} could not be closed:`, error);
  }
}
