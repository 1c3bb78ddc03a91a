/** The dialog in which a checkpoint is chosen: what it says before anything is loaded, and by which ways one gets there. */
import assert from "node:assert/strict";
import { drop } from "./support/media.js";
import { shot, site } from "./support/site.js";

const test = site();
const NANO = "?device=cpu&preset=nano";
const MODELS = { query: NANO, room: "models" };

for (const [width, scheme] of [
  [1440, "light"],
  [1440, "dark"],
  [1024, "dark"],
  [390, "light"],
]) {
  test(`the dialog, ${width} px wide, ${scheme}`, { ...MODELS, width, scheme }, async (page) => {
    await openDialog(page);
    const [overflow, ...wide] = await page.evaluate(() => {
      const dialog = document.querySelector("#models");
      const beyond = [...dialog.querySelectorAll("*")].filter(
        (element) => element.checkVisibility() && !element.closest(".sr-only"),
      );
      const right = dialog.getBoundingClientRect().right + 1;
      return [
        dialog.scrollWidth - dialog.clientWidth,
        ...beyond
          .filter((element) => element.getBoundingClientRect().right > right)
          .map((element) => element.outerHTML.slice(0, 80)),
      ];
    });
    assert.ok(overflow <= 0, `it scrolls sideways by ${overflow} px`);
    assert.deepEqual(wide, []);
    await shot(page, `models ${width} ${scheme}`);
  });
}

test(
  "the dialog and what goes wrong, in Chinese; a switch of language reaches the chosen model",
  { query: `${NANO}&lang=zh` },
  async (page) => {
    await page.evaluate(() => window.vjepa.setSource("file").catch(() => {}));
    await page.locator("#notice").getByText("没有提供视频").waitFor();
    await drop(page, { name: "vitl16.pth.tar", mimeType: "", buffer: Buffer.from("no weights at all") });
    await page.locator("#models[open]").waitFor();
    assert.match(await page.locator("#models .licence").innerText(), /许可证：CC BY-NC 4\.0。不得用于商业用途/);
    const left = await page.locator("#models").evaluate((dialog) => {
      const names =
        /V-JEPA|ViT-\w+|Something-Something v2|Diving48|\b(MB|GB|M|B|CPU|MIT|SHA-256|Meta|hub)\b|f16|f32|int8|vitl16\S*|CC BY-NC|owner\/name|https:\/\/\S*|config\.json|\.\w+|github\S*|dl\.\S*|[0-9a-f]{8,}…?/g;
      return dialog.innerText.split("\n").filter((line) => /[a-z]{3}/i.test(line.replace(names, "")));
    });
    assert.deepEqual(left, []);
    await shot(page, "models zh");
    await page.locator("#models").getByRole("button", { name: "关闭" }).click();
    await page.getByRole("button", { name: "English" }).click();
    await page.locator("#notice").getByText("No video was given").waitFor();
  },
);

test("weights for no commercial use are loaded only after that was agreed to", MODELS, async (page) => {
  await openDialog(page);
  await choose(page, "V-JEPA ViT-L, 224");
  const [file, direct] = [
    page.getByRole("button", { name: "Choose the file…" }),
    page.getByRole("button", { name: "Try to read it from there" }),
  ];
  assert.deepEqual([await file.isDisabled(), await direct.isDisabled()], [true, true]);
  assert.match(await page.locator("#models .licence").innerText(), /CC BY-NC 4\.0.*Not for commercial use/s);
  await page.getByRole("checkbox", { name: "no commercial" }).check();
  assert.deepEqual([await file.isDisabled(), await direct.isDisabled()], [false, false]);
  await choose(page, "V-JEPA ViT-H, 224");
  assert.equal(await file.isDisabled(), true, "another model, agreed to unseen");
});

test("what a host allows decides how a model is got", MODELS, async (page) => {
  await openDialog(page);
  await choose(page, "V-JEPA 2 ViT-L, 256");
  await page.getByRole("button", { name: "Load", exact: true }).waitFor();
  assert.equal(await page.locator("#models .how").isVisible(), false);
  await choose(page, "V-JEPA 2.1 ViT-B, 384");
  assert.match(await page.locator("#models .how").innerText(), /Download vjepa2_1_vitb_dist_vitG_384\.pt \(1\.66 GB\)/);
});

