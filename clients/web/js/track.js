/** The pose track: what was sent and when, as lines of JSON that `bunraku` reads. Times are in milliseconds, handed in. */
export class Track {
  /**
   * @param {Object<string, number>} values the whole pose at the beginning.
   * @param {number} now
   */
  constructor(values, now) {
    this.began = now;
    this.lines = [];
    this.add(values, now);
  }

  /** Notes changes over the pose before, or a whole pose as a list. */
  add(values, now) {
    const time = Math.round(10 * (now - this.began)) / 10;
    this.lines.push(JSON.stringify({ time, values }));
  }

  /** The file: one line for each change. */
  toText() {
    return `${this.lines.join("\n")}\n`;
  }
}
