/**
 * The outbox: changes of the pose wait here and leave together, as one sparse map, no more often than
 * the server's limit allows. Pure: times are performance.now() in milliseconds, handed in.
 */
export class Outbox {
  constructor() {
    this.waiting = {};
    this.changedAt = null;
    this.sentAt = -Infinity;
    this.interval = 0;
  }

  /** Notes changed values; the newest of each name wins. */
  put(changes, now) {
    this.changedAt ??= now;
    Object.assign(this.waiting, changes);
  }

  get empty() {
    return this.changedAt === null;
  }

  /**
   * What is to be sent now, if anything: the values, and the time of the oldest change among them.
   * @returns {{values: Object<string, number>, time: number}|null}
   */
  take(now) {
    if (this.empty || now - this.sentAt < this.interval) return null;
    const leaving = { values: this.waiting, time: this.changedAt };
    this.waiting = {};
    this.changedAt = null;
    this.sentAt = now;
    return leaving;
  }
}

const WATCHING_MILLISECONDS = 150;

/**
 * Whether a frame that is shown now is acknowledged: each one where the page performs. Where it watches, only
 * some, since the server may have a thousand such pages to hear.
 */
export function ackDue(role, ackedAt, now) {
  return role === "perform" || now - ackedAt >= WATCHING_MILLISECONDS;
}

/**
 * The least time between poses that leaves room, under the server's limit, for an ack for each frame.
 * @param {number|undefined} messagesPerSecond the limit in `welcome.limits`, if any.
 * @param {number} fps frames a second of the stream.
 * @returns {number} milliseconds; a little under a sixtieth of a second at the least.
 */
export function poseInterval(messagesPerSecond, fps) {
  const room = 0.8 * ((messagesPerSecond ?? Infinity) - fps);
  return 1000 / Math.min(62, Math.max(5, room));
}
