/**
 * Decoders: from frames of one codec to pictures. Each takes frames by `push` and gives pictures by a
 * callback, later and perhaps fewer, so that stills and video stand behind one interface:
 *
 *   push(frame)  takes a `frame` message; the frame whose picture comes out is handed on with it.
 *   close()      ends it; no callback comes after.
 *
 * A picture is an ImageBitmap or a VideoFrame: it has `close()`, which whoever gets it must call.
 */

import { H264Decoder } from "./h264.js";

/**
 * @typedef {object} Sink
 * @property {(picture: ImageBitmap|VideoFrame, frame: object) => void} onPicture
 * @property {(why: string) => void} onTrouble one plain sentence; a fresh keyframe will help.
 * @property {() => void} onStarved nothing can be shown before the next keyframe.
 * @property {(why: string) => void} onHopeless one plain sentence; this codec will not do here.
 */

/** Each frame stands alone, so only the newest matters: while one is decoded, older waiting ones are dropped. */
class StillDecoder {
  /**
   * @param {(frame: object) => Promise<ImageBitmap>} read
   * @param {Sink} sink
   */
  constructor(read, sink) {
    this.read = read;
    this.sink = sink;
    this.waiting = null;
    this.busy = false;
    this.closed = false;
  }

  push(frame) {
    this.waiting = frame;
    if (!this.busy) this.#work();
  }

  close() {
    this.closed = true;
    this.waiting = null;
  }

  async #work() {
    this.busy = true;
    while (this.waiting) {
      const frame = this.waiting;
      this.waiting = null;
      await this.#one(frame);
    }
    this.busy = false;
  }

  async #one(frame) {
    try {
      const picture = await this.read(frame);
      if (this.closed) picture.close();
      else this.sink.onPicture(picture, frame);
    } catch {
      if (!this.closed) this.sink.onTrouble(`Frame ${frame.frame} could not be decoded.`);
    }
  }
}

const compressed = (type) => () => (frame) => createImageBitmap(new Blob([frame.data], { type }));

function raw({ width, height }) {
  return async (frame) => {
    const pixels = new Uint8ClampedArray(frame.data); // a copy: the bytes of a message may lie unaligned
    return createImageBitmap(new ImageData(pixels, width, height));
  };
}

/** How to read one frame of each still codec, given the `video` of `welcome` or `config`. */
const STILLS = {
  webp: compressed("image/webp"),
  png: compressed("image/png"),
  jpeg: compressed("image/jpeg"),
  raw,
};

/**
 * The codecs to offer, in order of preference. `raw` costs a megabyte a frame and `h264` has no transparency, so
 * they come only when asked for.
 * @param {string|null} [wanted] a codec to put first.
 * @param {string[]} [playable] the video codecs that this browser can show.
 * @returns {string[]}
 */
export function offeredCodecs(wanted = null, playable = []) {
  const usual = [...playable.filter((codec) => codec === "h264-alpha"), "webp", "png", "jpeg"];
  if (!(wanted in STILLS || playable.includes(wanted))) return usual;
  return [wanted, ...usual.filter((codec) => codec !== wanted)];
}

/**
 * A decoder for the stream that `welcome` or `config` describes.
 * @param {{codec: string, codec_string: string, width: number, height: number}} video
 * @param {Sink} sink
 * @throws {Error} with one plain sentence for a codec that this page does not know.
 */
export function createDecoder(video, sink) {
  if (video.codec === "h264-alpha" || video.codec === "h264") return new H264Decoder(video, sink);
  const read = STILLS[video.codec];
  if (!read) throw new Error(`This page cannot decode ${video.codec}.`);
  return new StillDecoder(read(video), sink);
}
