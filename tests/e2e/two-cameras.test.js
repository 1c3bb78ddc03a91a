/** A machine with more than one camera. */
import assert from "node:assert/strict";
import { moreClips } from "./support/ask.js";
import { site } from "./support/site.js";

const test = site({ camera: "two" });

test("one of several cameras can be chosen", { query: "?device=cpu&preset=nano&source=camera" }, async (page) => {
  await page.getByRole("button", { name: "Camera" }).click();
  const picker = page.getByRole("combobox", { name: "Camera" });
  await picker.waitFor();
  assert.equal(await picker.locator("option").count(), 2);
  const second = await picker.locator("option").nth(1).getAttribute("value");
  await picker.selectOption(second);
  await page.waitForFunction(
    (id) => document.querySelector("#live").srcObject?.getVideoTracks()[0].getSettings().deviceId === id,
    second,
  );
  await moreClips(page, 3);
});
