// @ts-check
/**
 * The page's side of elsewhere-worker.js: a worker for each file, which inherits no policy, is told an address, nothing else,
 * and lives as long as the answer.
 *
 * @typedef {{status: number, headers: [string, string][], url: string, redirected: boolean}} Head
 * @typedef {{head?: Head, chunk?: Uint8Array<ArrayBuffer>, failed?: boolean, directive?: string | null}} Told   `directive`: that refused it
 * @typedef {{url: string, range: string | null, cache?: RequestCache} | "more"} Asked
 * @typedef {{start: () => Worker, error: (directive?: string | null) => Promise<Error>}} Means   `error`: that this directive
 *   makes, or else the one that refused the worker. They are given, so that this file takes no other
 */
/** Chunks that are read ahead. */
const AHEAD = 2;
/** Answers that have no body. */
const EMPTY = [204, 205, 304];

/**
 * As `fetch`, for GET; of the headers only Range goes to the other host.
 * @param {string} url @param {RequestInit} init @param {Means} means @returns {Promise<Response>}
 */
export async function fetchByWorker(url, init, means) {
  const { ask, end } = courier(means, init.signal);
  try {
    const range = new Headers(init.headers).get("range");
    const { head } = await ask({ url, range, cache: init.cache });
    return answer(/** @type {Head} */ (head), ask, end);
  } catch (error) {
    end();
    throw error;
  }
}

/** @param {Head} head @param {(asked: Asked) => Promise<Told>} ask @param {() => void} end */
function answer({ status, headers, url, redirected }, ask, end) {
  const body = new ReadableStream(
    {
      async pull(controller) {
        const { chunk } = await ask("more");
        if (chunk) return controller.enqueue(chunk);
        end();
        controller.close();
      },
      cancel: end,
    },
    { highWaterMark: AHEAD },
  );
  const response = new Response(EMPTY.includes(status) ? null : body, { status, headers });
  return Object.defineProperties(response, { url: { value: url }, redirected: { value: redirected } });
}

/** @param {Means} means @param {AbortSignal | null} [signal] */
function courier({ start, error }, signal) {
  signal?.throwIfAborted();
  const worker = start();
  let fail = (/** @type {unknown} */ _error) => {};
  const end = () => {
    worker.terminate();
    signal?.removeEventListener("abort", stop);
  };
  const stop = () => (end(), fail(signal?.reason));
  signal?.addEventListener("abort", stop);
  worker.onerror = (event) => {
    event.preventDefault(); // it is said by who asked
    end();
    error().then(fail);
  };
  /** One question at a time. @param {Asked} asked @returns {Promise<Told>} */
  const ask = (asked) =>
    new Promise((resolve, reject) => {
      fail = reject;
      if (signal?.aborted) return stop();
      worker.onmessage = ({ data }) => {
        const { failed, directive } = /** @type {Told} */ (data);
        if (!failed) return resolve(data);
        end();
        error(directive ?? null).then(reject);
      };
      worker.postMessage(asked);
    });
  return { ask, end };
}
