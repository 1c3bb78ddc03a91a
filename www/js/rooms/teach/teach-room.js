// @ts-check
/**
 * Teach: classes of the reader's own, and what they say of the clip.
 *
 * @typedef {import("../../app/app.js").App} App
 * @typedef {Pick<App, "opened" | "ready" | "lastLook" | "classes">} TeachApp   what this room may ask of the app
 */
import { download, handle } from "../../ui/dom.js";
import { saveButtons } from "../../ui/save-view.js";
import { ClassesView } from "./classes-view.js";

export class TeachRoom {
  needsLooks = true;
  #app;

  /** @param {HTMLElement} root @param {TeachApp} app @param {(work: () => unknown) => void} act */
  constructor(root, app, act) {
    this.#app = app;
    this.view = new ClassesView(root);
    const { classes } = app;
    root.prepend(saveButtons({ name: "vjepa-classes", json: () => classes.report }));
    handle(root, act, {
      teach: (change) => classes.teach(change),
      hold: ({ id }) => classes.hold(id),
      release: () => classes.release(),
      record: ({ id }) => classes.hold(id, true),
      "save-project": async () => this.#download(await classes.save()),
      "load-project": ({ file }) => this.load(file),
      "begin-anew": () => classes.beginAnew(),
      "bring-back": ({ index }) => classes.bringBack(index),
      "save-aside": ({ index }) => this.#download(classes.projects.aside[index].bytes),
      "forget-aside": ({ index }) => classes.projects.forget(index),
    });
  }

  update() {
    const { classes, ready, lastLook } = this.#app;
    const { examples, answer, problem, report, thumbnails, recorder, projects } = classes;
    const { aside, unkept, unkeptWhy } = projects;
    this.view.update({
      ready,
      examples,
      held: recorder.recording,
      answer,
      guesses: lastLook?.guesses ?? [],
      problem,
      report,
      thumbnails,
      aside: aside.map(({ names, clips, why }) => ({ names, clips, why })),
      unkept,
      unkeptWhy,
    });
  }

  /** A project. @param {Blob} file */
  async load(file) {
    return this.#app.classes.load(new Uint8Array(await file.arrayBuffer()));
  }

  /** @param {Uint8Array} bytes */
  #download(bytes) {
    const { name, preset } = this.#app.opened?.model ?? {};
    const model = (name || preset || "model").split("/").at(-1);
    download(new Blob([/** @type {Uint8Array<ArrayBuffer>} */ (bytes)]), `vjepa-${model}.classes.safetensors`);
  }
}
