/** The overlay: frame rate and latency on the picture, and where the time of a frame went on the server. */

import { element } from "./dom.js";

const MILLISECONDS = 250; // between two readings

export class Overlay {
  /**
   * @param {HTMLElement} root
   * @param {import("./meter.js").Meter} meter
   */
  constructor(root, meter) {
    this.root = root;
    this.meter = meter;
    this.fps = element("b", { id: "fps" }, "0");
    this.latency = element("b", { id: "latency" }, "–");
    this.stages = element("span", { id: "stages" });
    this.form = element("span", { id: "form" });
    this.watchers = element("span", { id: "watchers" });
    root.title = "Frames a second, and the time from a change of the pose to its picture on this screen";
    root.append(
      element("span", {}, this.fps, " fps"),
      element("span", { id: "latency-part" }, this.latency, " ms"),
      this.form,
      this.stages,
      this.watchers,
    );
    setInterval(() => root.hidden || this.#read(), MILLISECONDS);
  }

  /** Takes in what the stream is. */
  video({ codec, width, height }) {
    this.form.textContent = `${width}×${height} ${codec}`;
  }

  /** Takes in where the server spent the time of a frame. */
  frame({ stages }) {
    this.latest = stages;
  }

  /** Takes in the server's own figures. */
  stats({ watchers }) {
    this.watchers.textContent = watchers > 0 ? `${watchers} watching` : "";
  }

  #read() {
    const { fps, latency } = this.meter.read(performance.now());
    this.fps.textContent = describeRate(fps);
    this.latency.textContent = latency === null ? "–" : String(Math.round(latency));
    if (this.latest) this.stages.textContent = describeStages(this.latest);
  }
}

/** A frame rate for a person: slow ones to half a frame. */
export const describeRate = (fps) => (fps < 10 && fps % 1 ? fps.toFixed(1) : String(Math.round(fps)));

/** The server's stages of one frame, in whole milliseconds. */
export function describeStages({ queue = 0, render = 0, encode = 0 }) {
  const [waited, drew, packed] = [queue, render, encode].map((part) => Math.round(part));
  return `queue ${waited} · render ${drew} · encode ${packed}`;
}
