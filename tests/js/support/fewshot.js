// @ts-check
/** Taught classes without features: a fake engine that keeps them by name, with undo, and knows its own projects. */

/** @param {string} code @param {string} message */
const refused = (code, message) => Object.assign(new Error(message), { code });

class FakeExamples {
  /** @type {{classes: {id: number, name: string}[], examples: {id: number, class: number}[]}} */
  now = { classes: [], examples: [] };
  /** @type {any[]} */
  undo = [];
  /** @type {any[]} */
  redo = [];
  next = 1;
  most = 100;

  /** @param {(draft: any) => void} change */
  commit(change) {
    this.undo.push(structuredClone(this.now));
    this.redo = [];
    change(this.now);
  }

  /** @param {any[]} from @param {any[]} to */
  step(from, to) {
    if (!from.length) return false;
    to.push(this.now);
    this.now = from.pop();
    return true;
  }

  /** @param {number} id */
  known(id) {
    if (!this.now.classes.some((each) => each.id === id))
      throw refused("no-class", `There is no class ${id}: choose one of the list.`);
  }

  /** @param {string} name */
  proper(name) {
    if (!name.trim()) throw refused("bad-name", "A class needs a name of 1 to 60 characters: give it another one.");
    if (this.now.classes.some((each) => each.name === name))
      throw refused("bad-name", `There is a class "${name}" already: choose another name.`);
    return name.trim();
  }

  taught() {
    const taught = this.now.classes.filter(({ id }) => this.now.examples.some((example) => example.class === id));
    if (taught.length < 2) throw refused("untaught", "Record clips of at least two classes first.");
  }
}

/** What `FakeEngine` gets of it; `this.model.preset` is which model it is. */
export const fewshot = {
  /** @this {any} @returns {FakeExamples} */
  taught() {
    return (this.examplesHeld ??= new FakeExamples());
  },
  /** @this {any} */
  examples() {
    const { now, undo, redo, most } = this.taught();
    return JSON.stringify({
      ...now,
      usage: { clips: now.examples.length, bytes: 0, budget: 1, most },
      undo: undo.length,
      redo: redo.length,
    });
  },
  /** @this {any} @param {number} example */
  thumbnail(example) {
    if (!this.taught().now.examples.some((/** @type {any} */ each) => each.id === example))
      throw refused("no-example", `There is no example ${example}.`);
    return new Uint8Array(24 * 24 * 4).fill(example);
  },
  /** @this {any} @param {string} name */
  addClass(name) {
    const held = this.taught();
    const proper = held.proper(name);
    held.commit((/** @type {any} */ now) => now.classes.push({ id: held.next++, name: proper }));
  },
  /** @this {any} @param {number} id @param {string} name */
  renameClass(id, name) {
    const held = this.taught();
    held.known(id);
    const proper = held.proper(name);
    held.commit(
      (/** @type {any} */ now) => (now.classes.find((/** @type {any} */ each) => each.id === id).name = proper),
    );
  },
  /** @this {any} @param {number} id */
  removeClass(id) {
    const held = this.taught();
    held.known(id);
    held.commit((/** @type {any} */ now) => {
      now.classes = now.classes.filter((/** @type {any} */ each) => each.id !== id);
      now.examples = now.examples.filter((/** @type {any} */ each) => each.class !== id);
    });
  },
  /** @this {any} @param {number} id */
  removeExample(id) {
    const held = this.taught();
    held.commit(
      (/** @type {any} */ now) => (now.examples = now.examples.filter((/** @type {any} */ each) => each.id !== id)),
    );
  },
  /** @this {any} */
  undoExamples() {
    return this.taught().step(this.taught().undo, this.taught().redo);
  },
  /** @this {any} */
  redoExamples() {
    return this.taught().step(this.taught().redo, this.taught().undo);
  },
  /** @this {any} @param {number} id */
  async addExample(id) {
    const held = this.taught();
    held.known(id);
    if (held.now.examples.length >= held.most)
      throw refused("examples-full", `${held.most} clips fill the 64 MB that examples may take: remove some.`);
    held.commit((/** @type {any} */ now) => now.examples.push({ id: held.next++, class: id }));
  },
  /** @this {any} */
  async classify() {
    const held = this.taught();
    held.taught();
    const { classes, examples } = held.now;
    const guesses = classes.map(({ id, name }, i) => ({
      class: id,
      name,
      share: i ? 0.1 : 1 - 0.1 * (classes.length - 1),
    }));
    return JSON.stringify({
      ridge: guesses,
      knn: guesses,
      nearest: [{ example: examples[0].id, class: examples[0].class, similarity: 0.9 }],
      drift: 0,
    });
  },
  /** @this {any} */
  fewshotReport() {
    const held = this.taught();
    held.taught();
    const { classes, examples } = held.now;
    const counts = classes.map(({ id }) => examples.filter((example) => example.class === id).length);
    const score = {
      accuracy: { n: examples.length, value: 1, low: 0.8, high: 1 },
      balanced: 1,
      confidence: 0.9,
      confusion: counts.map((count, i) => counts.map((_, j) => (i === j ? count : 0))),
    };
    return JSON.stringify({ classes, counts, ridge: score, knn: score });
  },
  /** @this {any} */
  async saveProject() {
    return new TextEncoder().encode(JSON.stringify({ model: this.model.preset, ...this.taught().now }));
  },
  /** @this {any} @param {Uint8Array} bytes */
  async loadProject(bytes) {
    /** @type {any} */
    let project;
    try {
      project = JSON.parse(new TextDecoder().decode(bytes));
    } catch {
      throw refused("bad-project", "This is no project file (no header): choose one that was saved here.");
    }
    const ours = this.model.preset;
    if (project.model !== ours)
      throw refused(
        "other-model",
        `These clips were seen by ${project.model}, and this is ${ours}: load that model first.`,
      );
    const held = (this.examplesHeld = new FakeExamples());
    const renumbered = new Map(project.classes.map((/** @type {any} */ each) => [each.id, held.next++]));
    held.now.classes = project.classes.map((/** @type {any} */ each) => ({ ...each, id: renumbered.get(each.id) }));
    held.now.examples = project.examples.map((/** @type {any} */ each) => ({
      id: held.next++,
      class: renumbered.get(each.class),
    }));
    return 0.01;
  },
};
