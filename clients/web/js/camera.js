/** The camera: opened, listed, and read as small JPEG pictures. What goes wrong is told in plain words. */

import { Beat } from "./beat.js";
import { HOW_TO_HTTPS } from "./secure.js";

const WIDTH = 320; // pixels of a picture that is sent; its height follows the camera's
const QUALITY = 0.7;
const MILLISECONDS = 33; // between pictures where the browser does not tell of each
const WISHED = { width: { ideal: 640 }, height: { ideal: 480 }, frameRate: { ideal: 30 } };

const INSECURE = `Browsers give a camera only to pages over https or from this machine. ${HOW_TO_HTTPS}`;
const PROBLEMS = {
  NotAllowedError: "The browser was not allowed to use the camera.",
  NotFoundError: "There is no camera.",
  OverconstrainedError: "This camera is not there any more.",
  NotReadableError: "The camera is in use by another program.",
};

const release = (flow) => flow.getTracks().forEach((track) => track.stop());

export class Camera {
  /** @param {HTMLVideoElement} video shows what the camera sees. */
  constructor(video) {
    this.video = video;
    this.canvas = document.createElement("canvas");
    this.flow = null;
    this.beat = null;
    this.turn = 0; // counts openings and closings, so that a camera that comes too late is let go
  }

  /**
   * Opens a camera and waits for its first picture; does nothing more where it was closed meanwhile.
   * @param {string} [device] the id of one, else the browser's choice.
   * @param {(why: string) => void} onLost the camera was unplugged or taken away.
   * @throws {Error} with plain words.
   */
  async open(device, onLost) {
    if (!navigator.mediaDevices) throw new Error(INSECURE);
    this.close();
    const { turn } = this;
    const wished = { ...WISHED, ...(device ? { deviceId: { exact: device } } : { facingMode: "user" }) };
    const flow = await this.#ask(wished);
    if (turn !== this.turn) return release(flow);
    this.flow = flow;
    this.flow.getVideoTracks()[0].addEventListener("ended", () => onLost("The camera was taken away."));
    this.video.srcObject = this.flow;
    return this.video.play();
  }

  async #ask(video) {
    try {
      return await navigator.mediaDevices.getUserMedia({ video });
    } catch (error) {
      throw new Error(PROBLEMS[error.name] ?? `The camera cannot be opened: ${error.message}`);
    }
  }

  close() {
    this.turn += 1;
    if (this.flow) release(this.flow);
    this.beat?.close();
    this.flow = this.beat = null;
    this.video.srcObject = null;
  }

  /** @returns {Promise<{open: string, cameras: {id: string, name: string}[]}>} the one that is open, and all there are. */
  async list() {
    const devices = await navigator.mediaDevices.enumerateDevices();
    const cameras = devices.filter(({ kind }) => kind === "videoinput");
    return {
      open: this.flow?.getVideoTracks()[0]?.getSettings().deviceId,
      cameras: cameras.map(({ deviceId, label }, i) => ({ id: deviceId, name: label || `Camera ${i + 1}` })),
    };
  }

  /** The present picture, as JPEG bytes. @returns {Promise<Uint8Array>} */
  async jpeg() {
    const { videoWidth: width, videoHeight: height } = this.video;
    const scale = Math.min(1, WIDTH / width);
    this.canvas.width = Math.round(width * scale);
    this.canvas.height = Math.round(height * scale);
    this.canvas.getContext("2d").drawImage(this.video, 0, 0, this.canvas.width, this.canvas.height);
    const blob = await new Promise((done) => this.canvas.toBlob(done, "image/jpeg", QUALITY));
    return new Uint8Array(await blob.arrayBuffer());
  }

  /** Calls back at each new picture until the camera is closed; also while the page is hidden. */
  each(step) {
    const { flow, video } = this;
    this.beat = new Beat(MILLISECONDS, () => document.hidden && step(performance.now()));
    const again = () => {
      if (this.flow !== flow) return;
      step(performance.now());
      next();
    };
    const next = () => (video.requestVideoFrameCallback ? video.requestVideoFrameCallback(again) : setTimeout(again, MILLISECONDS));
    next();
  }
}
