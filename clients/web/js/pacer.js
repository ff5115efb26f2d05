/**
 * The pacer: when the next camera picture may leave. Never more than one is unanswered, and no more than so many
 * leave in a second. Pure: times are performance.now() in milliseconds, handed in.
 */

const PATIENCE = 2000; // milliseconds after which an answer is no longer waited for

export class Pacer {
  /** @param {number} perSecond pictures a second at the most. */
  constructor(perSecond) {
    this.interval = 1000 / perSecond;
    this.due = -Infinity;
    this.leftAt = null; // of the one that is unanswered
  }

  /** Whether a picture may leave now. */
  free(now) {
    return now >= this.due && (this.leftAt === null || now - this.leftAt >= PATIENCE);
  }

  // Half an interval of grace: a camera that is a little early or late keeps its rate.
  /** A picture leaves now. */
  leave(now) {
    this.due = Math.max(this.due + this.interval, now + this.interval / 2);
    this.leftAt = now;
  }

  /**
   * The picture that left was answered, or never went.
   * @returns {boolean} whether there was one.
   */
  answered() {
    const waited = this.leftAt !== null;
    this.leftAt = null;
    return waited;
  }
}
