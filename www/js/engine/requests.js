// @ts-check
/**
 * Requests to a host: one in flight, the others in their order; what opens an engine goes ahead of them.
 *
 * @typedef {import("../base/errors.js").Failure} Failure
 * @typedef {import("./connect.js").Link} Link
 * @typedef {import("./protocol.js").Reply} Reply
 * @typedef {import("./protocol.js").Request} Request
 * @typedef {import("./protocol.js").Results} Results
 * @typedef {{request: Request, transfer: Transferable[], resolve: (value: any) => void, reject: (error: Error) => void, urgent: boolean}} Job
 *   an urgent job opens an engine: it goes ahead of the queue, which waits until an engine is open
 */
import { fromFailure, isCrash } from "../base/errors.js";

export class Requests {
  /** How long the last request of each type took, in milliseconds. @type {Partial<Record<Request["type"], number>>} */
  timings = {};
  /** @type {Link | undefined} */
  #link;
  /** @type {Job[]} */
  #waiting = [];
  /** @type {{id: number, job: Job, began: number} | undefined} */
  #flying;
  #ids = 0;
  #held = false;
  #crashed;

  /** @param {(error: Failure) => void} crashed  an engine answered that it is gone, and is to be hung up on */
  constructor(crashed) {
    this.#crashed = crashed;
  }

  /** Where requests go. */
  get link() {
    return this.#link;
  }

  /** @param {Link} link */
  connect(link) {
    this.#link = link;
  }

  /** Ends the host; whoever waits for its answer learns why. @param {Error} error */
  hangUp(error) {
    const flying = this.#flying;
    this.#flying = undefined;
    this.#link?.close();
    this.#link = undefined;
    flying?.job.reject(error);
  }

  /**
   * @template {Request} R @param {R} request
   * @param {{transfer?: Transferable[], urgent?: boolean}} [how] @returns {Promise<Results[R["type"]]>}
   */
  ask(request, { transfer = [], urgent = false } = {}) {
    return new Promise((resolve, reject) => {
      const job = { request, transfer, resolve, reject, urgent };
      if (urgent) this.#waiting.unshift(job);
      else this.#waiting.push(job);
      this.#send();
    });
  }

  /** Past the queue; nobody waits for the answer. @param {Request} request */
  tell(request) {
    this.#link?.post({ ...request, id: ++this.#ids });
  }

  /** Only what is urgent is sent from now on, until `release`. */
  hold() {
    this.#held = true;
  }

  release() {
    this.#held = false;
    this.#send();
  }

  /** What has not been sent yet, in its order. @param {(job: Job) => boolean} which */
  waiting(which) {
    return this.#waiting.filter(which);
  }

  /** Takes what has not been sent yet out of the queue. @param {(job: Job) => boolean} which @param {(job: Job) => void} settle */
  drop(which, settle) {
    const dropped = this.#waiting.filter(which);
    this.#waiting = this.#waiting.filter((job) => !which(job));
    for (const job of dropped) {
      if ("bitmap" in job.request) job.request.bitmap.close();
      settle(job);
    }
  }

  /** @param {Reply} reply */
  answered(reply) {
    if (reply.id !== this.#flying?.id) return;
    if (!reply.ok && isCrash(reply.error)) return this.#crashed(reply.error);
    const { job, began } = this.#flying;
    this.#flying = undefined;
    this.timings[job.request.type] = performance.now() - began;
    if (reply.ok) job.resolve(reply.value);
    else job.reject(fromFailure(reply.error));
    this.#send();
  }

  #send() {
    if (this.#flying || !this.#link || (this.#held && !this.#waiting[0]?.urgent)) return;
    const job = this.#waiting.shift();
    if (!job) return;
    const id = ++this.#ids;
    this.#flying = { id, job, began: performance.now() };
    this.#link.post({ ...job.request, id }, job.transfer);
  }
}
