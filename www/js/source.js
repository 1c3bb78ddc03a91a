// @ts-check
/**
 * Where frames come from: a camera, a video file, the bundled clip, or the engine's own procedural world.
 * A source that cannot be opened leaves the one before it running.
 *
 * @typedef {import("./state.js").SourceName} SourceName
 *
 * @typedef {object} SourceOptions
 * @property {string} [deviceId]   of the camera
 * @property {Blob} [file]         a video or a picture
 * @property {string} [url]        of one, in place of `file`
 *
 * @typedef {object} Sink          who takes the frames
 * @property {() => import("./feed.js").Taker} model
 * @property {(bitmap: ImageBitmap) => void} frame
 * @property {(bitmap: ImageBitmap) => void} still   one picture that is all there is, for a checkpoint
 * @property {(failure: FailureError) => void} ended   the source stopped by itself
 *
 * @typedef {{play: (video: HTMLVideoElement) => void, release: () => void, note?: string, still?: () => Promise<ImageBitmap>}} Media
 *   `play` sets what the element shows; `still`: it is a picture
 */
import { FailureError } from "./errors.js";
import { FRAMES_PER_SECOND, FrameFeed, framesPerSecond } from "./feed.js";

/** Big Buck Bunny, © Blender Foundation, CC BY 3.0, peach.blender.org */
const SAMPLE = new URL("../assets/big_buck_bunny_256.webm", import.meta.url).href;

/** How long a video may take to show its first frame. */
const FIRST_FRAME_MS = 15_000;
/** Above this many pixels decoding alone can be slow. */
const LARGE_PIXELS = 4096 * 2304;
/** A picture is shown no larger. */
const PICTURE_SIDE = 1024;
/** A picture is given to a checkpoint no larger: far above what any takes. */
const STILL_SIDE = 4096;

export class Sources {
  #live;
  #feed;
  #sink;
  /** @type {Media | undefined} */
  #media;

