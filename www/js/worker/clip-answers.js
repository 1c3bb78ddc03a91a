// @ts-check
/**
 * What an engine is asked about the clip in its ring beyond a look: is it surprising, what would it be like, what is it
 * called. The host's side of `client.js`.
 *
 * @typedef {import("../engine/protocol.js").Request} Request
 * @typedef {import("../engine/protocol.js").WasmEngine} WasmEngine
 *
 * @typedef {object} Asked
 * @property {WasmEngine} engine
 * @property {(frames: number) => void} advance    moves a world on
 * @property {<T>(work: () => Promise<T>) => Promise<T>} guard   for calls that the engine's end must end
 * @property {(bitmap: ImageBitmap) => import("./frame-history.js").Picture} picture
 */

/** @param {Request} request @param {Asked} asked @returns {any} the value of `Results[request.type]`, or a promise of it */
export function answer(request, { engine, advance, guard, picture }) {
  switch (request.type) {
    case "surprise":
      advance(request.advance);
      return guard(() => engine.surprise(request.past, request.horizon, request.share));
    case "break-law":
      return (engine.breakLaw(JSON.stringify(request.violation)), null);
    case "surprise-of":
      return guard(() => engine.surpriseOf(request.clips, request.count));
    case "alarm":
      if (request.reset) engine.resetSurprise();
      if (request.threshold !== undefined) engine.setAlarm(request.threshold);
      if (request.refute !== undefined) engine.refuteAlarm(request.refute, request.isFalse ?? true);
      return JSON.parse(engine.alarm());
    case "imagine":
      return guard(() => engine.imagine(request.tokens));
    case "roll":
      return guard(() => engine.roll(request.past, request.steps));
    case "action-energies": {
      const [start, goal] = [picture(request.start), picture(request.goal)];
      const sizes = [start, goal].map(({ width, height }) => [width, height]);
      const wish = JSON.stringify({ ...request.wish, sizes });
      return guard(() => engine.actionEnergies(start.rgba, goal.rgba, wish));
    }
    case "adapt":
      return guard(() => engine.adapt(request.steps, request.rate)).then(JSON.parse);
    case "undo-adaptation":
      return (engine.undoAdaptation(), null);
    case "examples":
      return JSON.parse(engine.examples());
    case "thumbnail":
      return engine.thumbnail(request.example);
    case "teach":
      return (change(engine, request.change), JSON.parse(engine.examples()));
    case "add-example":
      return guard(() => engine.addExample(request.class)).then(() => JSON.parse(engine.examples()));
    case "classify":
      return guard(() => engine.classify()).then(JSON.parse);
    case "fewshot-report":
      return JSON.parse(engine.fewshotReport());
    case "save-project":
      return guard(() => engine.saveProject());
    case "load-project":
      return guard(() => engine.loadProject(request.bytes)).then((drift) => ({
        drift,
        examples: JSON.parse(engine.examples()),
      }));
  }
}

/** @param {WasmEngine} engine @param {import("../engine/protocol.js").Teaching} change */
function change(engine, change) {
  switch (change.do) {
    case "add-class":
      return engine.addClass(change.name);
    case "rename-class":
      return engine.renameClass(change.class, change.name);
    case "remove-class":
      return engine.removeClass(change.class);
    case "remove-example":
      return engine.removeExample(change.example);
    case "undo":
      return engine.undoExamples();
    case "redo":
      return engine.redoExamples();
  }
}
