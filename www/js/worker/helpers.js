// @ts-check
/**
 * Engines in workers of their own that share steps and exams with the host's engine: the engine asks for them (src/helpers.rs),
 * each holds nothing between two jobs. They are started when they are first wanted; meanwhile, and when one is late or dies,
 * the host's engine does the work itself, to the same numbers.
 *
 * @typedef {import("../engine/protocol.js").Job} Job
 * @typedef {{post: (message: any, transfer?: Transferable[]) => void, close: () => void}} Link   to a worker with a host
 * @typedef {{received: (data: any) => void, failed: () => void}} Ends    what comes of it
 *
 * @typedef {object} Workshop           what they are made with; tests bring their own
 * @property {((ends: Ends) => Link) | null} start   a worker like this one; null where there can be none
 * @property {() => Promise<WebAssembly.Module | null>} compiled   the CPU engine; null: a helper has to fetch it
 * @property {(ms: number) => Promise<void>} sleep
 */

/** Helpers that may fail before no more are started. */
const MOST_FAILURES = 3;
/** A helper is late when this thread had nothing else to do for so many seconds: while it computes, it counts none. */
const LATE_SECONDS = 30;

/** @typedef {"starting" | "idle" | "busy"} State */

export class Helpers {
  /** Engines that share work, the host's own included: what a step is divided into. */
  workers = 1;
  /** By number. @type {Map<number, Helper>} */
  #helpers = new Map();
  #failures = 0;
  #workshop;

  /** @param {Workshop} workshop */
  constructor(workshop) {
    this.#workshop = workshop;
  }

  /** Whether any can be had. */
  get possible() {
    return Boolean(this.#workshop.start) && this.#failures < MOST_FAILURES;
  }

  /** For so many engines in all; undefined if there is only this one. @param {number} workers */
  among(workers) {
    this.workers = workers;
    return workers > 1 && (this.possible || this.#helpers.size > 0) ? this : undefined;
  }

  /** Has nothing to do. One that was never started is, for the next time. @param {number} number */
  idle(number) {
    const helper = this.#helpers.get(number);
    if (!helper && this.possible) this.#start(number);
    return helper?.state === "idle";
  }

  /** For the weights of a job: one that came back, if there is one of this length. @param {number} length @returns {Float32Array<ArrayBuffer>} */
  row(length) {
    for (const helper of this.#helpers.values()) {
      const row = helper.weights;
      if (row?.length === length) return ((helper.weights = undefined), row);
    }
    return new Float32Array(length);
  }

  /** What the job comes to, until the next one is asked; null if the helper fails, or is late. @param {number} number @param {Job} job @returns {Promise<Float32Array | null>} */
  async ask(number, job) {
    const helper = this.#helpers.get(number);
    if (!helper) return null;
    let answered = false;
    const answer = helper.ask(job).finally(() => (answered = true));
    return Promise.race([answer, this.#late(() => answered)]);
  }

  /** Resolves when all that were started listen or have failed, or that takes too long. */
  async started() {
    let listening = false;
    const all = Promise.all([...this.#helpers.values()].map(({ ready }) => ready)).then(() => (listening = true));
    await Promise.race([all, this.#late(() => listening)]);
  }

  /** Lets go of all of them. */
  stop() {
    for (const helper of this.#helpers.values()) helper.close();
    this.#helpers.clear();
  }

  /** @param {number} number */
  #start(number) {
    const { compiled } = this.#workshop;
    const start = /** @type {NonNullable<Workshop["start"]>} */ (this.#workshop.start);
    const failed = () => {
      if (this.#helpers.get(number) !== helper) return;
      this.#failures++;
      this.#helpers.delete(number);
      helper.close();
    };
    const helper = new Helper(start, compiled, failed);
    this.#helpers.set(number, helper);
  }

  /** @param {() => boolean} over  nobody waits any more @returns {Promise<null>} */
  async #late(over) {
    for (let second = 0; second < LATE_SECONDS && !over(); second++) await this.#workshop.sleep(1000);
    return null;
  }
}

class Helper {
  /** @type {State} */
  state = "starting";
  /** Resolves when it listens, or has failed. @type {Promise<void>} */
  ready;
  /** @type {Link | undefined} */
  #link;
  #ids = 0;
  /** Of the last job, to be filled again. @type {Float32Array<ArrayBuffer> | undefined} */
  weights;
  /** Of the last answer, likewise: by the next job it has been read. @type {Float32Array<ArrayBuffer> | undefined} */
  #answer;
  /** What the job in hand is answered with. @type {(answer: Float32Array | null) => void} */
  #settle = () => {};
  #failed;

  /** @param {NonNullable<Workshop["start"]>} start @param {Workshop["compiled"]} compiled @param {() => void} failed */
  constructor(start, compiled, failed) {
    this.#failed = failed;
    this.ready = new Promise((resolve) => {
      const received = (/** @type {any} */ data) => {
        if (data.notice === "hello") return void this.#prepare(compiled);
        if ("notice" in data) return;
        if (this.state === "starting") resolve();
        this.#answered(data);
      };
      const fail = () => (resolve(), this.#fail());
      try {
        this.#link = start({ received, failed: fail });
      } catch {
        queueMicrotask(fail); // when its maker knows it
      }
    });
  }

  /** @param {Job} job @returns {Promise<Float32Array | null>} */
  ask(job) {
    this.state = "busy";
    return new Promise((settle) => {
      this.#settle = settle;
      const spare = this.#answer;
      this.#answer = undefined;
      this.#post(
        { type: "help", job, spare },
        [job.clips, job.weights, ...(spare ? [spare] : [])].map(({ buffer }) => buffer),
      );
    });
  }

  close() {
    this.#link?.close();
    this.#settle(null);
  }

  /** Its engine is compiled already, if it can be handed over. @param {Workshop["compiled"]} compiled */
  async #prepare(compiled) {
    const module = await compiled();
    if (module) {
      const { port1, port2 } = new MessageChannel();
      this.#post({ type: "compiled", kind: "cpu", port: port2 }, [port2]);
      port1.postMessage(module);
    }
    this.#post({ type: "prepare", device: "cpu" });
  }

  /** @param {import("../engine/protocol.js").Reply} reply */
  #answered(reply) {
    if (!reply.ok) return this.#fail();
    this.state = "idle";
    const { numbers = null, weights } = reply.value ?? {};
    this.weights = weights;
    this.#answer = numbers ?? undefined;
    this.#settle(numbers);
  }

  #fail() {
    this.#settle(null);
    this.#failed();
  }

  /** @param {any} request @param {Transferable[]} [transfer] */
  #post(request, transfer = []) {
    this.#link?.post({ ...request, id: ++this.#ids }, transfer);
  }
}
