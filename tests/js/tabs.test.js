// @ts-check
/** Rooms as tabs: opened by click, key and address, and one panel at a time. */
import assert from "node:assert/strict";
import test from "node:test";
import { fakePage } from "./support/elements.js";

const site = fakePage();
const { Tabs } = await import("../../www/js/ui/tabs.js");
const NAMES = ["watch", "inside", "train"];

/** Tabs of a page at this address. @param {string} [hash] */
function setUp(hash = "") {
  const listeners = new EventTarget();
  const location = { hash };
  Object.assign(globalThis, {
    location,
    history: { replaceState: (/** @type {any} */ _, /** @type {string} */ __, url = "") => void (location.hash = url) },
    addEventListener: listeners.addEventListener.bind(listeners),
  });
  const root = /** @type {any} */ (site.section());
  const panels = Object.fromEntries(NAMES.map((name) => [name, Object.assign(site.section(), { id: `room-${name}` })]));
  /** @type {string[]} */
  const changes = [];
  const tabs = new Tabs(root, panels, (name) => changes.push(name));
  return {
    tabs,
    root,
    panels,
    changes,
    location,
    buttons: /** @type {any[]} */ (root.children),
    shown: () => NAMES.filter((name) => !panels[name]?.hidden),
    selected: () => NAMES.filter((_, i) => root.children[i].getAttribute("aria-selected") === "true"),
    reachable: () => NAMES.filter((_, i) => root.children[i].tabIndex === 0),
    /** @param {string} key */
    press(key) {
      const event = Object.assign(new Event("keydown", { cancelable: true }), { key });
      root.dispatchEvent(event);
      return event.defaultPrevented;
    },
    /** @param {string} to */
    go(to) {
      location.hash = to;
      listeners.dispatchEvent(new Event("hashchange"));
    },
  };
}

test("the first room is open where the address names none, or one that there is not", () => {
  for (const hash of ["", "#attic"]) {
    const { tabs, shown, selected, reachable, changes } = setUp(hash);
    assert.deepEqual([tabs.opened, shown(), selected(), reachable()], ["watch", ["watch"], ["watch"], ["watch"]]);
    assert.deepEqual(changes, [], "nobody opened it");
  }
  assert.equal(setUp("#train").tabs.opened, "train");
});

test("tabs and panels name each other", () => {
  const { root, buttons, panels } = setUp();
  assert.equal(root.getAttribute("role"), "tablist");
  for (const [i, name] of NAMES.entries()) {
    const [button, panel] = [buttons[i], /** @type {any} */ (panels[name])];
    assert.deepEqual(
      [button.getAttribute("role"), button.getAttribute("id"), button.getAttribute("aria-controls")],
      ["tab", `tab-${name}`, `room-${name}`],
    );
    assert.deepEqual([panel.getAttribute("role"), panel.getAttribute("aria-labelledby")], ["tabpanel", `tab-${name}`]);
  }
});

test("a click opens a room, shows no other, and puts it in the address", () => {
  const { buttons, shown, selected, reachable, changes, location } = setUp();
  buttons[1].click();
  assert.deepEqual([shown(), selected(), reachable(), location.hash], [["inside"], ["inside"], ["inside"], "#inside"]);
  buttons[1].click();
  assert.deepEqual(changes, ["inside"], "once: it was open");
});

test("arrow keys go round, Home and End to the ends, and the focus goes along", () => {
  const { tabs, press, buttons } = setUp();
  /** @type {[string, string][]} */
  const walk = [
    ["ArrowRight", "inside"],
    ["ArrowRight", "train"],
    ["ArrowRight", "watch"],
    ["ArrowLeft", "train"],
    ["Home", "watch"],
    ["End", "train"],
  ];
  for (const [key, name] of walk) {
    assert.equal(press(key), true, `${key} scrolls nothing`);
    assert.equal(tabs.opened, name, key);
    assert.equal(document.activeElement, buttons[NAMES.indexOf(name)]);
  }
  assert.equal(press("a"), false, "other keys are left alone");
  assert.equal(tabs.opened, "train");
});

test("the address opens a room, and one that it does not name stays", () => {
  const { tabs, go, changes } = setUp();
  go("#train");
  assert.equal(tabs.opened, "train");
  go("#stage");
  go("");
  assert.deepEqual([tabs.opened, changes], ["train", ["train"]]);
  tabs.open("attic");
  assert.equal(tabs.opened, "train");
});
