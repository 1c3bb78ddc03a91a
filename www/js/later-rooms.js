// @ts-check
/**
 * The rooms that a visitor opens rather than finds open, what one of them shows, and the tour: one file of the built page,
 * fetched with the first of them.
 */
import {
  CATALOGUE,
  called,
  choosePrecision,
  fits,
  framesOf,
  memoryNeeded,
  recognised,
  released,
  sourceNamed,
  weightBytes,
} from "./catalogue/catalogue.js";

export { ActRoom } from "./rooms/act/act-room.js";
export { InsideRoom } from "./rooms/inside/inside-room.js";
export { ModelsRoom } from "./rooms/models/models-room.js";
export { PlayRoom } from "./rooms/play/play-room.js";
export { TeachRoom } from "./rooms/teach/teach-room.js";
export { TrainRoom } from "./rooms/train/train-room.js";
export { TourView } from "./tour/tour-view.js";
export { Tour } from "./tour/tour.js";
export { trial } from "./tour/trial-training.js";

/** What the models' room shows of the catalogue: name by name, for a module as an object takes one more file of the built page. */
export const catalogue = {
  CATALOGUE,
  called,
  choosePrecision,
  fits,
  framesOf,
  memoryNeeded,
  recognised,
  released,
  sourceNamed,
  weightBytes,
};
