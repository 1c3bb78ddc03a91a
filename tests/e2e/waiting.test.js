/** Cameras that don't answer, give nothing, or stop giving: nothing else waits for them, and what is waited for is said. */
import assert from "node:assert/strict";
import { describe } from "node:test";
import { assertSentence, moreClips, notice, rejection, state, until } from "./support/ask.js";
import { site } from "./support/site.js";

const test = site();
const NANO = "?device=cpu&preset=nano";

/** The browser's question about the camera stays open; `window.answerCamera()` allows the real one. */
const unanswered = (page) =>
  page.addInitScript(() => {
    const ask = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);
    navigator.mediaDevices.getUserMedia = (wish) =>
      new Promise((resolve) => (window.answerCamera = () => resolve(ask(wish))));
  });

/** A camera that is on and gives no frame. */
const silent = (page) =>
  page.addInitScript(() => {
    navigator.mediaDevices.getUserMedia = async () => {
      const canvas = document.createElement("canvas");
      canvas.getContext("2d");
      return canvas.captureStream(0);
    };
  });

const said = (page, pattern) => page.locator("#notice").getByText(pattern).waitFor({ timeout: 60_000 });

// They wait in real time, so they wait side by side.
describe("waiting for a camera", { concurrency: true }, () => {
  test(
    "at the start the world is shown, and the page says what it waits for",
    { query: `${NANO}&source=camera`, prepare: unanswered },
    async (page) => {
      await said(page, /camera has not answered yet/);
      assertSentence(await notice(page));
      const { source, error } = await moreClips(page);
      assert.deepEqual([source, error], ["world", null]);
      assert.equal(new URL(page.url()).searchParams.get("source"), "camera");
      await page.evaluate(() => window.vjepa.configure({ preset: "tiny" }));
      assert.equal((await state(page)).model.preset, "tiny");
      await page.evaluate(() => window.vjepa.train(2));
      await page.evaluate(() => window.answerCamera());
      await until(page, (now) => now.source === "camera");
      assert.equal(await notice(page), "");
      await moreClips(page);
    },
  );

  test("any other source ends the wait", { query: `${NANO}&source=sample`, prepare: unanswered }, async (page) => {
    await page.evaluate(
      () =>
        void (window.asked = window.vjepa.setSource("camera").then(
          () => "opened",
          ({ code }) => code,
        )),
    );
    await said(page, /camera has not answered yet/);
    assert.equal((await moreClips(page)).source, "sample", "the film goes on meanwhile");
    await page.getByRole("group", { name: "Source" }).getByRole("button", { name: "World" }).click();
    await until(page, (now) => now.source === "world");
    assert.equal(await page.evaluate(() => window.asked), "cancelled");
    assert.equal(await notice(page), "");
    await page.evaluate(() => window.answerCamera());
    await page.waitForTimeout(1000);
    const now = await moreClips(page);
    assert.deepEqual([now.source, now.error], ["world", null], "an answer that comes too late changes nothing");
  });

  test(
    "a camera without a frame is refused in a sentence",
    { query: `${NANO}&source=sample`, prepare: silent },
    async (page) => {
      const refused = rejection(page, () => window.vjepa.setSource("camera"));
      await said(page, /camera is on and has given no picture yet/);
      assert.equal((await refused).code, "camera-silent");
      assert.equal(await notice(page), (await refused).message);
      assertSentence(await notice(page));
      assert.equal((await moreClips(page)).source, "sample");
    },
  );

  test(
    "a camera that goes mute is said, is not taken for a still picture, and comes back by itself",
    { query: `${NANO}&source=camera` },
    async (page) => {
      await moreClips(page);
      const mute = (muted) =>
        page.evaluate((muted) => {
          const [track] = document.querySelector("#live").srcObject.getVideoTracks();
          Object.defineProperty(track, "muted", { configurable: true, value: muted });
          track.dispatchEvent(new Event(muted ? "mute" : "unmute"));
        }, muted);
      await mute(true);
      await said(page, /camera gives no picture just now/);
      await page.waitForTimeout(500);
      const clip = () =>
        page.evaluate(async () =>
          (await window.vjepa.look()).frames.reduce((hash, value) => (hash * 31 + value) | 0, 0),
        );
      const before = await clip();
      await page.waitForTimeout(2500);
      assert.equal(await clip(), before, "no frame was pushed");
      await mute(false);
      await page.waitForFunction(() => document.querySelector("#notice").textContent === "");
      await moreClips(page, 3);
      assert.notEqual(await clip(), before);
      assert.equal((await state(page)).source, "camera");
    },
  );

  test(
    "the element says that it waits for the camera",
    { query: "element.html", unready: true, prepare: unanswered },
    async (page) => {
      await page.evaluate(() => {
        const sensor = document.querySelector("vjepa-surprise");
        sensor.setAttribute("device", "cpu");
        sensor.setAttribute("src", "camera");
      });
      const status = page.locator("vjepa-surprise [part=status]");
      await status.getByText(/camera has not answered yet/).waitFor();
      await page.evaluate(() =>
        document.querySelector("vjepa-surprise").setAttribute("src", "assets/big_buck_bunny_256.webm"),
      );
      await status.getByText(/readings to go/).waitFor();
    },
  );
});
