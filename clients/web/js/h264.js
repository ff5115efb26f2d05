/**
 * H.264 by WebCodecs: every frame is built upon the one before, so none may be left out, and after trouble
 * nothing helps but a keyframe. Where alpha is stacked below the colour, a joiner makes one picture of the two.
 */

import { giveBack, prepareJoiner, takeJoiner } from "./joiner.js";
import { local } from "./memory.js";

const LARGEST = { codec: "avc1.42C020", codedWidth: 512, codedHeight: 1024, optimizeForLatency: true };
const MOST_WAITING = 30; // frames without their pictures: the decoder is too slow, or silent
const PATIENCE = 3; // so many failures, and the browser is held to be unable
const SOUND = 100; // so many pictures since, and earlier failures are forgotten
const MISREAD = "range-misread"; // under this name the page keeps which browser takes the full range for the narrow one

/**
 * Which of the video codecs this browser can show, and what the first picture needs is made ready. Without a secure
 * context (https, or this machine) it has none.
 * @returns {Promise<string[]>}
 */
export async function playableVideo() {
  if (local.read(MISREAD) === navigator.userAgent) return [];
  try {
    const { supported } = await VideoDecoder.isConfigSupported(LARGEST);
    return supported ? [...(prepareJoiner() ? ["h264-alpha"] : []), "h264"] : [];
  } catch {
    return [];
  }
}

/** One stream of H.264. Its pictures are ImageBitmaps with transparency, or opaque VideoFrames. */
export class H264Decoder {
  /**
   * @param {{codec: string, codec_string: string, width: number, height: number}} video
   * @param {import("./decoder.js").Sink} sink
   */
  constructor(video, sink) {
    this.video = video;
    this.sink = sink;
    this.failures = 0;
    this.sound = 0;
    this.#begin();
  }

  push(frame) {
    if (!this.closed && this.waiting.size >= MOST_WAITING) this.#failed();
    if (this.closed) return;
    if (this.lost && !frame.key) {
      this.sink.onStarved();
      return;
    }
    this.lost = false;
    this.waiting.set(frame.frame, frame);
    const type = frame.key ? "key" : "delta";
    try {
      this.decoder.decode(new EncodedVideoChunk({ type, timestamp: frame.frame, data: frame.data }));
    } catch {
      this.#failed();
    }
  }

  close() {
    this.closed = true;
    this.#end();
  }

  /** Begins anew, from the next keyframe on. */
  #begin() {
    this.#end();
    this.waiting = new Map(); // by number: frames whose pictures are to come
    this.lost = true;
    try {
      this.#open();
    } catch {
      this.#failed();
    }
  }

  #open() {
    const { codec, codec_string, width, height } = this.video;
    const stacked = codec === "h264-alpha";
    this.joiner = stacked ? takeJoiner(width, height) : null;
    const decoder = new VideoDecoder({
      output: (picture) => this.#decoded(picture),
      error: () => decoder === this.decoder && this.#failed(),
    });
    this.decoder = decoder;
    const codedHeight = stacked ? 2 * height : height;
    decoder.configure({ codec: codec_string, codedWidth: width, codedHeight, optimizeForLatency: true });
  }

  #end() {
    if (this.decoder && this.decoder.state !== "closed") this.decoder.close();
    if (this.joiner) giveBack(this.joiner);
    this.joiner = null;
  }

  async #decoded(picture) {
    if (picture.colorSpace.fullRange === false) {
      picture.close();
      this.#misread();
      return;
    }
    const number = picture.timestamp;
    const frame = this.waiting.get(number);
    for (const each of this.waiting.keys()) if (each <= number) this.waiting.delete(each);
    try {
      picture = this.joiner ? await this.joiner.join(picture) : picture;
    } catch {
      if (!this.closed) this.#failed();
      return;
    }
    if (this.closed) {
      picture.close();
      return;
    }
    if (++this.sound >= SOUND) this.failures = 0;
    this.sink.onPicture(picture, frame);
  }

  // The stream says that its samples have the full range. Who calls it narrow shows every colour wrong.
  #misread() {
    local.keep(MISREAD, navigator.userAgent);
    if (!this.closed) this.#giveUp("This browser shows the colours of video wrongly: still pictures are shown instead.");
  }

  #failed() {
    this.sound = 0;
    if (++this.failures < PATIENCE) {
      this.sink.onTrouble("The video could not be decoded.");
      this.#begin();
    } else {
      this.#giveUp("This browser cannot decode the video: still pictures are shown instead.");
    }
  }

  #giveUp(why) {
    this.close();
    this.sink.onHopeless(why);
  }
}
