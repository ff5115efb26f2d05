/**
 * The recorder: the picture, with its transparency where the browser can, as a film of one size and as long as the
 * recording. A canvas gives a film a picture only when it is drawn upon, and a film ends with its last one.
 */

import { Beat } from "./beat.js";
import { element } from "./dom.js";

const KINDS = ["video/webm;codecs=vp9", "video/webm;codecs=vp8", "video/mp4"];
const BITS_PER_SECOND = 6_000_000;
const SIDE = 512; // the film's longer side: pictures get no larger, and at any time may get as large
const STILL_MILLISECONDS = 500; // for which a picture may stand before it is drawn again
const LAST_MILLISECONDS = 100; // for the last picture to reach the film

export class Recorder {
  /**
   * Begins.
   * @param {HTMLCanvasElement} shown what is filmed; its size may change.
   * @throws {Error} with one plain sentence where this browser records nothing.
   */
  constructor(shown) {
    const kind = globalThis.MediaRecorder && KINDS.find((each) => MediaRecorder.isTypeSupported(each));
    if (!kind) throw new Error("This browser cannot record a picture.");
    this.suffix = kind.startsWith("video/webm") ? "webm" : "mp4";
    this.parts = [];
    this.shown = shown;
    this.canvas = element("canvas", sizeOf(shown));
    this.context = this.canvas.getContext("2d");
    this.recorder = new MediaRecorder(this.canvas.captureStream(), { mimeType: kind, videoBitsPerSecond: BITS_PER_SECOND });
    this.recorder.addEventListener("dataavailable", ({ data }) => this.parts.push(data));
    this.recorder.start(1000);
    this.paint();
    this.beat = new Beat(STILL_MILLISECONDS, () => this.paint());
  }

  /** Takes the picture that is shown now into the film. */
  paint() {
    const { width, height } = this.canvas;
    this.context.clearRect(0, 0, width, height);
    this.context.drawImage(this.shown, 0, 0, width, height);
  }

  /** Ends. @returns {Promise<Blob>} the film; empty where the browser made none. */
  async stop() {
    this.beat.close();
    this.paint();
    await new Promise((done) => setTimeout(done, LAST_MILLISECONDS));
    const stopped = new Promise((done) => this.recorder.addEventListener("stop", done, { once: true }));
    this.recorder.stop();
    await stopped;
    this.recorder.stream.getTracks().forEach((track) => track.stop());
    return new Blob(this.parts, { type: this.recorder.mimeType.split(";")[0] });
  }
}

/** Even numbers of pixels, which some encoders want. */
function sizeOf({ width, height }) {
  const scale = SIDE / Math.max(width, height);
  const even = (length) => 2 * Math.round((scale * length) / 2);
  return { width: even(width), height: even(height) };
}

const ALPHA_MODE = [0x53, 0xc0, 0x81, 0x01]; // of a WebM film's track: it has transparency
const HEAD = 4096; // bytes in which that is said

/**
 * Whether a film keeps transparency. Not every browser does, and none says so before.
 * @param {Blob} film
 * @returns {Promise<boolean>}
 */
export async function isTransparent(film) {
  const head = new Uint8Array(await film.slice(0, HEAD).arrayBuffer());
  return head.some((_, at) => ALPHA_MODE.every((byte, i) => head[at + i] === byte));
}
