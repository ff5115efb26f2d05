/**
 * The stream: channel, decoder and display joined. Both pages stand on it. It sends poses at most once per
 * animation frame, acknowledges what was shown, asks for a keyframe after trouble, and asks for fewer frames
 * while the page is hidden.
 */

import { Channel } from "./channel.js";
import { createDecoder, offeredCodecs } from "./decoder.js";
import { Display } from "./display.js";
import { Meter } from "./meter.js";
import { ackDue, Outbox, poseInterval } from "./outbox.js";

const HIDDEN_FPS = 1;
const KEYFRAME_MILLISECONDS = 1000; // the least time between two requests

/**
 * @typedef {object} Wishes fields of `hello`: `role`, `character` or `session`, `token`, `idle`, `video`.
 *
 * @typedef {object} Handlers
 * @property {(state: import("./channel.js").ChannelState) => void} onState
 * @property {(welcome: object) => void} onWelcome
 * @property {(video: object) => void} onVideo after `welcome` and after each `config`.
 * @property {(frame: object) => void} onShown
 * @property {(stats: object) => void} onStats
 * @property {(sentence: string) => void} onTrouble anything that went wrong and does not end the stream.
 * @property {(result: object) => void} [onTracking] the server's result for a camera picture.
 * @property {(error: {code: string, message: string}) => boolean} [onRefused] the server refused a message; true
 *   where it has been told to the person, so that it is no trouble.
 */

export class Stream {
  /**
   * @param {HTMLCanvasElement} canvas
   * @param {Wishes} wishes
   * @param {Handlers} handlers
   * @param {{read(): string|null, keep(secret: string|null): void}} resume where the resume secret is kept.
   * @param {object} [more]
   * @param {number} [more.seq] the number of the last pose that an earlier load of this page sent.
   * @param {Promise<void>} [more.ready] the first hello waits for it, and the connection does not.
   */
  constructor(canvas, wishes, handlers, resume, { seq = 0, ready } = {}) {
    this.wishes = wishes;
    this.ready = ready;
    this.handlers = handlers;
    this.meter = new Meter();
    this.outbox = new Outbox();
    this.seq = seq;
    this.ackedAt = -Infinity;
    this.keepsPace = false;
    this.display = new Display(canvas, (frame, now) => this.#shown(frame, now));
    this.channel = new Channel({
      url: "/v1/stream",
      hello: () => this.#hello(),
      role: wishes.role,
      resume,
      onState: (state) => this.handlers.onState(state),
      onMessage: (message) => this.#heard(message),
    });
    document.addEventListener("visibilitychange", () => this.#pace());
  }

  open() {
    this.channel.open();
  }

  close() {
    this.channel.close();
    this.decoder?.close();
    this.display.clear();
  }

  /** Sends a camera picture for the server to track. @returns {boolean} whether it went. */
  image(data, time) {
    return this.#send({ type: "image", time, format: "jpeg", data });
  }

  /** Sends a face that was tracked here. @returns {boolean} whether it went. */
  blendshapes({ values, head }, time) {
    return this.#send({ type: "blendshapes", time, values, head });
  }

  /** Asks for other settings, now and at every later hello: `{video: {...}}` and `{idle: bool}`. */
  set({ video, idle }) {
    if (video) Object.assign(this.wishes.video, video);
    if (idle !== undefined) this.wishes.idle = idle;
    const pace = video && this.#resting ? { ...video, max_fps: HIDDEN_FPS } : video;
    this.channel.send({ type: "set", ...(pace && { video: pace }), ...(idle !== undefined && { idle }) });
  }

  /** Sends changed values of the pose, together with all others of the same animation frame. */
  pose(changes) {
    this.outbox.put(changes, performance.now());
    if (document.hidden) this.#post(); // a page that is hidden has no frames, and a voice may speak on
    else this.ticket ??= requestAnimationFrame(() => this.#post());
  }

  #post() {
    this.ticket = null;
    const leaving = this.outbox.take(performance.now());
    if (leaving) this.#send({ type: "pose", ...leaving });
    else if (!this.outbox.empty) this.ticket = requestAnimationFrame(() => this.#post());
  }

  #send(message) {
    this.meter.sent(++this.seq, message.time);
    return this.channel.send({ ...message, seq: this.seq });
  }

  async #hello() {
    await this.ready;
    const { video, ...rest } = this.wishes;
    return { ...rest, video: this.#resting ? { ...video, max_fps: HIDDEN_FPS } : video };
  }

  /** Whether the picture keeps its pace while the page is hidden: somebody else looks at it. */
  set steady(steady) {
    this.keepsPace = steady;
    if (document.hidden) this.#pace();
  }

  get #resting() {
    return document.hidden && !this.keepsPace;
  }

  #pace() {
    const max_fps = this.#resting ? HIDDEN_FPS : this.wishes.video.max_fps;
    this.channel.send({ type: "set", video: { max_fps } });
  }

  #heard(message) {
    switch (message.type) {
      case "frame":
        return this.decoder?.push(message);
      case "welcome":
        return this.#welcomed(message);
      case "config":
        return this.#configure(message.video);
      case "stats":
        return this.handlers.onStats(message);
      case "error":
        return message.fatal ? undefined : this.#refused(message);
      case "tracking":
        return this.handlers.onTracking?.(message);
      default:
        return undefined; // what a later server says beyond this is not for this page
    }
  }

  #refused(error) {
    if (!this.handlers.onRefused?.(error)) this.handlers.onTrouble(error.message);
  }

  #welcomed(welcome) {
    this.outbox.interval = poseInterval(welcome.limits?.messages_per_second, welcome.video.fps);
    this.#configure(welcome.video);
    this.handlers.onWelcome(welcome);
  }

  #configure(video) {
    this.decoder?.close();
    this.decoder = createDecoder(video, {
      onPicture: (picture, frame) => this.display.show(picture, frame),
      onTrouble: (why) => this.#lostFrame(why),
      onStarved: () => this.#askKeyframe(),
      onHopeless: (why) => this.#fallBack(why),
    });
    this.handlers.onVideo(video);
  }

  #lostFrame(why) {
    this.handlers.onTrouble(why);
    this.#askKeyframe();
  }

  #askKeyframe() {
    const now = performance.now();
    if (now - (this.askedAt ?? -Infinity) < KEYFRAME_MILLISECONDS) return;
    this.askedAt = now;
    this.channel.send({ type: "keyframe" });
  }

  #fallBack(why) {
    this.handlers.onTrouble(why);
    this.set({ video: { codecs: offeredCodecs() } });
  }

  #shown(frame, now) {
    const took = this.meter.answered(frame, now);
    if (ackDue(this.wishes.role, this.ackedAt, now)) {
      this.ackedAt = now;
      this.channel.send({ type: "ack", frame: frame.frame, ...(took !== null && { shown_ms: took }) });
    }
    this.meter.shown(now);
    document.documentElement.dataset.frames = String(this.meter.total);
    this.handlers.onShown(frame);
  }
}
