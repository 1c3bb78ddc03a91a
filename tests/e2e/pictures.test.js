/** Pictures without a type or a right name, animated ones, and videos whose frames are held: what the model gets of them. */
import assert from "node:assert/strict";
import { copyFile, mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before } from "node:test";
import { assertSentence, mean, moreClips, notice, state, until } from "./support/ask.js";
import { drop } from "./support/media.js";
import { ROOT } from "./support/places.js";
import { serve } from "./support/server.js";
import { site } from "./support/site.js";

const test = site();
const NANO = "?device=cpu&preset=nano";
const FIXTURES = join(ROOT, "tests/fixtures/sources");
const fixture = (name) => readFile(join(FIXTURES, name));

/** Notes of every look when it was, in the video's time, and what its frames are. */
const noteLooks = (page) =>
  page.evaluate(() => {
    window.looks = [];
    window.vjepa.on("look", ({ frames }) => {
      const bytes = frames.length / window.vjepa.state().model.frames;
      const hash = (frame) => frame.reduce((sum, value) => (sum * 31 + value) | 0, 0);
      const hashes = Array.from({ length: frames.length / bytes }, (_, i) =>
        hash(frames.subarray(i * bytes, (i + 1) * bytes)),
      );
      window.looks.push({ time: document.querySelector("#live").currentTime, hashes });
    });
  });

/** A host that knows nothing of types, and whose addresses have no endings. */
let host;
let folder;
before(async () => {
  folder = await mkdtemp(join(tmpdir(), "vjepa-sources-"));
  for (const [name, address] of [
    ["held-frames.mp4", "held"],
    ["picture-by-url.png", "shown.aspx"],
    ["moving.gif", "moving"],
  ]) {
    await copyFile(join(FIXTURES, name), join(folder, address));
  }
  host = await serve(folder, "/", { "access-control-allow-origin": "*" });
});
after(async () => {
  await host.close();
  await rm(folder, { recursive: true });
});

const setFile = (page, address) => page.evaluate((url) => window.vjepa.setSource("file", { url }), host.url + address);

const distinct = (values) => new Set(values).size;
/** The share of frames in clips that are others than those before. */
const movement = (looks) => mean(looks.map(({ hashes }) => distinct(hashes) / hashes.length));

test(
  "each sampling instant gets the frame that is shown then, however long it is held",
  { query: NANO },
  async (page, t) => {
    await setFile(page, "held");
    await noteLooks(page);
    // Twelve seconds: a frame at 0 s, one at 4 s, and ten a second from 8 s on.
    await page.waitForFunction(() => window.looks.some(({ time }) => time > 11), undefined, { timeout: 120_000 });
    const looks = await page.evaluate(() => window.looks);
    const between = (from, to) => looks.filter(({ time }) => time > from && time < to);
    t.diagnostic(looks.map(({ time, hashes }) => `${time.toFixed(1)}: ${distinct(hashes)}`).join(", "));
    const [first, second, moving] = [between(0, 3.9), between(6, 7.9), between(10, 12)];
    for (const held of [first, second]) {
      assert.ok(held.length >= 2, "no look at a frame that is held");
      assert.equal(distinct(held.flatMap(({ hashes }) => hashes)), 1);
    }
    assert.notEqual(first[0].hashes[0], second[0].hashes[0]);
    assert.ok(moving.length >= 1 && movement(moving) >= 0.7, `frames that move are held: ${movement(moving)}`);
  },
);

test("a picture by address is a picture", { query: NANO }, async (page) => {
  await setFile(page, "shown.aspx");
  assert.match(await notice(page), /“shown\.aspx” is a picture/);
  await noteLooks(page);
  await moreClips(page, 3);
  assert.equal(distinct(await page.evaluate(() => window.looks.flatMap(({ hashes }) => hashes))), 1);
});

test("a file is what its bytes say, whatever its name and type", { query: NANO }, async (page) => {
  await drop(page, { name: "IMG_0001.JPG", mimeType: "", buffer: await fixture("picture-by-url.png") });
  await until(page, (now) => now.source === "file" && /“IMG_0001\.JPG” is a picture/.test(now.notice));
  await drop(page, { name: "video.png", mimeType: "image/png", buffer: await fixture("held-frames.mp4") });
  await until(page, (now) => now.source === "file" && now.notice === "");
  assert.equal((await moreClips(page)).error, null);
});

test("an animated picture is played", { query: NANO }, async (page, t) => {
  await setFile(page, "moving");
  assert.match(await notice(page), /“moving” is an animated picture of 20 frames: it is played in a loop/);
  assertSentence(await notice(page));
  await noteLooks(page);
  await page.waitForFunction(() => window.looks.length >= 8);
  const looks = await page.evaluate(() => window.looks);
  const all = distinct(looks.flatMap(({ hashes }) => hashes));
  t.diagnostic(`${all} frames, ${looks.map(({ hashes }) => distinct(hashes)).join(" ")} a clip`);
  assert.ok(movement(looks.slice(3)) >= 0.7, `it hardly moves: ${movement(looks.slice(3))}`);
  assert.ok(all >= 12 && all <= 20, `${all} different frames`);
});

const old = { query: NANO, prepare: (page) => page.addInitScript(() => delete window.ImageDecoder) };
test("where a browser decodes no animation, its first frame is shown, and that is said", old, async (page) => {
  await setFile(page, "moving");
  assert.match(await notice(page), /“moving” is animated, but this browser shows only its first frame/);
  assertSentence(await notice(page));
  assert.equal((await state(page)).source, "file");
  await moreClips(page, 2);
});
