// @ts-check
import assert from "node:assert/strict";
import test from "node:test";
import {
  SETTINGS,
  checkMask,
  checked,
  initialSettings,
  readSettings,
  withMask,
  writeSettings,
} from "../../www/js/settings/settings.js";

test("an empty address gives the initial settings", () => {
  assert.deepEqual(readSettings(""), { settings: initialSettings(), problems: [] });
});

test("what is written is read back, for every setting at another than its initial value", () => {
  const settings = {
    device: "webgpu",
    preset: "vit_l",
    start: "scratch",
    family: "vjepa1",
    source: "camera",
    seed: 4294967295,
    mask: "future",
    model: "https://example.com/a b.pt?x=1&y=2",
    precision: "int8",
    frames: 64,
    workers: 2,
    lang: "zh",
  };
  assert.deepEqual(Object.keys(settings).sort(), Object.keys(SETTINGS).sort());
  for (const [name, value] of Object.entries(settings))
    assert.notEqual(value, /** @type {any} */ (initialSettings())[name]);
  assert.deepEqual(readSettings(writeSettings(/** @type {any} */ (settings))), { settings, problems: [] });
});

for (const [search, name] of [
  ["?device=gpu", "device"],
  ["?device=", "device"],
  ["?preset=../x", "preset"],
  ["?start=maybe", "start"],
  ["?family=ijepa", "family"],
  ["?source=disk", "source"],
  ["?seed=-1", "seed"],
  ["?seed=1.5", "seed"],
  ["?seed=4294967296", "seed"],
  ["?mask=no%20mask", "mask"],
  ["?model=vjepa9", "model"],
  ["?model=a/b/c", "model"],
  ["?model=file:///x.pt", "model"],
  ["?precision=f64", "precision"],
  ["?frames=15", "frames"],
  ["?workers=65", "workers"],
  ["?workers=-1", "workers"],
  ["?frames=66", "frames"],
  ["?frames=-2", "frames"],
  ["?lang=fr", "lang"],
]) {
  test(`${search} is named once, and the rest is kept`, () => {
    const { settings, problems } = readSettings(`${search}&${name === "seed" ? "device=cpu" : "seed=7"}`);
    const expected = { ...initialSettings(), ...(name === "seed" ? { device: "cpu" } : { seed: 7 }) };
    assert.deepEqual(settings, expected);
    assert.equal(problems.length, 1);
    assert.match(problems[0]?.message ?? "", new RegExp(`setting ${name} .*is used\\.$`));
  });
}

test("a mask is one that the engine has, and another one is named", () => {
  const { settings, problems } = readSettings("?mask=half&seed=7");
  assert.deepEqual([settings.mask, problems], ["half", []], "the engine is not there yet");
  const masks = ["long", "half"];
  assert.deepEqual([withMask(settings, masks, problems), problems], [settings, []]);
  const other = withMask(settings, ["long", "future"], problems);
  assert.deepEqual(other, { ...settings, mask: "long" });
  assert.deepEqual(
    problems.map(({ message }) => message),
    ["The setting mask cannot be “half”: it takes long or future; long is used."],
  );
  checkMask("half", masks);
  assert.throws(() => checkMask("short", masks), {
    code: "bad-setting",
    message: "The setting mask cannot be “short”: it takes long or half.",
  });
});

test("an address that names a preset means random weights, unless it says otherwise", () => {
  for (const [search, start] of [
    ["?preset=nano", "scratch"],
    ["?preset=learner&device=cpu", "scratch"],
    ["?family=vjepa1", "scratch"],
    ["?preset=nano&start=maybe", "scratch"],
    ["?start=shipped&preset=learner", "shipped"],
    ["?preset=learner&start=shipped", "shipped"],
    ["", "shipped"],
    ["?device=cpu&source=sample&seed=3", "shipped"],
    ["?preset=../x", "shipped"],
  ]) {
    assert.equal(readSettings(search).settings.start, start, search);
  }
  assert.deepEqual([initialSettings().preset, initialSettings().family], ["learner", "vjepa2"]);
});

test("a model is named by the catalogue, a repository or an address", () => {
  for (const model of ["", "vjepa21-vitb-384", "owner/name", "https://example.com/weights.safetensors"]) {
    const { settings, problems } = readSettings(`?${new URLSearchParams({ model })}`);
    assert.deepEqual([settings.model, problems], [model, []]);
  }
});

for (const name of ["colour", "toString", "__proto__"]) {
  test(`the unknown setting ${name} is named and ignored`, () => {
    const { settings, problems } = readSettings(`?${name}=1`);
    assert.deepEqual(settings, initialSettings());
    assert.equal(problems.length, 1);
    assert.match(problems[0]?.message ?? "", new RegExp(`“${name}” is not a setting.*ignored\\.$`));
  });
}

test("a bad option is refused with a code", () => {
  assert.throws(() => checked({ seed: "many" }), { code: "bad-setting", message: /seed/ });
  assert.deepEqual(checked({ seed: 3 }), { seed: 3 });
});
