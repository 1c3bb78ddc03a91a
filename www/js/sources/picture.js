// @ts-check
/**
 * Pictures as videos: a still one as a film in which nothing moves, an animated one (GIF, WebP, PNG) as it plays.
 *
 * @typedef {import("./sources.js").Media} Media
 */
import { message } from "../base/messages.js";
import { FailureError } from "../base/errors.js";
import { FRAMES_PER_SECOND } from "./feed.js";
import { moves } from "./file-type.js";

/** A picture is shown no larger. */
const PICTURE_SIDE = 1024;
/** A picture is given to a checkpoint no larger: far above what any takes. */
const STILL_SIDE = 4096;
/** How long a frame of an animation is shown that says nothing, or nearly nothing, of it, in milliseconds: as browsers do. */
const FRAME_MS = 100;
const LEAST_FRAME_MS = 11;

/** @param {Blob} file @param {string} name @param {string} type  of a picture, by its bytes @returns {Promise<Media>} */
export async function openPicture(file, name, type) {
  const bytes = new Uint8Array(await file.arrayBuffer());
  const animated = moves(bytes, type);
  const decoder = animated ? await decoderOf(bytes, type) : null;
  if (decoder) return animation(decoder, name);
  const picture = await createImageBitmap(file.slice(0, file.size, type)).catch(() => {
    throw new FailureError(
      "file-unreadable.picture",
      "{name} cannot be shown as a picture: it is damaged, or of a format this browser does not know; try a PNG or JPEG.",
      { name },
    );
  });
  const film = new Film(picture.width, picture.height);
  film.show(picture);
  return {
    play: (element) => (element.srcObject = film.stream),
    release: () => {
      film.stop();
      picture.close();
    },
    still: () => reduced(picture),
    note: animated
      ? message(
          "note.first-frame",
          "{name} is animated, but this browser shows only its first frame: every frame of the clip is the same.",
          { name },
        )
      : message("note.picture", "{name} is a picture: every frame of the clip is the same.", { name }),
  };
}

/** Decodes the frames of an animation; null where the browser can't, or there is only one. @param {Uint8Array<ArrayBuffer>} data @param {string} type */
async function decoderOf(data, type) {
  if (!("ImageDecoder" in globalThis) || !(await ImageDecoder.isTypeSupported(type))) return null;
  const decoder = new ImageDecoder({ data, type });
  try {
    await decoder.completed;
    (await decoder.decode({ frameIndex: 0 })).image.close();
    if ((decoder.tracks.selectedTrack?.frameCount ?? 1) > 1) return decoder;
  } catch {
    // As a still picture it will be refused in a sentence, or shown.
  }
  decoder.close();
  return null;
}

/** @param {ImageDecoder} decoder @param {string} name @returns {Promise<Media>} */
async function animation(decoder, name) {
  const frames = decoder.tracks.selectedTrack?.frameCount ?? 1;
  const { image } = await decoder.decode({ frameIndex: 0 });
  const film = new Film(image.displayWidth, image.displayHeight);
  image.close();
  const playing = new AbortController();
  playFrames((frameIndex) => decoder.decode({ frameIndex }).then(({ image }) => image), frames, film, playing.signal);
  return {
    play: (element) => (element.srcObject = film.stream),
    release: () => {
      playing.abort();
      film.stop();
      decoder.close();
    },
    note: message("note.animation", "{name} is an animated picture of {frames} frames: it is played in a loop.", {
      name,
      frames,
    }),
  };
}

/**
 * Shows one frame after the other, each for as long as it says, until it is aborted; late ones are made up for.
 * @param {(index: number) => Promise<VideoFrame>} decode @param {number} frames @param {{show: (frame: VideoFrame) => void}} film
 * @param {AbortSignal} signal @param {() => number} [now]  milliseconds
 */
export async function playFrames(decode, frames, film, signal, now = () => performance.now()) {
  /** @type {VideoFrame | undefined} */
  let shown;
  let due = now();
  for (let index = 0; frames > 0 && !signal.aborted;) {
    const frame = await decode(index).catch(() => null);
    if (!frame) {
      frames = index; // the rest is damaged: what comes before it is played
      index = 0;
      continue;
    }
    const wait = due - now();
    if (wait < -FRAME_MS * 10) due = now();
    if (wait > 0) await new Promise((resolve) => setTimeout(resolve, wait));
    if (signal.aborted) frame.close();
    else {
      film.show(frame);
      shown?.close();
      shown = frame;
    }
    due += frameMs(frame.duration);
    index = (index + 1) % frames;
  }
  shown?.close();
}

/** @param {number | null} duration  microseconds */
function frameMs(duration) {
  const ms = (duration ?? 0) / 1000;
  return ms < LEAST_FRAME_MS ? FRAME_MS : ms;
}

/** A stream of what is shown. */
class Film {
  #canvas = document.createElement("canvas");
  #context;
  /** @type {ImageBitmap | VideoFrame | undefined} */
  #shown;
  #timer;

  /** @param {number} width @param {number} height  of the picture, in pixels */
  constructor(width, height) {
    const scale = Math.min(1, PICTURE_SIDE / Math.max(width, height));
    [this.#canvas.width, this.#canvas.height] = [width, height].map((side) => Math.max(1, Math.round(side * scale)));
    this.#context = this.#canvas.getContext("2d");
    // What is half transparent stays so, however often it is drawn.
    if (this.#context) this.#context.globalCompositeOperation = "copy";
    this.stream = this.#canvas.captureStream();
    // A stream gives a frame when something is drawn, be it the same.
    this.#timer = setInterval(() => this.#draw(), 1000 / FRAMES_PER_SECOND / 2);
  }

  /** It stays open until another is shown, or this ends. @param {ImageBitmap | VideoFrame} picture */
  show(picture) {
    this.#shown = picture;
    this.#draw();
  }

  stop() {
    clearInterval(this.#timer);
    this.#shown = undefined;
    this.stream.getTracks().forEach((track) => track.stop());
  }

  #draw() {
    const { width, height } = this.#canvas;
    if (this.#shown) this.#context?.drawImage(this.#shown, 0, 0, width, height);
  }
}

/** A copy. @param {ImageBitmap} picture */
function reduced(picture) {
  const scale = STILL_SIDE / Math.max(picture.width, picture.height);
  if (scale >= 1) return createImageBitmap(picture);
  const [resizeWidth, resizeHeight] = [picture.width, picture.height].map((side) =>
    Math.max(1, Math.round(side * scale)),
  );
  return createImageBitmap(picture, { resizeWidth, resizeHeight, resizeQuality: "high" });
}
