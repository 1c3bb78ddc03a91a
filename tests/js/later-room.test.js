// @ts-check
/** A room that is fetched when it is first needed. */
import assert from "node:assert/strict";
import test from "node:test";
import { LaterRoom } from "../../www/js/app/later-room.js";

/** A room that counts what is asked of it, whose modules arrive when the test says so; and what was told. */
function made() {
  const said = /** @type {string[]} */ ([]);
  const room = { needsLooks: true, update: () => said.push("update"), leave: () => said.push("leave") };
  /** @type {{resolve: (value: typeof room) => void, reject: (error: Error) => void}[]} */
  const asked = [];
  const later = new LaterRoom(() => new Promise((resolve, reject) => asked.push({ resolve, reject })), {
    act: (work) => void Promise.resolve(work()).catch((error) => said.push(error.message)),
    arrived: () => said.push("arrived"),
  });
  return { later, room, said, asked };
}
const settled = () => new Promise((resolve) => setTimeout(resolve));

test("it is fetched once, however often it is wanted, and then does as it is told", async () => {
  const { later, room, said, asked } = made();
  later.update();
  later.update();
  const [first, second] = [later.room(), later.room()];
  await settled();
  assert.deepEqual(
    [asked.length, later.loaded, later.now(), later.needsLooks, said],
    [1, undefined, undefined, false, []],
  );
  asked[0]?.resolve(room);
  assert.deepEqual([await first, await second], [room, room]);
  assert.deepEqual([later.now(), later.needsLooks, said.splice(0)], [room, true, ["arrived"]]);
  later.update();
  later.leave();
  assert.deepEqual([said, asked.length], [["update", "leave"], 1]);
});

test("one that can't be fetched says so once, and is asked for anew when it is opened again", async () => {
  const { later, room, said, asked } = made();
  later.update();
  await settled();
  asked[0]?.reject(new Error("offline"));
  await settled();
  later.update();
  await settled();
  const sentence = "This part of the page could not be fetched (offline): check the connection, then open it again.";
  assert.deepEqual([said.splice(0), asked.length], [[sentence], 1]);
  later.leave();
  later.update();
  await settled();
  asked[1]?.reject(new Error("still"));
  await settled();
  assert.equal(said.splice(0).length, 1);
  const opened = later.room(); // a deed of its own
  await settled();
  asked[2]?.resolve(room);
  assert.equal(await opened, room);
  assert.deepEqual(said, ["arrived"]);
});
