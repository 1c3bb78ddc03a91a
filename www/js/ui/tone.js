// @ts-check
/** A short, soft tone. */

const SECONDS = 0.35;
const LOUDNESS = 0.08;
const HERTZ = 520;

export class Tone {
  /** @type {AudioContext | null} */
  #context = null;

  /** Browsers let a page be heard only after somebody pressed something: call it then. */
  async allow() {
    this.#context ??= new AudioContext();
    await this.#context.resume();
  }

  play() {
    const context = this.#context;
    if (!context) return;
    const now = context.currentTime;
    const [source, gain] = [context.createOscillator(), context.createGain()];
    source.frequency.setValueAtTime(HERTZ, now);
    gain.gain.setValueAtTime(0, now);
    gain.gain.linearRampToValueAtTime(LOUDNESS, now + 0.03);
    gain.gain.exponentialRampToValueAtTime(1e-4, now + SECONDS);
    source.connect(gain).connect(context.destination);
    source.start(now);
    source.stop(now + SECONDS);
  }
}
