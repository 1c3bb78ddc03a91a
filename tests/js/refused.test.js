// @ts-check
/** What a browser refuses (in sandboxed frames, under strict policies, in private windows) is survived, or said. */
import assert from "node:assert/strict";
import test, { afterEach } from "node:test";
import { keepPage } from "../../www/js/app/offline.js";
import { connect } from "../../www/js/engine/connect.js";
import { moduleWorker } from "../../www/js/base/module-worker.js";
import { SITE } from "../../www/js/base/site.js";
import { Revival } from "../../www/js/engine/recovery.js";
import { Scaler } from "../../www/js/sources/scaler.js";
import { openVaults } from "../../www/js/rooms/train/autosave-client.js";
import { openStore } from "../../www/js/weights/store.js";
import { settle } from "./support/engine.js";
import { inEnglish, message } from "../../www/js/base/messages.js";

const refusal = () => new DOMException("Access is denied for this document.", "SecurityError");
const scope = /** @type {any} */ (globalThis);
scope.navigator ??= { userAgent: "Node" }; // Node has one from version 21 on
const before = new Map(
  ["Worker", "VideoFrame", "createImageBitmap", "isSecureContext", "caches", "navigator", "document"].map((name) => [
    name,
    Object.getOwnPropertyDescriptor(globalThis, name),
  ]),
);
scope.self = { origin: "null" }; // that of the modules' own addresses here, which are files
scope.addEventListener ??= () => {};

afterEach(() => {
  for (const [name, property] of before) {
    delete scope[name];
    if (property) Object.defineProperty(globalThis, name, property);
  }
});

/** Workers that are refused at once, or whose module does not arrive. @param {"at once" | "later"} when */
function refuseWorkers(when) {
  /** @type {any[]} */
  const made = [];
  scope.Worker = class {
    onerror = () => {};
    postMessage() {}
    terminate() {}
    constructor(/** @type {any} */ url, /** @type {any} */ options) {
      if (when === "at once") throw refusal();
      made.push({ url: String(url), options });
      setTimeout(() => this.onerror(), 5);
    }
  };
  return made;
}

for (const when of /** @type {const} */ (["at once", "later"])) {
  test(`a vault without a worker (refused ${when}) says so whenever it is asked, and keeps nobody waiting`, async () => {
    refuseWorkers(when);
    const vault = openVaults()("runs");
    const why = { code: "no-vault", message: /nothing is saved here/ };
    await assert.rejects(vault.load(), why);
    await assert.rejects(vault.save(new Uint8Array(3), /** @type {any} */ ({})), why);
    await assert.rejects(vault.clear(), why);
  });

  test(`where workers are refused ${when}, the host answers on the page, whatever the device, and says so`, async () => {
    refuseWorkers(when);
    /** @type {any[]} */
    const received = [];
    const link = await connect("auto", (message) => received.push(message));
    assert.ok(link.suits("cpu") && link.suits("webgpu") && link.suits("auto"));
    assert.match(link.note?.message ?? "", /on the page itself/);
    link.post({ type: "similarity", token: 1, id: 7 });
    for (let i = 0; i < 100 && !received.length; i++) await settle(10);
    link.close();
    assert.deepEqual(
      received.map(({ id, error }) => [id, error?.code]),
      [[7, "not-open"]],
    );
  });

  test(`where workers are refused ${when}, the page itself scales frames`, async () => {
    refuseWorkers(when);
    let closed = 0;
    scope.VideoFrame = class {
      close() {
        closed++;
      }
    };
    scope.createImageBitmap = async (/** @type {any} */ source) => ({ of: source });
    const scaler = new Scaler();
    const frame = () => /** @type {any} */ (new scope.VideoFrame());
    if (when === "later") await assert.rejects(scaler.scale(frame(), null), /did not start/);
    for (let i = 1; i <= 2; i++) {
      const next = frame();
      assert.deepEqual(await scaler.scale(next, null), { of: next });
      assert.equal(closed, i, "a frame is closed where it was scaled");
    }
  });
}

test("where the engine runs is told with every engine, after why", async () => {
  const opened = { device: {}, model: {}, why: [message("a", "The CPU runs it.")], step: 0 };
  /** @type {(message: any) => void} */
  let receive = () => {};
  /** @type {any[]} */
  const notices = [];
  const revival = new Revival(
    (notice) => notices.push(notice),
    async (device, take) => {
      receive = take;
      return {
        post: ({ id }) => void setImmediate(() => take({ id, ok: true, value: opened })),
        close() {},
        suits: () => true,
        note: message("b", "It is elsewhere."),
      };
    },
  );
  const settings = /** @type {any} */ ({ device: "auto" });
  assert.equal(inEnglish((await revival.open(settings, {})).why), "The CPU runs it. It is elsewhere.");
  receive({ notice: "engine", opened: { ...opened, why: [message("c", "WebGPU runs it.")] } });
  assert.equal(inEnglish(notices[0].opened.why), "WebGPU runs it. It is elsewhere.");
});

test("a worker imports its module where it could not inherit the page's policy otherwise, and in frames and on pages of other origins", (t) => {
  t.mock.timers.enable({ apis: ["setTimeout"] }); // a blob's address is let go of after a minute
  const { href } = SITE;
  t.after(() => (SITE.href = href));
  SITE.href = "https://example.org/";
  const made = refuseWorkers("later");
  const module = new URL("https://example.org/js/worker.js");
  const started = (/** @type {string} */ origin, /** @type {boolean} */ bound) => {
    scope.self = { origin };
    Object.defineProperty(globalThis, "document", {
      value: { querySelector: () => (bound ? {} : null) },
      configurable: true,
    });
    moduleWorker(module);
  };
  started("null", false);
  started("https://example.org", false);
  started("https://example.org", true);
  started("https://elsewhere.org", false);
  scope.self = { origin: "null" };
  assert.deepEqual(
    made.map(({ url, options }) => [decodeURIComponent(url).replace(/^(blob:)[^#]*/, "$1"), options.type]),
    [
      ['data:text/javascript,import "https://example.org/js/worker.js";', "module"],
      ["https://example.org/js/worker.js", "module"],
      ["blob:#js/worker.js", "module"],
      ["blob:#js/worker.js", "module"],
    ],
  );
  assert.throws(() => moduleWorker(new URL("https://elsewhere.org/js/worker.js")), /is no script of this site\.$/);
});

test("without caches or service workers, which a sandboxed frame refuses when they are named, the page is not kept", async () => {
  scope.isSecureContext = true;
  const refusing = {
    get: () => {
      throw refusal();
    },
    configurable: true,
  };
  Object.defineProperty(globalThis, "caches", refusing);
  Object.defineProperty(globalThis, "navigator", { value: { serviceWorker: {} }, configurable: true });
  assert.equal(await keepPage(), false);
  Object.defineProperty(globalThis, "navigator", {
    value: Object.defineProperty({}, "serviceWorker", refusing),
    configurable: true,
  });
  assert.equal(await keepPage(), false);
});

test("storage that refuses everything is no store; one that tells nothing of its size is one", async () => {
  const no = async () => {
    throw refusal();
  };
  assert.equal(await openStore({ storage: /** @type {any} */ ({ getDirectory: no }) }), null);
  const store = await openStore({
    storage: /** @type {any} */ ({
      getDirectory: async () => ({ getDirectoryHandle: async () => ({}) }),
      estimate: no,
      persisted: no,
      persist: no,
    }),
  });
  assert.deepEqual(await store?.usage(), { used: 0, quota: 0, persisted: false });
  assert.equal(await store?.persist(), false);
});