test("precision and frames change what it costs", MODELS, async (page) => {
  await openDialog(page);
  await choose(page, "V-JEPA 2 ViT-L, 256");
  const costs = () => page.locator("#models .costs tbody tr").allInnerTexts();
  const few = await costs();
  await page.getByLabel("Frames a clip").selectOption("64");
  assert.notDeepEqual(await costs(), few);
  const listed = () => page.locator("#models label", { hasText: "V-JEPA 2 ViT-L, 256" }).first().innerText();
  await page.getByLabel("Precision").and(page.locator("#precision")).selectOption("f32");
  assert.match(await listed(), /1\.30 GB/);
  await page.locator("#precision").selectOption("int8");
  assert.match(await listed(), /328\.2 MB/);
});

test("weights dropped on the page are shown before they are loaded", MODELS, async (page) => {
  await drop(page, { name: "vitl16.pth.tar", mimeType: "", buffer: Buffer.from("no weights at all") });
  await page.locator("#models[open]").waitFor();
  assert.equal(await page.locator("#models .details h3").innerText(), "V-JEPA ViT-L, 224");
  assert.equal(
    await page.getByRole("button", { name: "Load", exact: true }).isDisabled(),
    true,
    "its licence was not agreed to",
  );
  await page.getByRole("checkbox", { name: "no commercial" }).check();
  assert.deepEqual(await loaded(page), {
    source: { from: "files", files: ["vitl16.pth.tar"] },
    precision: "auto",
    frames: 0,
  });
});

test("a repository by name, and one that is none", MODELS, async (page) => {
  await openDialog(page);
  const address = page.getByLabel("From a repository or address");
  await address.fill("three/part/name");
  await address.press("Enter");
  assert.match(await page.locator("#models .address .note").innerText(), /neither owner\/name nor an address/);
  await address.fill("someone/their-model");
  await address.press("Enter");
  assert.equal(await page.locator("#models .details h3").innerText(), "someone/their-model");
  assert.deepEqual(await loaded(page), {
    source: { from: "hub", repo: "someone/their-model" },
    precision: "auto",
    frames: 0,
  });
});

test("the dialog by keyboard alone", MODELS, async (page) => {
  await openDialog(page);
  await page.keyboard.press("ArrowDown");
  assert.equal(await page.locator("#models .details h3").innerText(), "V-JEPA 2 ViT-H, 256");
  const wanted = await page.evaluate(() => {
    const controls = [...document.querySelectorAll("#models :is(a[href], button, select, input, summary, [tabindex])")];
    const usable = controls.filter(
      (control) => !control.disabled && control.checkVisibility() && (control.type !== "radio" || control.checked),
    );
    usable.forEach((control, i) => (control.dataset.stop = String(i)));
    return usable.length;
  });
  const reached = new Set();
  for (let i = 0; i < wanted + 8; i++) {
    await page.keyboard.press("Tab");
    const focus = await page.evaluate(() => {
      const { activeElement: element } = document;
      const inside = element.closest("#models");
      return (
        inside && {
          stop: element.dataset.stop,
          shown: getComputedStyle(element).outlineStyle !== "none",
          name: element.outerHTML.slice(0, 100),
        }
      );
    });
    if (!focus) continue; // the browser's own controls
    assert.ok(focus.shown, `no sign of focus on ${focus.name}`);
    reached.add(focus.stop);
  }
  assert.equal([...reached].filter((stop) => stop !== undefined).length, wanted);
  await page.keyboard.press("Escape");
  await page.locator("#models:not([open])").waitFor({ state: "attached" });
});

async function openDialog(page) {
  await page.getByRole("button", { name: "Official checkpoints…" }).click();
  await page.locator("#models[open]").waitFor();
}

/** Chooses a row of the list. */
const choose = (page, title) => page.locator("#models label", { hasText: title }).first().locator("input").check();

/** Presses "Load" and says what was asked for; the app does not hear of it. */
async function loaded(page) {
  await page.evaluate(() => {
    const dialog = document.querySelector("#models");
    window.asked = new Promise((resolve) => {
      const dispatch = dialog.dispatchEvent.bind(dialog);
      dialog.dispatchEvent = (event) => (event.type === "load" ? (resolve(event.detail), true) : dispatch(event));
    });
  });
  await page.getByRole("button", { name: "Load", exact: true }).click();
  return page.evaluate(async () => {
    const { source, ...rest } = await window.asked;
    return { source: source.files ? { ...source, files: source.files.map((file) => file.name) } : source, ...rest };
  });
}
