/** The recorder: the picture, with its transparency where the browser can, as a film. */

const KINDS = ["video/webm;codecs=vp9", "video/webm;codecs=vp8", "video/mp4"];
const BITS_PER_SECOND = 6_000_000;

export class Recorder {
  /**
   * Begins.
   * @param {HTMLCanvasElement} canvas
   * @throws {Error} with one plain sentence where this browser records nothing.
   */
  constructor(canvas) {
    const kind = globalThis.MediaRecorder && KINDS.find((each) => MediaRecorder.isTypeSupported(each));
    if (!kind) throw new Error("This browser cannot record a picture.");
    this.suffix = kind.startsWith("video/webm") ? "webm" : "mp4";
    this.parts = [];
    this.recorder = new MediaRecorder(canvas.captureStream(), { mimeType: kind, videoBitsPerSecond: BITS_PER_SECOND });
    this.recorder.addEventListener("dataavailable", ({ data }) => this.parts.push(data));
    this.recorder.start(1000);
  }

  /** Ends. @returns {Promise<Blob>} the film. */
  async stop() {
    const stopped = new Promise((done) => this.recorder.addEventListener("stop", done, { once: true }));
    this.recorder.stop();
    await stopped;
    this.recorder.stream.getTracks().forEach((track) => track.stop());
    return new Blob(this.parts, { type: this.recorder.mimeType.split(";")[0] });
  }
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
