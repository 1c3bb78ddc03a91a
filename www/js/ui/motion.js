// @ts-check
/** What moves for a visitor who wants less motion: nothing plays by itself, and what is live is a still a second. */

/** How long a still stays for them, in milliseconds. */
export const STILL_MS = 1000;

/** This visitor wants less motion. */
export const lessMotion = () => matchMedia("(prefers-reduced-motion: reduce)").matches;