  /** @param {HTMLVideoElement} live  shows camera and video as they are @param {Sink} sink */
  constructor(live, sink) {
    this.#live = live;
    this.#sink = sink;
    this.#feed = new FrameFeed(live, (bitmap) => sink.frame(bitmap), () => sink.model());
    live.addEventListener("error", () => {
      if (this.#media) sink.ended(new FailureError("file-unreadable", "The video broke off: its data is damaged here; choose another one."));
    });
  }

  /**
   * Opens a source, whose frames then wait for `flow`; `world` has none. Throws a FailureError.
   * @param {SourceName} name @param {SourceOptions} options
   * @returns {Promise<string | undefined>} a sentence worth showing
   */
  async use(name, options) {
    const media = await this.#open(name, options);
    this.stop();
    if (!media) return undefined;
    this.#media = media;
    media.play(this.#live);
    this.#live.hidden = false;
    await this.#live.play();
    return media.note;
  }

  /** Lets frames flow to the model there is now: a picture is sent to a checkpoint once, and over and over to others. */
  async flow() {
    const media = this.#media;
    if (!media) return;
    if (!media.still || !this.#sink.model().checkpoint) return this.#feed.start();
    this.#feed.stop();
    const bitmap = await media.still().catch(() => null); // it may be gone by now
    if (!bitmap) return;
    if (media === this.#media && this.#sink.model().checkpoint) this.#sink.still(bitmap);
    else bitmap.close();
  }

  stop() {
    this.#feed.stop();
    const media = this.#media;
    this.#media = undefined;
    this.#live.hidden = true;
    this.#live.srcObject = null;
    this.#live.removeAttribute("src");
    media?.release();
  }

  /** @param {SourceName} name @param {SourceOptions} options @returns {Promise<Media | undefined>} */
  async #open(name, options) {
    switch (name) {
      case "camera": return openCamera(options.deviceId, this.#sink.ended);
      case "file": return openFile(options.url ? await download(options.url) : options.file, this.#sink.model());
      case "sample": return { play: showVideo(SAMPLE), release() {}, note: sentenceFor(await probe(SAMPLE, "The bundled clip"), this.#sink.model()) };
      case "world": return undefined;
    }
  }
}

/** The cameras there are; without permission browsers give no labels. @returns {Promise<{deviceId: string, label: string}[]>} */
export async function listCameras() {
  const devices = (await navigator.mediaDevices?.enumerateDevices().catch(() => [])) ?? [];
  return devices
    .filter((device) => device.kind === "videoinput")
    .map(({ deviceId, label }, index) => ({ deviceId, label: label || `Camera ${index + 1}` }));
}

/** @param {string | undefined} deviceId @param {Sink["ended"]} ended @returns {Promise<Media>} */
async function openCamera(deviceId, ended) {
  if (!navigator.mediaDevices) {
    throw new FailureError("camera-insecure", "Browsers give a camera only to pages served over https or from localhost: open the page that way.");
  }
  const video = { width: { ideal: 640 }, height: { ideal: 480 }, ...(deviceId ? { deviceId: { exact: deviceId } } : {}) };
  const stream = await navigator.mediaDevices.getUserMedia({ video }).catch((error) => {
    throw cameraFailure(error);
  });
  stream.getVideoTracks()[0].addEventListener("ended", () => {
    ended(new FailureError("camera-unplugged", "The camera stopped or was unplugged: plug it in and choose it again."));
  });
  return {
    play: (element) => (element.srcObject = stream),
    release: () => stream.getTracks().forEach((track) => track.stop()),
  };
}

/** @param {{name: string, message: string}} error  as getUserMedia rejects with */
export function cameraFailure(error) {
  switch (error.name) {
    case "NotAllowedError":
    case "SecurityError":
      return new FailureError("camera-refused", "The camera was not allowed: allow it beside the address of the page, then choose it again.");
    case "NotFoundError":
    case "OverconstrainedError":
      return new FailureError("no-camera", "No such camera was found: connect one and choose it again, or use a video file.");
    case "NotReadableError":
    case "AbortError":
      return new FailureError("camera-busy", "The camera is in use by another program: close that one and choose the camera again.");
    default:
      return new FailureError("camera-failed", `The camera could not be opened (${error.message}): try another one, or a video file.`);
  }
}

/** @param {string} url @returns {Promise<File>} */
async function download(url) {
  const response = await fetch(url).catch(() => undefined);
  if (!response?.ok) {
    throw new FailureError("file-unreachable", `${url} could not be fetched: check the address, and that its host lets other pages read it.`);
  }
  return new File([await response.blob()], new URL(url, document.baseURI).pathname.split("/").pop() ?? "");
}

/** @param {Blob | undefined} file @param {import("./feed.js").Taker} model @returns {Promise<Media>} */
async function openFile(file, model) {
  if (!file) throw new FailureError("file-none", "No video was given: choose a file, or drop one on the page.");
  const name = `“${/** @type {File} */ (file).name ?? "The video"}”`;
  if (file.size === 0) throw new FailureError("file-empty", `${name} is empty (0 bytes): choose another video.`);
  if (file.type.startsWith("image/")) return openPicture(file, name);
  const url = URL.createObjectURL(file);
  try {
    const note = sentenceFor(await probe(url, name), model);
    return { play: showVideo(url), release: () => URL.revokeObjectURL(url), note };
  } catch (error) {
    URL.revokeObjectURL(url);
    throw error;
  }
}

/** A picture as a film in which nothing moves. @param {Blob} file @param {string} name @returns {Promise<Media>} */
async function openPicture(file, name) {
  const picture = await createImageBitmap(file).catch(() => {
    throw new FailureError("file-unreadable", `${name} cannot be shown as a picture: it is damaged, or of a format this browser does not know; try a PNG or JPEG.`);
  });
  const scale = Math.min(1, PICTURE_SIDE / Math.max(picture.width, picture.height));
  const canvas = document.createElement("canvas");
  [canvas.width, canvas.height] = [picture.width, picture.height].map((side) => Math.max(1, Math.round(side * scale)));
  const context = canvas.getContext("2d");
  // A stream gives a frame when something is drawn, be it the same.
  const draw = () => context?.drawImage(picture, 0, 0, canvas.width, canvas.height);
  const stream = canvas.captureStream();
  draw();
  const timer = setInterval(draw, 1000 / FRAMES_PER_SECOND / 2);
  return {
    play: (element) => (element.srcObject = stream),
    release: () => {
      clearInterval(timer);
      stream.getTracks().forEach((track) => track.stop());
      picture.close();
    },
    still: () => reduced(picture),
    note: `${name} is a picture: every frame of the clip is the same.`,
  };
}

/** A copy. @param {ImageBitmap} picture */
function reduced(picture) {
  const scale = STILL_SIDE / Math.max(picture.width, picture.height);
  if (scale >= 1) return createImageBitmap(picture);
  const [resizeWidth, resizeHeight] = [picture.width, picture.height].map((side) => Math.max(1, Math.round(side * scale)));
  return createImageBitmap(picture, { resizeWidth, resizeHeight, resizeQuality: "high" });
}

/** @param {string} url @returns {(video: HTMLVideoElement) => void} */
function showVideo(url) {
  return (video) => {
    video.loop = true;
    video.src = url;
  };
}

/**
 * @typedef {{name: string, duration: number, width: number, height: number}} VideoFacts   seconds and pixels
 *
 * Opens a video apart from the page, up to its first frame, so that a bad one disturbs nothing.
 * @param {string} url @param {string} name @returns {Promise<VideoFacts>}
 */
async function probe(url, name) {
  const video = document.createElement("video");
  video.muted = true;
  video.preload = "auto";
  video.src = url;
  try {
    await firstFrame(video);
  } catch {
    throw new FailureError("file-unreadable", `${name} cannot be played as a video: it is damaged, or of a format this browser does not know; try an MP4 or WebM.`);
  }
  const facts = { name, duration: video.duration, width: video.videoWidth, height: video.videoHeight };
  video.removeAttribute("src");
  video.load();
  return checkVideo(facts);
}

/** @param {HTMLVideoElement} video @returns {Promise<void>} */
function firstFrame(video) {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(reject, FIRST_FRAME_MS);
    video.onloadeddata = () => (clearTimeout(timer), resolve());
    video.onerror = () => (clearTimeout(timer), reject());
  });
}

/** Throws a FailureError for a video that no clip can be made of. @param {VideoFacts} facts */
export function checkVideo(facts) {
  const { name, duration, width, height } = facts;
  if (!width || !height) throw new FailureError("file-no-video", `${name} has sound but no picture: choose a file with video.`);
  if (duration * FRAMES_PER_SECOND < 2) {
    throw new FailureError("file-short", `${name} is too short (${duration.toFixed(2)} s): a clip needs at least two frames, ${2 / FRAMES_PER_SECOND} s.`);
  }
  return facts;
}

/** @param {VideoFacts} facts @param {import("./feed.js").Taker} model */
const sentenceFor = (facts, model) => sentence(facts, model.frames, framesPerSecond(model));

/** What a viewer should know about a video that works, if anything. @param {VideoFacts} facts @param {number} frames  a clip @param {number} [fps] @returns {string | undefined} */
export function sentence({ name, duration, width, height }, frames, fps = FRAMES_PER_SECOND) {
  const clip = frames / fps;
  if (duration < clip) return `${name} lasts ${duration.toFixed(1)} s and a clip ${clip.toFixed(1)} s: it is played in a loop.`;
  if (width * height > LARGE_PIXELS) return `${name} is ${width}×${height}: its frames are scaled down, and a smaller video would play more smoothly.`;
  return undefined;
}
