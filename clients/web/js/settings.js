/** The settings beside the picture: a form whose values are remembered, and what they mean to the server. */

import { local } from "./memory.js";

const AUTOMATIC = "auto"; // a size that is up to the server
const LARGEST = 512;
const PAUSE_MILLISECONDS = 120; // while a colour is being dragged, only the latest is sent

/**
 * What the form's values ask of the stream.
 * @param {{size: string, quality: string, background: string, colour: string}} values
 * @returns {{size: number, fit: boolean, quality: number, background: string}}
 */
export function videoOf({ size, quality, background, colour }) {
  return {
    size: size === AUTOMATIC ? LARGEST : Number(size),
    fit: size === AUTOMATIC,
    quality: Number(quality),
    background: background === "colour" ? colour : "transparent",
  };
}

/** The form's values for what a page's address asks of the video, and the codec that it puts first. */
export function valuesOf({ size, quality, background }, codec = null) {
  const values = {};
  if (codec !== null) values.codec = codec;
  if (size !== undefined) values.size = String(size);
  if (quality !== undefined) values.quality = String(quality);
  if (background === "transparent") values.background = background;
  else if (background) Object.assign(values, { background: "colour", colour: background });
  return values;
}

export class Settings {
  /**
   * @param {HTMLFormElement} form
   * @param {object} asked values that go before the remembered ones.
   * @param {(values: object) => void} onChange
   */
  constructor(form, asked, onChange) {
    this.form = form;
    this.onChange = onChange;
    this.#fill({ ...local.read("settings", {}), ...asked });
    form.addEventListener("input", (event) => this.#changed(event.target));
    form.addEventListener("submit", (event) => event.preventDefault());
  }

  /** The present values: strings, and booleans for switches. */
  get values() {
    const values = {};
    for (const field of this.form.elements) {
      if (!field.name || (field.type === "radio" && !field.checked)) continue;
      values[field.name] = field.type === "checkbox" ? field.checked : field.value;
    }
    return values;
  }

  #fill(values) {
    for (const field of this.form.elements) {
      const value = values[field.name];
      if (value === undefined) continue;
      if (field.type === "checkbox") field.checked = value;
      else if (field.type === "radio") field.checked = field.value === value;
      else if (isOffered(field, value)) field.value = value;
    }
  }

  #changed(field) {
    if (field.name === "colour") this.form.elements.background.value = "colour";
    clearTimeout(this.timer);
    const tell = () => {
      local.keep("settings", this.values);
      this.onChange(this.values);
    };
    if (field.type === "color") this.timer = setTimeout(tell, PAUSE_MILLISECONDS);
    else tell();
  }
}

const isOffered = (field, value) =>
  field.tagName !== "SELECT" || [...field.options].some((option) => option.value === value);
