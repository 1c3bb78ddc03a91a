/** A visitor who does not let the page use the camera. */
import assert from "node:assert/strict";
import { assertSentence, moreClips, notice, rejection, state, until } from "./support/ask.js";
import { site } from "./support/site.js";

const test = site({ camera: "ask" });

test(
  "refused when asked: the source before goes on",
  { query: "?device=cpu&preset=nano&source=sample" },
  async (page) => {
    await page.getByRole("button", { name: "Camera" }).click();
    const { error } = await until(page, (now) => now.error);
    assert.equal(error.code, "camera-refused");
    assertSentence(error.message);
    assert.equal(await notice(page), error.message);
    await moreClips(page);
    assert.equal((await state(page)).source, "sample");
    const refused = await rejection(page, () => window.vjepa.setSource("camera"));
    assert.equal(refused?.code, "camera-refused");
  },
);

test("refused at the start: the world is shown", { query: "?device=cpu&preset=nano&source=camera" }, async (page) => {
  const now = await moreClips(page);
  assert.equal(now.source, "world");
  assert.equal(now.error?.code, "camera-refused");
  assert.equal(await notice(page), now.error.message);
});
