/** Where clips come from, and what becomes of bad ones. */
import assert from "node:assert/strict";
import { assertDrawn, assertMasks, assertSentence, moreClips, notice, rejection, state, until } from "./support/ask.js";
import {
  choose,
  corruptVideo,
  drop,
  emptyVideo,
  goodVideo,
  picture,
  plainVideo,
  soundOnly,
  textAsVideo,
} from "./support/media.js";
import { shot, site } from "./support/site.js";

const test = site();
const NANO = "?device=cpu&preset=nano";

for (const [name, how] of [
  ["picker", choose],
  ["drop", drop],
]) {
  test(`file by ${name}`, { query: NANO }, async (page) => {
    await how(page, await goodVideo());
    await until(page, (now) => now.source === "file");
    assertMasks(await moreClips(page, 3));
    assert.equal((await state(page)).source, "file");
    await assertDrawn(page, "#clip .stage canvas", { colours: 60, spread: 12 });
  });
}

test("file by address, and one that is not there", { query: NANO, allow: [/404/] }, async (page) => {
  await page.evaluate(() => window.vjepa.setSource("file", { url: "assets/big_buck_bunny_256.webm" }));
  assertMasks(await moreClips(page, 3));
  assert.equal((await state(page)).source, "file");
  const refused = await rejection(page, () => window.vjepa.setSource("file", { url: "assets/nothing.webm" }));
  assert.equal(refused?.code, "file-unreachable");
  assertSentence(refused.message);
  await moreClips(page);
});

for (const [source, button] of [
  ["sample", "Film"],
  ["world", "World"],
  ["camera", "Camera"],
]) {
  test(
    `${source} by its button`,
    { query: `${NANO}&source=${source === "world" ? "sample" : "world"}` },
    async (page) => {
      const choice = page.getByRole("group", { name: "Source" }).getByRole("button", { name: button });
      await choice.click();
      await until(page, (now, wanted) => now.source === wanted, source);
      assertMasks(await moreClips(page, 3));
      assert.equal(await choice.getAttribute("aria-pressed"), "true");
      assert.equal(new URL(page.url()).searchParams.get("source"), source);
      await assertDrawn(page, "#clip .stage canvas", { colours: 30, spread: 8 });
      assert.equal(await page.locator("#live").isVisible(), source !== "world");
      await shot(page, `source ${source}`);
    },
  );
}

test("a camera that is unplugged: the world goes on", { query: `${NANO}&source=camera` }, async (page) => {
  await moreClips(page);
  await page.evaluate(() => {
    const [track] = document.querySelector("#live").srcObject.getVideoTracks();
    track.stop();
    track.dispatchEvent(new Event("ended")); // stopping by script does not fire it, a pulled cable does
  });
  const now = await until(page, (now) => now.source === "world" && now.error);
  assert.equal(now.error.code, "camera-unplugged");
  assertSentence(now.error.message);
  assert.equal(await notice(page), now.error.message);
  await moreClips(page);
});

const BAD = [
  ["a zero-length file", emptyVideo, "file-empty"],
  ["a text named .mp4", textAsVideo, "file-unreadable"],
  ["a corrupt video", corruptVideo, "file-unreadable"],
  ["sound without a picture", soundOnly, "file-no-video"],
];
for (const [what, make, code] of BAD) {
  test(`${what}: one sentence, and the film goes on`, { query: `${NANO}&source=sample` }, async (page) => {
    await choose(page, await make());
    const { error } = await until(page, (now) => now.error);
    assert.equal(error.code, code);
    assertSentence(error.message);
    assert.equal(await notice(page), error.message);
    const later = await moreClips(page, 3);
    assert.equal(later.source, "sample");
    await choose(page, await goodVideo());
    await until(page, (now) => now.source === "file" && !now.error);
    await moreClips(page);
  });
}

test("a picture is a film in which nothing moves", { query: `${NANO}&source=world` }, async (page) => {
  await drop(page, await picture(page));
  await until(page, (now) => now.source === "file");
  assert.match(await notice(page), /picture/);
  assertSentence(await notice(page));
  await moreClips(page, 3);
  await assertDrawn(page, "#clip .stage canvas", { colours: 30, spread: 8 });
});

test("a text named .png: one sentence, and the world goes on", { query: NANO }, async (page) => {
  await choose(page, { name: "picture.png", mimeType: "image/png", buffer: Buffer.from("no picture") });
  const { error } = await until(page, (now) => now.error);
  assert.equal(error.code, "file-unreadable");
  assertSentence(error.message);
  assert.equal((await moreClips(page)).source, "world");
});

test("an 8K video is scaled down, and the page says so", { query: NANO }, async (page) => {
  await choose(page, await plainVideo(page, { width: 7680, height: 4320, frames: 30 }));
  await until(page, (now) => now.source === "file");
  assert.match(await notice(page), /7680×4320/);
  assertSentence(await notice(page));
  await moreClips(page, 2);
});

test(
  "a video shorter than a clip is looped, and the page says so",
  { query: "?device=cpu&preset=tiny" },
  async (page) => {
    await choose(page, await plainVideo(page, { width: 128, height: 96, frames: 4 }));
    await until(page, (now) => now.source === "file");
    assert.match(await notice(page), /loop/);
    assertSentence(await notice(page));
    await moreClips(page, 3);
  },
);

test("a single frame is no video", { query: `${NANO}&source=sample` }, async (page) => {
  await choose(page, await plainVideo(page, { width: 128, height: 96, frames: 1 }));
  const { error } = await until(page, (now) => now.error);
  assert.equal(error.code, "file-short");
  assertSentence(error.message);
  assert.equal((await moreClips(page)).source, "sample");
});

test("an unknown source is refused by name", { query: NANO }, async (page) => {
  const refused = await rejection(page, () => window.vjepa.setSource("teapot"));
  assert.match(refused?.message ?? "it was not refused", /teapot/);
  assertSentence(refused.message);
  await moreClips(page);
});
