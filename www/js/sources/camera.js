// @ts-check
/**
 * Cameras: which there are, and one as a source.
 *
 * @typedef {import("./sources.js").Media} Media
 */
import { message } from "../base/messages.js";
import { FailureError } from "../base/errors.js";
import { orAbort } from "./waiting.js";
import { firstFrame } from "./video.js";

/** The cameras there are; without permission browsers give no labels. @returns {Promise<{deviceId: string, label: string}[]>} */
export async function listCameras() {
  const devices = (await navigator.mediaDevices?.enumerateDevices().catch(() => [])) ?? [];
  return devices
    .filter((device) => device.kind === "videoinput")
    .map(({ deviceId, label }, index) => ({ deviceId, label: label || `Camera ${index + 1}` }));
}

/**
 * Asks for a camera, and waits for its first frame. The browser may never answer: its question may stay open.
 * @param {string | undefined} deviceId @param {import("./waiting.js").Waiting} waiting @param {AbortSignal} signal  nobody wants it any more
 * @returns {Promise<Media>}
 */
export async function openCamera(deviceId, waiting, signal) {
  if (!navigator.mediaDevices) {
    throw new FailureError(
      "camera-insecure",
      "Browsers give a camera only to pages served over https or from localhost: open the page that way.",
    );
  }
  const video = {
    width: { ideal: 640 },
    height: { ideal: 480 },
    ...(deviceId ? { deviceId: { exact: deviceId } } : {}),
  };
  waiting.is(
    message(
      "waits.camera",
      "The camera has not answered yet: allow it in the browser's question, or choose another source.",
    ),
  );
  const asked = navigator.mediaDevices.getUserMedia({ video }).catch((error) => {
    throw cameraFailure(error);
  });
  const stream = await orAbort(asked, signal, stop);
  waiting.is(
    message("waits.picture", "The camera is on and has given no picture yet: wait a little, or choose another source."),
  );
  try {
    await orAbort(showsSomething(stream), signal);
  } catch (error) {
    stop(stream);
    throw error;
  }
  return {
    play: (element) => (element.srcObject = stream),
    release: () => stop(stream),
    track: stream.getVideoTracks()[0],
  };
}

/** @param {MediaStream} stream */
const stop = (stream) => stream.getTracks().forEach((track) => track.stop());

/** Apart from the page, so that a camera that gives nothing disturbs nothing. @param {MediaStream} stream */
async function showsSomething(stream) {
  const video = document.createElement("video");
  video.muted = true;
  video.playsInline = true;
  video.srcObject = stream;
  video.play().catch(() => {}); // without it some browsers decode no frame
  try {
    await firstFrame(video);
  } catch {
    throw new FailureError(
      "camera-silent",
      "The camera gives no picture: open its shutter, close other programs that use it, and choose it again.",
    );
  } finally {
    video.srcObject = null;
  }
}

/** @param {{name: string, message: string}} error  as getUserMedia rejects with */
export function cameraFailure(error) {
  switch (error.name) {
    case "NotAllowedError":
    case "SecurityError":
      return new FailureError(
        "camera-refused",
        "The camera was not allowed: allow it beside the address of the page, then choose it again.",
      );
    case "NotFoundError":
    case "OverconstrainedError":
      return new FailureError(
        "no-camera",
        "No such camera was found: connect one and choose it again, or use a video file.",
      );
    case "NotReadableError":
    case "AbortError":
      return new FailureError(
        "camera-busy",
        "The camera is in use by another program: close that one and choose the camera again.",
      );
    default:
      return new FailureError(
        "camera-failed",
        "The camera could not be opened ({why}): try another one, or a video file.",
        { why: error.message },
      );
  }
}
