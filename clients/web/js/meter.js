/**
 * The meter: frame rate and latency as the person before the screen gets them. It has no clock of its own;
 * every time is performance.now() in milliseconds, handed in.
 */

const WINDOW = 2000; // milliseconds over which frames are counted
const SAMPLES = 15; // latencies of which the median is shown
const FRESH = 5000; // milliseconds for which a latency says how things are
const LEFT = 256; // poses, some seconds of them, whose times are remembered until a frame shows them

export class Meter {
  constructor() {
    this.shownAt = [];
    this.latencies = [];
    this.left = new Map();
    this.total = 0;
  }

  /** A frame was shown. */
  shown(now) {
    this.total += 1;
    this.shownAt.push(now);
    this.#forget(now);
  }

  /** The pose of number `seq` left, or what becomes one; it tells the server the time `time`. */
  sent(seq, time) {
    this.left.set(seq, time);
    this.left.delete(seq - LEFT);
  }

  /**
   * A frame that shows the pose `seq` of the time `time` was shown.
   * @returns {number|null} what it took in milliseconds; null but for the first frame of a pose that was sent here,
   *   since another page's has another clock.
   */
  answered({ seq, time }, now) {
    if (!this.left.has(seq) || this.left.get(seq) !== time) return null;
    for (const earlier of this.left.keys()) if (earlier <= seq) this.left.delete(earlier);
    this.latencies = [...this.latencies, { at: now, took: now - time }].slice(-SAMPLES);
    return now - time;
  }

  /**
   * @returns {{fps: number, latency: number|null}} frames a second over the last two, and the median of the
   *   last latencies in milliseconds, null where no pose was shown of late.
   */
  read(now) {
    this.#forget(now);
    this.latencies = this.latencies.filter(({ at }) => now - at < FRESH);
    const sorted = this.latencies.map(({ took }) => took).sort((a, b) => a - b);
    return { fps: (1000 * this.shownAt.length) / WINDOW, latency: sorted[sorted.length >> 1] ?? null };
  }

  #forget(now) {
    while (this.shownAt[0] <= now - WINDOW) this.shownAt.shift();
  }
}
