import type { Reading, VjepaSurprise } from "./types/element/vjepa-surprise.js";

export { VjepaSurprise } from "./types/element/vjepa-surprise.js";
export type { Failure, Reading } from "./types/element/vjepa-surprise.js";

declare global {
  interface HTMLElementTagNameMap {
    "vjepa-surprise": VjepaSurprise;
  }
  interface HTMLElementEventMap {
    surprise: CustomEvent<Reading>;
    alarm: CustomEvent<Reading>;
  }
}
