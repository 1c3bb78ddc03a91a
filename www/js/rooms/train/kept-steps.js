// @ts-check
/** Steps at which the model is kept: 0, 10, 20, 50, 100, 200, 500 and so on, for most happens early. */

const FIRST = 10;
const STAIRS = [1, 2, 5];

/** @param {number} step @returns {number} the next one after it */
export function nextMoment(step) {
  for (let scale = FIRST; ; scale *= 10) {
    for (const stair of STAIRS) if (stair * scale > step) return stair * scale;
  }
}

/** @param {number} step */
export const isMoment = (step) => step === 0 || (step >= FIRST && nextMoment(step - 1) === step);
