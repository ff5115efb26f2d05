/**
 * The mixer: what is laid over the pose before it is sent. Each layer draws some values from what is beneath it
 * towards its own, as far as its weight says; the sliders keep showing the pose alone.
 */

/**
 * @param {Object<string, number>} values
 * @param {Iterable<{values: Object<string, number>, weight: number}>} layers the last is on top; weights are 0..1.
 *   A name that is not among the values is passed over.
 * @returns {Object<string, number>}
 */
export function mixed(values, layers) {
  const result = { ...values };
  for (const { values: over, weight } of layers) {
    for (const [name, value] of Object.entries(over)) {
      if (name in result) result[name] += (value - result[name]) * weight;
    }
  }
  return result;
}

export class Mixer {
  /**
   * @param {import("./pose.js").Pose} pose
   * @param {(changes: Object<string, number>) => void} send takes what changed, and at first everything.
   */
  constructor(pose, send) {
    Object.assign(this, { pose, send, layers: new Map(), sent: {} });
    pose.addEventListener("change", () => this.#tell());
  }

  /** Sets a layer; weight 0 takes it away. Layers lie in the order in which they first came. */
  lay(id, values, weight) {
    if (weight > 0) this.layers.set(id, { values, weight });
    else this.layers.delete(id);
    this.#tell();
  }

  /** Sends everything, for a session that may know nothing. */
  whole() {
    this.sent = {};
    this.#tell();
  }

  #tell() {
    const now = mixed(this.pose.values, this.layers.values());
    const changes = Object.fromEntries(Object.entries(now).filter(([name, value]) => this.sent[name] !== value));
    this.sent = now;
    if (Object.keys(changes).length > 0) this.send(changes);
  }
}
