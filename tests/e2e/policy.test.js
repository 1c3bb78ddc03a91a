/** Nothing you show it leaves your machine: the browser refuses whatever would ask another host, unless a visitor asks for it. */
import assert from "node:assert/strict";
import { createServer } from "node:http";
import { createServer as createNetServer } from "node:net";
import { after, before } from "node:test";
import { join } from "node:path";
import { moreClips, state, until } from "./support/ask.js";
import { ROOT } from "./support/places.js";
import { serve } from "./support/server.js";
import { enter, site } from "./support/site.js";

const test = site();
const ROOMS = ["watch", "inside", "train", "play", "act", "teach", "models"];
/** What browsers say when they refuse something. */
const SAID = /Content Security Policy|violates the following|requires 'Trusted|ERR_BLOCKED_BY_CSP|: csp$|ERR_ABORTED/;
const CAMERA = { query: "?device=cpu&preset=nano&source=camera", room: "watch", allow: [SAID] };

/**
 * Another host, and what it was sent, whatever that wants. (Chromium may open a connection for a frame before it refuses it,
 * and sends nothing over that.) @type {{url: string, heard: string[], close: () => void}}
 */
let other;
before(async () => {
  const heard = [];
  const server = createNetServer((socket) => {
    socket.on("data", (bytes) => heard.push(bytes.toString("latin1").split("\r\n")[0]));
    socket.on("error", () => {});
    socket.unref();
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  other = { url: `http://127.0.0.1:${server.address().port}/`, heard, close: () => server.close() };
});
after(() => other?.close());

/** Each way out of a page, and the directive that bars it. */
const WAYS = {
  fetch: "connect-src",
  post: "connect-src",
  request: "connect-src",
  beacon: "connect-src",
  socket: "connect-src",
  events: "connect-src",
  ping: "connect-src",
  module: "script-src-elem",
  image: "img-src",
  background: "img-src",
  video: "media-src",
  sheet: "style-src-elem",
  prefetch: "default-src",
  font: "font-src",
  frame: "frame-src",
  form: "form-action",
  "inline style": "style-src-elem",
  "style attribute": "style-src-attr",
  base: "base-uri",
};
/** Ways to have text run as a script: Trusted Types bar them before any other directive is asked. */
const SINKS = [
  ...["script", "inline script", "handler", "object", "markup", "write"],
  ...["worker", "blob worker", "data worker", "shared worker", "service worker"],
];

/** Runs in the page: tries every way, and tells which directives were named for each. */
async function tryAll({ url, ways }) {
  const blob = (text) => URL.createObjectURL(new Blob([text], { type: "text/javascript" }));
  const code = `fetch(${JSON.stringify(url)})`;
  const add = (tag, attributes) => {
    const node = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
    document.body.append(node);
    return node;
  };
  const tries = {
    fetch: () => fetch(url),
    post: () => fetch(url, { method: "POST", mode: "no-cors", body: "a frame" }),
    request: () => {
      const request = new XMLHttpRequest();
      request.open("GET", url);
      request.send();
    },
    beacon: () => navigator.sendBeacon(url, "a frame"),
    socket: () => new WebSocket(url.replace("http", "ws")),
    events: () => new EventSource(url),
    ping: () => {
      const link = add("a", { href: "#", ping: url });
      link.addEventListener("click", () => {});
      link.click();
      link.remove();
      history.replaceState(null, "", location.href.replace(/#$/, ""));
    },
    module: () => import(url),
    image: () => add("img", { src: url }).remove(),
    background: () => {
      const node = add("p", {});
      node.style.backgroundImage = `url(${url})`;
      node.getBoundingClientRect();
      setTimeout(() => node.remove(), 300);
    },
    video: () => add("video", { src: url }).remove(),
    sheet: () => add("link", { rel: "stylesheet", href: url }),
    prefetch: () => add("link", { rel: "prefetch", href: url }),
    font: () => new FontFace("theirs", `url(${url})`).load(),
    frame: () => setTimeout((frame) => frame.remove(), 300, add("iframe", { src: url })),
    object: () => add("object", { data: url }),
    form: () => {
      const frame = add("iframe", { name: "theirs" }); // else Playwright waits for another page
      add("form", { action: url, method: "post", target: "theirs" }).submit();
      setTimeout(() => frame.remove(), 300);
    },
    "inline script": () => {
      const script = document.createElement("script");
      script.append(code); // text is added to as children are, which no type guards
      document.body.append(script);
    },
    "inline style": () => add("style", {}).append(`p { background: url(${url}) }`),
    "style attribute": () => add("p", { style: `background: url(${url})` }).remove(),
    handler: () => add("p", { onclick: code }).click(),
    base: () => add("base", { href: url }).remove(),
    script: () => add("script", { src: url }),
    worker: () => new Worker(url),
    "blob worker": () => new Worker(blob(code)),
    "data worker": () => new Worker(`data:text/javascript,${code}`),
    "shared worker": () => new SharedWorker(blob(code)),
    "service worker": () => navigator.serviceWorker.register("sw.js?theirs"),
    markup: () => (document.createElement("div").innerHTML = `<img src="${url}">`),
    write: () => document.write(`<img src="${url}">`),
  };
  const named = {};
  for (const way of ways) {
    const directives = new Set();
    const note = ({ effectiveDirective }) => directives.add(effectiveDirective);
    addEventListener("securitypolicyviolation", note);
    try {
      Promise.resolve(tries[way]()).catch(() => {});
    } catch {
      // It is refused at once.
    }
    for (let i = 0; i < 40 && !directives.size; i++) await new Promise((resolve) => setTimeout(resolve, 25));
    removeEventListener("securitypolicyviolation", note);
    named[way] = [...directives];
  }
  return named;
}

/** Runs in a worker. */
async function tryInWorker(url) {
  const refused = (work) =>
    work().then(
      () => "let through",
      () => "refused",
    );
  return {
    fetch: await refused(() => fetch(url)),
    post: await refused(() => fetch(url, { method: "POST", mode: "no-cors", body: "a frame" })),
    module: await refused(() => import(url)),
    worker: await refused(async () => new Worker(`data:text/javascript,fetch(${JSON.stringify(url)})`)),
    socket: await refused(
      () =>
        new Promise((open, fail) =>
          Object.assign(new WebSocket(url.replace("http", "ws")), { onopen: open, onerror: fail }),
        ),
    ),
  };
}

/** All that may be tried, in the page and in each of its workers. */
async function tryEverywhere(page, where) {
  const ways = [...Object.keys(WAYS), ...SINKS];
  const named = await page.evaluate(tryAll, { url: other.url, ways });
  const wanted = { ...WAYS, ...Object.fromEntries(SINKS.map((way) => [way, "require-trusted-types-for"])) };
  const others = ways.filter((way) => !named[way].includes(wanted[way]));
  assert.deepEqual(
    others.map((way) => `${way} met ${named[way]}`),
    [],
    where,
  );
  for (const worker of page.workers()) {
    const tried = await worker.evaluate(tryInWorker, other.url);
    assert.deepEqual(new Set(Object.values(tried)), new Set(["refused"]), `${where}: ${worker.url()}`);
  }
  return page.workers().length;
}

test(
  "in every room, with a camera on, nothing gets out: neither of the page nor of its workers",
  CAMERA,
  async (page) => {
    await moreClips(page);
    let workers = 0;
    for (const room of ROOMS) {
      await enter(page, room);
      workers = Math.max(workers, await tryEverywhere(page, room));
    }
    assert.ok(workers >= 2, "engine and scaler run in workers");
    assert.deepEqual(other.heard, []);
    await moreClips(page); // and the page goes on
  },
);

test(
  "nor while it trains, is examined and is toured, with several engines",
  { ...CAMERA, query: `${CAMERA.query}&workers=2` },
  async (page) => {
    await page.evaluate(() => {
      window.exam = window.vjepa.exam({ pairs: 2, probes: { train: 0, validation: 0, test: 0 } }).catch(() => {});
      window.training = window.vjepa.train(100_000).catch(() => {});
    });
    await until(page, (now) => now.step > 0 && now.engines > 1);
    assert.ok((await tryEverywhere(page, "training")) >= 3, "the helper is a worker as well");
    await page.locator("#take-tour").click();
    await page.locator("#tour").waitFor();
    await tryEverywhere(page, "tour");
    await page.evaluate(() => window.vjepa.pause());
    assert.deepEqual(other.heard, []);
  },
);

test(
  "what a visitor asks of another host is fetched, and the host learns an address, nothing else",
  { ...CAMERA, allow: [] },
  async (page) => {
    const asked = [];
    const host = createServer((request, response) => {
      const { method, url, headers } = request;
      asked.push({ method, url, headers });
      forward(request, response);
    });
    await new Promise((resolve) => host.listen(0, "127.0.0.1", resolve));
    const files = await serve(join(ROOT, "tests/fixtures/checkpoints"), "/", { "access-control-allow-origin": "*" });
    const film = await serve(join(ROOT, "www/assets"), "/film/", { "access-control-allow-origin": "*" });
    const forward = (request, response) => {
      response.writeHead(307, {
        "access-control-allow-origin": "*",
        location:
          (request.url.startsWith("/film/") ? new URL(film.url).origin : new URL(files.url).origin) + request.url,
      });
      response.end();
    };
    try {
      await page.context().addCookies([{ name: "theirs", value: "1", domain: "127.0.0.1", path: "/" }]);
      const base = `http://127.0.0.1:${host.address().port}/`;
      await page.evaluate((url) => window.vjepa.setSource("file", { url }), `${base}film/big_buck_bunny_256.webm`);
      await moreClips(page);
      assert.equal((await state(page)).source, "file");
      await page.evaluate((url) => window.vjepa.load({ source: { from: "url", url } }), `${base}hf_vjepa2_tiny/`);
      const { model, error, report } = await state(page);
      assert.deepEqual([model.checkpoint, error, report.missing], [true, null, []]);
      assert.ok(asked.length >= 3, JSON.stringify(asked.map(({ url }) => url)));
      for (const { method, url, headers } of asked) {
        assert.equal(method, "GET");
        assert.match(url, /^\/(film|hf_vjepa2_tiny)\/[\w.]+$/);
        assert.deepEqual(
          [headers.cookie, headers.referer, headers["content-length"]],
          [undefined, undefined, undefined],
        );
      }
      assert.deepEqual(
        page.workers().filter((worker) => /elsewhere/.test(worker.url())),
        [],
        "its worker outlives the answer",
      );
    } finally {
      for (const server of [files, film]) await server.close();
      host.closeAllConnections();
      host.close();
    }
  },
);
