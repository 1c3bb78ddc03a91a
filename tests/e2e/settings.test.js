/** Settings in the address and by the API, good and bad. */
import assert from "node:assert/strict";
import { assertSentence, embedMadeUpClip, moreClips, notice, rejection, state } from "./support/ask.js";
import { site } from "./support/site.js";

const test = site();

test(
  "unknown settings in the address are named, and the page runs",
  { query: "?device=cpu&colour=red&seed=minus" },
  async (page) => {
    const said = await notice(page);
    assert.match(said, /colour/);
    assert.match(said, /minus/);
    assertSentence(said);
    const now = await moreClips(page);
    assert.equal(now.model.preset, "learner");
    assert.equal(now.phase, "running");
  },
);

test(
  "an unknown preset in the address: the default one, and a sentence",
  { query: "?device=cpu&preset=gigantic" },
  async (page) => {
    assert.match(await notice(page), /gigantic/);
    assertSentence(await notice(page));
    assert.equal((await moreClips(page)).model.preset, "learner");
  },
);

test("the API refuses what is no setting and keeps the model", { query: "?device=cpu&preset=nano" }, async (page) => {
  for (const bad of [{ preset: "gigantic" }, { device: "tpu" }, { seed: -1 }, { colour: "red" }]) {
    const refused = await rejection(page, (options) => window.vjepa.configure(options), bad);
    const [value] = Object.values(bad);
    assert.ok(refused, `${JSON.stringify(bad)} was taken`);
    assert.ok(
      refused.message.includes(String(value)) || refused.message.includes(Object.keys(bad)[0]),
      refused.message,
    );
    assertSentence(refused.message);
  }
  for (const bad of [0, -3, 1.5, "many"])
    assert.ok(await rejection(page, (steps) => window.vjepa.train(steps), bad), `train(${bad}) was taken`);
  assert.ok(await rejection(page, () => window.vjepa.embed(new Uint8Array(7))), "a clip of 7 bytes was taken");
  assert.ok(await rejection(page, () => window.vjepa.embed("frames")), "a text was taken for a clip");
  assert.equal((await moreClips(page)).model.preset, "nano");
});

test("a clip is taken in any wrapping of its bytes", { query: "?device=cpu&preset=nano" }, async (page) => {
  const sizes = await page.evaluate(async () => {
    const bytes = new Uint8ClampedArray(4 * 32 * 32 * 4).fill(99);
    const all = [
      await window.vjepa.embed(bytes),
      await window.vjepa.embed(bytes.buffer),
      await window.vjepa.embed(new Uint8Array(bytes)),
    ];
    return all.map((features) => [features.length, features[5]]);
  });
  assert.equal(sizes[0][0], 32 * 64);
  assert.deepEqual(sizes[1], sizes[0]);
  assert.deepEqual(sizes[2], sizes[0]);
});

test(
  "a preset that does not fit is refused in words, and the model goes on",
  { query: "?device=cpu&preset=nano" },
  async (page) => {
    const before = await page.evaluate(embedMadeUpClip);
    const refused = await rejection(page, () => window.vjepa.configure({ preset: "vit_l" }));
    assert.match(refused?.message ?? "it was taken", /vit_l.*MB/);
    assertSentence(refused.message);
    assert.equal(await notice(page), refused.message);
    assert.equal((await moreClips(page)).model.preset, "nano");
    assert.deepEqual(await page.evaluate(embedMadeUpClip), before, "the weights changed");
  },
);

test("settings are in the address and come back from it", { query: "?device=cpu&preset=nano&seed=7" }, async (page) => {
  const [first, other] = [await page.evaluate(embedMadeUpClip), await configured(page, { seed: 8 })];
  assert.notDeepEqual(first, other, "another seed gave the same weights");
  assert.equal(new URL(page.url()).searchParams.get("seed"), "8");
  await page.reload();
  await page.evaluate(() => window.vjepa.ready);
  assert.deepEqual(await page.evaluate(embedMadeUpClip), other, "the same address gave other weights");
});

async function configured(page, options) {
  await page.evaluate((options) => window.vjepa.configure(options), options);
  return page.evaluate(embedMadeUpClip);
}

for (const family of ["vjepa1", "vjepa2"]) {
  test(
    `${family} looks and learns with every mask`,
    { query: `?device=cpu&preset=nano&family=${family}` },
    async (page) => {
      assert.equal((await state(page)).model.family, family);
      for (const mask of ["short", "long", "future"]) {
        await page.evaluate((mask) => window.vjepa.configure({ mask }), mask);
        const now = await moreClips(page);
        assert.ok(now.masks.target.length > 0, mask);
        if (mask === "future")
          assert.ok(
            Math.min(...now.masks.target) > Math.max(...now.masks.context),
            "the future starts before the past ends",
          );
        const { losses } = await page.evaluate(() => window.vjepa.train(2));
        assert.ok(losses.every(Number.isFinite), `${mask}: ${losses}`);
      }
    },
  );
}
