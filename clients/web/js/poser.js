/** The poser: a slider for each parameter, in groups, left and right of one parameter side by side. */

import { element } from "./dom.js";
import { layout, otherSide } from "./pose.js";

const STEP = "0.01";
const RESET_KEYS = new Set(["Delete", "Backspace"]);

export class Poser {
  /**
   * @param {HTMLElement} root takes one section for each group, `#group-ID`.
   * @param {HTMLElement} tabs takes a link to each group.
   * @param {import("./pose.js").Pose} pose
   * @param {import("./glide.js").Glide} glide
   * @param {() => boolean} linked whether left and right move together.
   */
  constructor(root, tabs, pose, glide, linked) {
    Object.assign(this, { root, pose, glide, linked });
    this.sliders = new Map();
    const groups = layout(pose.names);
    tabs.replaceChildren(...groups.map((group) => this.#tab(group)));
    root.replaceChildren(...groups.map((group) => this.#group(group)));
    pose.addEventListener("change", ({ detail }) => Object.keys(detail.changes).forEach((name) => this.#show(name)));
    pose.names.forEach((name) => this.#show(name));
  }

  #tab({ id, title }) {
    const go = (event) => {
      event.preventDefault();
      this.root.querySelector(`#group-${id}`).scrollIntoView({ block: "start" });
    };
    return element("a", { href: `#group-${id}`, onclick: go }, title);
  }

  #group({ id, title, rows }) {
    const names = rows.flatMap((row) => row.names);
    const reset = () => this.glide.to(this.pose.rest(names));
    return element(
      "section",
      { id: `group-${id}`, class: "group", "aria-labelledby": `title-${id}` },
      element(
        "header",
        {},
        element("h2", { id: `title-${id}` }, title),
        element(
          "button",
          { type: "button", class: "quiet", "data-reset": id, "aria-label": `Reset ${title}`, onclick: reset },
          "Reset",
        ),
      ),
      ...rows.map((row) => this.#row(row)),
    );
  }

  #row({ label, names }) {
    const paired = names.length === 2;
    return element(
      "div",
      { class: paired ? "row paired" : "row" },
      element("span", { class: "label" }, label),
      ...names.map((name) => this.#slider(name, label)),
    );
  }

  #slider(name, label) {
    const { min, max, rest } = this.pose.ranges.get(name);
    const side = otherSide(name) && (name.endsWith("_left") ? "left" : "right");
    const input = element("input", {
      type: "range",
      min: String(min),
      max: String(max),
      step: STEP,
      "data-parameter": name,
      "aria-label": side ? `${label}, ${side}` : label,
      title: "Double-click or Delete: back to rest",
      oninput: () => this.#move(name, input.valueAsNumber),
      onpointerdown: () => this.#hold(name),
      onpointercancel: () => this.pose.set(this.held),
      ondblclick: () => this.#reset(name),
      onkeydown: (event) => RESET_KEYS.has(event.key) && this.#reset(name),
    });
    input.style.setProperty("--rest", (rest - min) / (max - min));
    const value = element("output", { "data-value": name });
    this.sliders.set(name, { input, value, min, max });
    const mark = side ? [element("span", { class: "side", "aria-hidden": "true" }, side[0].toUpperCase())] : [];
    return element("div", { class: "slider" }, ...mark, input, value);
  }

  #names(name) {
    const other = this.linked() ? otherSide(name) : null;
    return other && this.pose.ranges.has(other) ? [name, other] : [name];
  }

  #move(name, value) {
    const names = this.#names(name);
    this.glide.stop(names);
    this.pose.set(Object.fromEntries(names.map((each) => [each, value])));
  }

  // A finger that came down on a slider only to scroll has moved it by then: that is taken back.
  #hold(name) {
    this.held = Object.fromEntries(this.#names(name).map((each) => [each, this.pose.values[each]]));
  }

  #reset(name) {
    this.glide.to(this.pose.rest(this.#names(name)));
  }

  #show(name) {
    const { input, value, min, max } = this.sliders.get(name);
    const present = this.pose.values[name];
    input.value = String(present);
    input.style.setProperty("--at", (present - min) / (max - min));
    value.textContent = present.toFixed(2).replace("-", "−");
  }
}
