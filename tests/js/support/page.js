// @ts-check
import { makeApi } from "../../../www/js/app/api.js";
import { App } from "../../../www/js/app/app.js";
import { Engine } from "../../../www/js/engine/client.js";
import { ActExaminer } from "../../../www/js/rooms/act/act-exam.js";
import { Acting } from "../../../www/js/rooms/act/acting.js";
import { Slots } from "../../../www/js/rooms/train/autosave-slots.js";
import { initialSettings } from "../../../www/js/settings/settings.js";
import { Store } from "../../../www/js/weights/store.js";
import { settle } from "./engine.js";
import { setUp } from "./host.js";
import { FakeDirectory } from "./opfs.js";

/** What comes with a page of tests: fake engines start from the name of a preset. @type {import("../../../www/js/catalogue/shipped-models.js").Shipped} */
const SHIPPED = {
  list: async () => [{ file: "learner.safetensors", title: "Learner", family: "vjepa2", preset: "learner" }],
  weights: async ({ preset }) => ({ bytes: new TextEncoder().encode(preset), steps: 6000 }),
};

/** An address that asks for random weights. */
const SCRATCH = { device: "cpu", preset: "tiny", start: "scratch" };

/** The room Act without its looks, in which everybody looks. @param {App} app */
function actRoom(app) {
  const changed = () => app.changed();
  const acting = new Acting(
    {
      ask: (request) => app.engine.act(request),
      settled: () => app.engine.settled(),
      model: async () => new Uint8Array([1]),
      size: () => 4,
      away: () => false,
      now: () => 0,
      wait: () => settle(1),
      still: () => 0,
      changed,
    },
    7,
  );
  const examiner = new ActExaminer({
    ask: (request) => acting.ask(request),
    end: () => acting.ask({ type: "actor-end-exam" }),
    present: async () => {},
    changed,
  });
  return { acting, examiner };
}

/** A started page without its looks, on hosts with fake engines. `saves`: the directory of saved runs, `taught`: that of taught classes; `open`: what opens a source. @param {any} [options] */
export async function page({
  settings = {},
  shipped = SHIPPED,
  problems = [],
  saves = new FakeDirectory(),
  taught = new FakeDirectory(),
  locks,
  open = async () => ({}),
  ...options
} = {}) {
  /** @type {ReturnType<typeof setUp>[]} */
  const hosts = [];
  const store = new Store(/** @type {any} */ (new FakeDirectory()), {
    storage: undefined,
    now: () => 1,
    onProblem() {},
  });
  /** @type {any} */
  const connector = async (/** @type {string} */ device, /** @type {(message: any) => void} */ receive) => {
    let open = true;
    const host = setUp({
      store,
      ...options,
      receive: (/** @type {any} */ message) => setImmediate(() => open && receive(message)),
    });
    hosts.push(host);
    return {
      post: (/** @type {any} */ message) =>
        setImmediate(() => open && host.port.onmessage?.(/** @type {any} */ ({ data: message }))),
      close: () => ((open = false), host.host.close()),
      suits: () => true,
    };
  };
  /** @type {any} */
  const sources = {
    flows: 0,
    open,
    show: async () => undefined,
    stop() {},
    flow: async () => void (sources.flows += 1),
  };
  /** @type {any} */
  let sink;
  /** @type {any[]} */
  const remembered = [];
  const app = new App(
    (notify) => new Engine(notify, connector),
    (given) => ((sink = given), sources),
    {
      hidden: () => false,
      remember: (settings) => remembered.push(settings),
      persist: async () => false,
      shipped,
      vault: new Slots(/** @type {any} */ (saves)),
      classes: new Slots(/** @type {any} */ (taught)),
      locks,
    },
  );
  app.runner.run = async () => {}; // looks are asked for
  /** @type {string[]} */
  const chosen = [];
  app.addEventListener("choose", (event) => chosen.push(/** @type {CustomEvent} */ (event).detail));
  await app.start({ ...initialSettings(), ...SCRATCH, ...settings }, problems);
  await settle();
  const address = () => remembered.at(-1);
  /** @type {import("../../../www/js/app/act-api.js").ActDoor} */
  const door = { agent: undefined, open: async () => (door.agent ??= actRoom(app)) };
  return {
    app,
    hosts,
    host: () => /** @type {ReturnType<typeof setUp>} */ (hosts.at(-1)),
    sources,
    sink,
    address,
    chosen,
    acting: () => /** @type {any} */ (door.agent).acting,
    api: makeApi(app, Promise.resolve(), door),
  };
}
