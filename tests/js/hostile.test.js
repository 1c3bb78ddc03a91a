// @ts-check
/** Hostile files through the page's readers; `make fuzz-js` tries many more. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { Runs } from "../../www/js/rooms/train/runs.js";
import { checksum, unseal } from "../../www/js/storage/sealed-record.js";
import { parseAddress } from "../../www/js/weights/address.js";
import { readAnswer } from "../../www/js/weights/response.js";
import { Choices } from "./support/choices.js";
import { READERS } from "./support/hostile.js";

for (const [name, read] of Object.entries(READERS)) {
  test(`no hostile file is too much for the reader of ${name}`, async () => {
    for (let seed = 0; seed < 300; seed++) await read(new Choices(seed));
  });
}

test("a sealed record is an object with a serial number that can be counted on", () => {
  const sealed = (/** @type {string} */ text, serial = "3") =>
    `kept 1 ${serial} ${checksum(`${serial} ${text}`)}\n${text}`;
  assert.deepEqual(unseal(sealed('{"a":1}')), { value: { a: 1 }, serial: 3 });
  for (const text of ["null", "7", '"text"', "{", "", "undefined"]) assert.equal(unseal(sealed(text)), null, text);
  assert.equal(unseal(sealed("{}", "9".repeat(400))), null);
});

test("addresses that no browser fetches are refused at once", () => {
  for (const text of ["https://me:secret@example.org/m.pt", "https://me@example.org/", "owner/name@\ud800"])
    assert.throws(() => parseAddress(text), { code: "bad-address" }, text);
});

test("a length that is no number is no length", () => {
  for (const length of ["", "x", "1e3", "-1", "0x10", "1.5", "9".repeat(30)]) {
    const headers = new Headers({ "content-length": length });
    const response = /** @type {any} */ ({ status: 200, headers });
    const known = { size: null, etag: null, modified: null };
    const { size, to } = readAnswer(response, 0, known, { name: "m", host: "h" });
    assert.deepEqual([size, to], [null, null], length);
  }
});

test("health at no step is no health of a run", () => {
  const run = { id: "a", name: "Run 1", colour: 0, hidden: false, firstStep: 0, losses: [1], marks: [] };
  for (const step of ["x", null, -1, 1.5]) {
    const runs = new Runs();
    runs.adopt(JSON.stringify({ runs: [{ ...run, vitals: [[step, 1, 2]] }] }), 1);
    assert.deepEqual(runs.current.vitals, [], String(step));
  }
});
