/**
 * Gliding: values of the pose go to their targets smoothly. What the person moves meanwhile is theirs at once.
 */

const MILLISECONDS = 260;

/** From 0 to 1, quick at first and gentle at the end. */
export const ease = (part) => 1 - (1 - Math.min(1, Math.max(0, part))) ** 3;

export class Glide {
  /**
   * @param {import("./pose.js").Pose} pose
   * @param {object} [edge] the browser's clock and animation frames.
   */
  constructor(pose, { now = () => performance.now(), next = (step) => requestAnimationFrame(step) } = {}) {
    Object.assign(this, { pose, now, next });
    this.moving = new Map();
    this.scheduled = false;
    this.still = window.matchMedia("(prefers-reduced-motion: reduce)").matches;
  }

  /** Sends values on their way; at once where the person prefers less motion. */
  to(targets) {
    if (this.still) return this.pose.set(targets);
    const began = this.now();
    for (const [name, target] of Object.entries(targets)) {
      if (name in this.pose.values) this.moving.set(name, { from: this.pose.values[name], target, began });
    }
    return this.#schedule();
  }

  /** Stops values where they are. */
  stop(names) {
    for (const name of names) this.moving.delete(name);
  }

  #schedule() {
    if (this.scheduled || this.moving.size === 0) return;
    this.scheduled = true;
    this.next(() => this.#step());
  }

  #step() {
    this.scheduled = false;
    const now = this.now();
    const values = {};
    for (const [name, { from, target, began }] of this.moving) {
      const part = ease((now - began) / MILLISECONDS);
      values[name] = part === 1 ? target : from + (target - from) * part;
      if (part === 1) this.moving.delete(name);
    }
    this.pose.set(values);
    this.#schedule();
  }
}
