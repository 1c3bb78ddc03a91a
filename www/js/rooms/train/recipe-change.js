// @ts-check
/**
 * A recipe with some of its terms changed, and what the charts say of that.
 *
 * @typedef {import("../../engine/protocol.js").Recipe} Recipe
 * @typedef {import("../../engine/protocol.js").Scenes} Scenes
 *
 * @typedef {object} Terms             what is left out stays
 * @property {number} [future]         share of steps that ask for the future, 0..1
 * @property {number} [batch]
 * @property {Partial<Recipe["optimiser"]>} [optimiser]
 * @property {number} [predictorMomentum]
 * @property {number} [hiddenWeight]
 * @property {number} [changeWeight]
 * @property {Partial<Scenes>} [scenes]
 * @property {Partial<import("../../engine/protocol.js").Schedule>} [schedule]
 * @property {Partial<import("../../engine/protocol.js").Regulariser>} [regulariser]
 * @property {Partial<import("../../engine/protocol.js").ActionRecipe>} [actions]
 */

/** @typedef {Exclude<keyof Scenes, "late">} SceneShare */
/** What a share of scenes is called in the charts' marks. @type {Record<SceneShare, string>} */
export const SCENES = {
  occluder: "scenes with a pillar",
  solid: "scenes with a block",
  gravity: "scenes with gravity",
  passing: "scenes of passing behind a pillar",
  narrow: "narrowest pillars",
};
/** @type {Record<"none"|"vicreg"|"sigreg", string>} */
export const REGULARISERS = { none: "no regulariser", vicreg: "VICReg", sigreg: "SIGReg" };

/** @param {Recipe} recipe @param {Terms} terms @returns {Recipe} */
export function changed(recipe, { future, optimiser, scenes, schedule, regulariser, actions, ...flat }) {
  return /** @type {Recipe} */ ({
    ...recipe,
    ...flat,
    masks: { ...recipe.masks, ...(future !== undefined && { future }) },
    schedule: { ...recipe.schedule, ...schedule },
    ...(optimiser && { optimiser: { ...recipe.optimiser, ...optimiser } }),
    ...(scenes && { scenes: { ...recipe.scenes, ...scenes } }),
    ...(regulariser && { regulariser: { ...recipe.regulariser, ...regulariser } }),
    ...(actions && recipe.actions && { actions: { ...recipe.actions, ...actions } }),
  });
}

/** @param {number} share */
const percent = (share) => `${Math.round(share * 100)} %`;

/** @type {Record<"rollOut"|"masked"|"inverse"|"similarity"|"reflex"|"distance", string>} */
const ACTIONS = {
  rollOut: "frames of roll-out",
  masked: "weight of masked clips",
  inverse: "weight of inverse dynamics",
  similarity: "weight of similarity in time",
  reflex: "weight of the reflex",
  distance: "weight of the temporal distance",
};

/** @param {Terms} terms @returns {string[]} */
export function marksOf({ actions, ...terms }) {
  const { future, batch, optimiser, predictorMomentum, hiddenWeight, changeWeight } = terms;
  const { scenes, schedule, regulariser } = terms;
  const marks = [];
  for (const [term, name] of /** @type {[keyof typeof ACTIONS, string][]} */ (Object.entries(ACTIONS)))
    if (actions?.[term] !== undefined) marks.push(`${name} ${actions[term]}`);
  if (actions?.encoder !== undefined)
    marks.push(actions.encoder ? "encoder learns from actions" : "encoder does not learn from actions");
  if (actions?.imaginedStates !== undefined)
    marks.push(actions.imaginedStates ? "roll-outs with imagined states" : "roll-outs with true states");
  if (future !== undefined)
    marks.push(future === 0 ? "blocks hidden" : future === 1 ? "future hidden" : `future hidden in ${percent(future)}`);
  if (batch !== undefined) marks.push(`batch ${batch}`);
  if (optimiser?.muon !== undefined) marks.push(optimiser.muon ? "Muon" : "AdamW");
  if (optimiser?.beta2 !== undefined) marks.push(`second beta ${optimiser.beta2}`);
  if (predictorMomentum !== undefined) marks.push(`predictor's average ${predictorMomentum}`);
  if (hiddenWeight !== undefined) marks.push(`weight of hidden tokens ${hiddenWeight}`);
  if (changeWeight !== undefined) marks.push(`weight of change ${changeWeight}`);
  for (const [kind, name] of /** @type {[SceneShare, string][]} */ (Object.entries(SCENES))) {
    const share = scenes?.[kind];
    if (share !== undefined) marks.push(share === null ? `${name} as the world has them` : `${name} ${percent(share)}`);
  }
  if (scenes?.late !== undefined) marks.push(`later starts, ${scenes.late} frames`);
  if (schedule?.decay !== undefined) marks.push(`rate: ${schedule.decay}`);
  if (schedule?.horizon !== undefined) marks.push(`planned ${schedule.horizon} steps`);
  if (schedule?.learningRateFinal !== undefined) marks.push(`last learning rate ${schedule.learningRateFinal}`);
  if (regulariser?.kind !== undefined) marks.push(REGULARISERS[regulariser.kind]);
  if (regulariser?.weight !== undefined) marks.push(`regulariser's weight ${regulariser.weight}`);
  return marks;
}
