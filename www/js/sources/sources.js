// @ts-check
/**
 * Where frames come from: a camera (camera.js), a file (video.js, picture.js), the bundled clip, or the engine's own
 * procedural world. A source that cannot be opened leaves the one before it running, and so does one that is waited for.
 *
 * @typedef {import("../settings/settings.js").SourceName} SourceName
 * @typedef {import("../base/messages.js").Message} Message
 *
 * @typedef {object} SourceOptions
 * @property {string} [deviceId]   of the camera
 * @property {Blob} [file]         a video or a picture
 * @property {string} [url]        of one, in place of `file`
 *
 * @typedef {object} Sink          who takes the frames
 * @property {() => import("./feed.js").Taker} model
 * @property {(bitmap: ImageBitmap, times: number) => void} frame   `times`: sampling instants that it is the frame of
 * @property {(bitmap: ImageBitmap) => void} still   one picture that is all there is, for a checkpoint
 * @property {() => void} gap      what comes next does not follow the frames before
 * @property {(what: Message | null) => void} waits   what it has been waiting for, for some seconds; null: for nothing any more
 * @property {(failure: FailureError) => void} ended   the source stopped by itself
 *
 * @typedef {object} Media
 * @property {(video: HTMLVideoElement) => void} play   sets what the element shows
 * @property {() => void} release
 * @property {Message} [note]                           what is worth saying
 * @property {() => Promise<ImageBitmap>} [still]       it is a picture
 * @property {MediaStreamTrack} [track]                 it is a camera
 *
 * @typedef {{media: Media | undefined, signal: AbortSignal}} Opening   what was opened and is not shown yet
 */
import { message } from "../base/messages.js";
import { openCamera } from "./camera.js";
import { FailureError } from "../base/errors.js";
import { FrameFeed } from "./feed.js";
import { download, openFile, openVideo } from "./video.js";
import { Waiting, within } from "./waiting.js";

/** Big Buck Bunny, © Blender Foundation, CC BY 3.0, peach.blender.org */
const SAMPLE = new URL("../../assets/big_buck_bunny_256.webm", import.meta.url).href;
/** How long what was opened may take to play. */
const PLAY_MS = 15_000;

export class Sources {
  #live;
  #sink;
  #get;
  #waiting;
  /** @type {FrameFeed | undefined} */
  #feed;
  /** @type {Media | undefined} */
  #media;
  /** Of what was asked for last. */
  #wanted = new AbortController();

  /** @param {HTMLVideoElement} live  shows camera and video as they are @param {Sink} sink @param {typeof fetch} [get]  files at addresses */
  constructor(live, sink, get = (...request) => fetch(...request)) {
    this.#live = live;
    this.#get = get;
    this.#sink = sink;
    this.#waiting = new Waiting((what) => sink.waits(what ?? this.#mute()));
    live.addEventListener("error", () => {
      if (this.#media)
        sink.ended(
          new FailureError(
            "file-unreadable.rest",
            "The video broke off: its data is damaged here; choose another one.",
          ),
        );
    });
  }

  /** Something other than the world is shown. */
  get shows() {
    return this.#media !== undefined;
  }

  /** Opens a source and shows it: `open`, then `show`. @param {SourceName} name @param {SourceOptions} options */
  async use(name, options) {
    return this.show(await this.open(name, options));
  }

  /**
   * Opens a source, while the one before goes on; `world` has none. Throws a FailureError, with the code "cancelled" if
   * another one is asked for meanwhile.
   * @param {SourceName} name @param {SourceOptions} options @returns {Promise<Opening>}
   */
  async open(name, options) {
    this.#cancel();
    const { signal } = this.#wanted;
    this.#waiting.is(message("waits.video", "The video has not arrived yet: wait a little, or choose another source."));
    try {
      return { media: await this.#open(name, options, signal), signal };
    } finally {
      if (!signal.aborted) this.#waiting.over(); // or else another one is waited for
    }
  }

  /** In place of what was shown. Its frames wait for `flow`. @param {Opening} opening @returns {Promise<Message | undefined>} what is worth saying */
  async show({ media, signal }) {
    try {
      signal.throwIfAborted();
      if (media?.track?.readyState === "ended") throw unplugged();
    } catch (error) {
      media?.release();
      throw error;
    }
    this.#release();
    if (!media) return undefined;
    this.#media = media;
    this.#feed = new FrameFeed(this.#live, this.#sink.frame, this.#sink.model, this.#sink.gap);
    media.play(this.#live);
    this.#live.hidden = false;
    if (media.track) this.#listen(media, media.track);
    try {
      await within(this.#live.play(), PLAY_MS);
    } catch {
      this.#release();
      throw new FailureError(
        "source-silent",
        "The source was opened but does not play: choose it again, or another one.",
      );
    }
    return media.note;
  }

  /** Lets frames flow to the model there is now: a picture is sent to a checkpoint once, and over and over to others. */
  async flow() {
    const [media, feed] = [this.#media, this.#feed];
    if (!media || media.track?.muted) return;
    if (!media.still || !this.#sink.model().checkpoint) return feed?.start();
    feed?.stop();
    const bitmap = await media.still().catch(() => null); // it may be gone by now
    if (!bitmap) return;
    if (media === this.#media && this.#sink.model().checkpoint) this.#sink.still(bitmap);
    else bitmap.close();
  }

  /** Lets go of what is shown, and of what is being waited for. */
  stop() {
    this.#cancel();
    this.#waiting.over();
    this.#release();
  }

  #cancel() {
    this.#wanted.abort(new FailureError("cancelled.source", "Another source was chosen meanwhile."));
    this.#wanted = new AbortController();
  }

  #release() {
    this.#feed?.stop();
    const media = this.#media;
    this.#media = this.#feed = undefined;
    this.#live.hidden = true;
    this.#live.srcObject = null;
    this.#live.removeAttribute("src");
    media?.release();
  }

  /** @param {SourceName} name @param {SourceOptions} options @param {AbortSignal} signal @returns {Promise<Media | undefined>} */
  async #open(name, options, signal) {
    const model = this.#sink.model();
    switch (name) {
      case "camera":
        return openCamera(options.deviceId, this.#waiting, signal);
      case "file":
        return openFile(options.url ? await download(options.url, this.#get, signal) : options.file, model, signal);
      case "sample":
        return openVideo(SAMPLE, message("source.bundled", "The bundled clip"), model, signal);
      case "world":
        return undefined;
    }
  }

  /** A camera may be unplugged, or give nothing for a while: its shutter, another program, a suspended machine. @param {Media} media @param {MediaStreamTrack} track */
  #listen(media, track) {
    track.addEventListener("ended", () => media === this.#media && this.#sink.ended(unplugged()));
    for (const event of ["mute", "unmute"])
      track.addEventListener(event, () => media === this.#media && this.#heard(track.muted));
    if (track.muted) this.#heard(true);
  }

  /** Nothing that is held meanwhile is taken for what the camera sees. @param {boolean} muted */
  #heard(muted) {
    this.#sink.waits(this.#mute());
    if (muted) this.#feed?.stop();
    else this.flow();
  }

  /** What there is to say of a camera that gives nothing. */
  #mute() {
    return this.#media?.track?.muted
      ? message(
          "waits.muted",
          "The camera gives no picture just now: open its shutter or close other programs that use it, and it goes on by itself.",
        )
      : null;
  }
}

const unplugged = () =>
  new FailureError("camera-unplugged", "The camera stopped or was unplugged: plug it in and choose it again.");
