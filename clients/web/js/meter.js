/**
 * The meter: frame rate and latency as the person before the screen gets them. It has no clock of its own;
 * every time is performance.now() in milliseconds, handed in.
 */

const WINDOW = 2000; // milliseconds over which frames are counted
const SAMPLES = 15; // latencies of which the median is shown
const FRESH = 5000; // milliseconds for which a latency says how things are

export class Meter {
  constructor() {
    this.shownAt = [];
    this.latencies = [];
    this.total = 0;
  }

  /** A frame was shown. */
  shown(now) {
    this.total += 1;
    this.shownAt.push(now);
    this.#forget(now);
  }

  /** A pose of time `sent` was first seen on the screen at `now`. */
  answered(sent, now) {
    this.latencies = [...this.latencies, { at: now, took: now - sent }].slice(-SAMPLES);
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
