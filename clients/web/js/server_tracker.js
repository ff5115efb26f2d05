/** Tracking on the server: camera pictures go out as `image`, one at a time, and come back as `tracking`. */

import { Pacer } from "./pacer.js";

export class ServerTracker {
  /**
   * @param {import("./camera.js").Camera} camera
   * @param {import("./stream.js").Stream} stream
   * @param {number} perSecond pictures a second at the most.
   */
  constructor(camera, stream, perSecond) {
    Object.assign(this, { camera, stream, pacer: new Pacer(perSecond), closed: false });
  }

  async open() {} // the server has what it needs

  /** Sends the present picture if the last one is answered. */
  async step(now) {
    if (!this.pacer.free(now)) return;
    this.pacer.leave(now);
    const data = await this.camera.jpeg();
    if (this.closed || !this.stream.image(data, now)) this.pacer.answered();
  }

  /** The server answered, or the connection is new. @returns {boolean} whether a picture waited for it. */
  answered() {
    return this.pacer.answered();
  }

  close() {
    this.closed = true;
  }
}
