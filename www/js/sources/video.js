// @ts-check
/**
 * Files as sources: fetched if need be, told apart by their bytes, and opened up to the first frame, apart from the page.
 *
 * @typedef {import("./sources.js").Media} Media
 * @typedef {import("../base/messages.js").Message} Message
 * @typedef {import("../base/messages.js").Text} Text
 * @typedef {{name: Text, duration: number, width: number, height: number}} VideoFacts   seconds and pixels
 */
import { whyRefused } from "../base/content-policy.js";
import { message } from "../base/messages.js";
import { FailureError } from "../base/errors.js";
import { notAllowed, placeOf } from "../weights/weight-errors.js";
import { FRAMES_PER_SECOND, framesPerSecond } from "./feed.js";
import { openPicture } from "./picture.js";
import { HEAD_BYTES, kindOf } from "./file-type.js";
import { orAbort, within } from "./waiting.js";

/** How long a video or a camera may take to show its first frame. */
const FIRST_FRAME_MS = 15_000;
/** Above this many pixels decoding alone can be slow. */
const LARGE_PIXELS = 4096 * 2304;

/** @param {string} url @param {typeof fetch} get @param {AbortSignal} signal @returns {Promise<File>} */
export async function download(url, get, signal) {
  const unreachable = () =>
    new FailureError(
      "file-unreachable",
      "{url} could not be fetched: check the address, and that its host lets other pages read it.",
      { url },
    );
  try {
    const { href, pathname } = new URL(url, document.baseURI);
    const response = await get(href, { signal }).catch(async (error) => {
      const directive = await whyRefused(error, href);
      throw directive ? notAllowed(placeOf(href), directive) : error;
    });
    if (!response.ok) {
      await response.body?.cancel();
      throw unreachable();
    }
    const blob = await response.blob();
    return new File([blob], pathname.split("/").pop() ?? "", { type: blob.type });
  } catch (error) {
    signal.throwIfAborted();
    throw error instanceof FailureError ? error : unreachable();
  }
}

/** @param {Blob | undefined} file @param {import("./feed.js").Taker} model @param {AbortSignal} signal @returns {Promise<Media>} */
export async function openFile(file, model, signal) {
  if (!file) throw new FailureError("file-none", "No video was given: choose a file, or drop one on the page.");
  const name = `“${/** @type {File} */ (file).name ?? "The video"}”`;
  if (file.size === 0)
    throw new FailureError("file-empty", "{name} is empty (0 bytes): choose another video.", { name });
  const kind = kindOf(await headOf(file, name)) || file.type;
  if (kind.startsWith("image/")) return openPicture(file, name, kind);
  const url = URL.createObjectURL(file);
  try {
    return { ...(await openVideo(url, name, model, signal)), release: () => URL.revokeObjectURL(url) };
  } catch (error) {
    URL.revokeObjectURL(url);
    throw error;
  }
}

/** @param {Blob} file @param {string} name */
async function headOf(file, name) {
  const bytes = await file
    .slice(0, HEAD_BYTES)
    .arrayBuffer()
    .catch(() => {
      throw new FailureError(
        "file-unreadable",
        "{name} can no longer be read, perhaps because it was moved or changed: choose it again.",
        { name },
      );
    });
  return new Uint8Array(bytes);
}

/** @param {string} url @param {Text} name @param {import("./feed.js").Taker} model @param {AbortSignal} signal @returns {Promise<Media>} */
export async function openVideo(url, name, model, signal) {
  const note = noteOn(await orAbort(probe(url, name), signal), model.frames, framesPerSecond(model));
  return { play: (video) => ((video.loop = true), (video.src = url)), release() {}, note };
}

/** Opens a video apart from the page, up to its first frame, so that a bad one disturbs nothing. @param {string} url @param {Text} name @returns {Promise<VideoFacts>} */
async function probe(url, name) {
  const video = document.createElement("video");
  video.muted = true;
  video.preload = "auto";
  video.src = url;
  try {
    await firstFrame(video);
  } catch {
    throw new FailureError(
      "file-unreadable.video",
      "{name} cannot be played as a video: it is damaged, or of a format this browser does not know; try an MP4 or WebM.",
      { name },
    );
  }
  const facts = { name, duration: video.duration, width: video.videoWidth, height: video.videoHeight };
  video.removeAttribute("src");
  video.load();
  return checkVideo(facts);
}

/** @param {HTMLVideoElement} video @returns {Promise<void>} */
export function firstFrame(video) {
  const shown = new Promise((resolve, reject) => {
    video.onloadeddata = () => resolve(undefined);
    video.onerror = reject;
  });
  return within(shown, FIRST_FRAME_MS);
}

/** Throws a FailureError for a video that no clip can be made of. @param {VideoFacts} facts */
export function checkVideo(facts) {
  const { name, duration, width, height } = facts;
  if (!width || !height)
    throw new FailureError("file-no-video", "{name} has sound but no picture: choose a file with video.", { name });
  if (duration * FRAMES_PER_SECOND < 2) {
    throw new FailureError(
      "file-short",
      "{name} is too short ({duration} s): a clip needs at least two frames, {least} s.",
      { name, duration: duration.toFixed(2), least: 2 / FRAMES_PER_SECOND },
    );
  }
  return facts;
}

/** What a viewer should know about a video that works, if anything. @param {VideoFacts} facts @param {number} frames  a clip @param {number} [fps] @returns {Message | undefined} */
export function noteOn({ name, duration, width, height }, frames, fps = FRAMES_PER_SECOND) {
  const clip = frames / fps;
  if (duration < clip)
    return message("note.loop", "{name} lasts {duration} s and a clip {clip} s: it is played in a loop.", {
      name,
      duration: duration.toFixed(1),
      clip: clip.toFixed(1),
    });
  if (width * height > LARGE_PIXELS)
    return message(
      "note.large",
      "{name} is {width}×{height}: its frames are scaled down, and a smaller video would play more smoothly.",
      { name, width, height },
    );
  return undefined;
}
