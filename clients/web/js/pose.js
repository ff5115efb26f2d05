/**
 * The pose as this page holds it: 45 named numbers (their names, ranges and defaults come from `welcome.pose`),
 * who changed them, and how they are grouped and labelled for a person.
 */

/**
 * @typedef {object} Row one line of a group: a parameter, or the left and right of one.
 * @property {string} label
 * @property {string[]} names one parameter name, or [left, right].
 *
 * @typedef {object} Group
 * @property {string} id
 * @property {string} title
 * @property {Row[]} rows
 */

const GROUPS = [
  { id: "eyebrows", title: "Eyebrows", has: (name) => name.startsWith("eyebrow_") },
  { id: "eyes", title: "Eyes", has: (name) => name.startsWith("eye_") },
  { id: "irises", title: "Irises", has: (name) => name.startsWith("iris_") },
  { id: "mouth", title: "Mouth", has: (name) => name.startsWith("mouth_") },
  { id: "body", title: "Head and body", has: () => true },
];

/** Labels that the names alone do not give. */
const LABELS = {
  eye_raised_lower_eyelid: "Lower lid up",
  eye_happy_wink: "Happy wink",
  iris_rotation_x: "Look up, down",
  iris_rotation_y: "Look sideways",
  iris_small: "Small",
  mouth_lowered_corner: "Corner down",
  mouth_raised_corner: "Corner up",
  mouth_delta: "Delta",
  head_x: "Head up, down",
  head_y: "Head sideways",
  neck_z: "Head tilt",
  body_y: "Body sideways",
  body_z: "Body tilt",
  breathing: "Breath",
};

const SIDE = /_(left|right)$/;

/** The parameter without its side: `eye_wink_left` is one half of `eye_wink`. */
const stem = (name) => name.replace(SIDE, "");

/** What a person reads for a parameter or its stem. */
export function label(name) {
  const known = LABELS[stem(name)];
  if (known) return known;
  const words = stem(name).replace(/^(eyebrow|eye|iris|mouth)_/, "").replaceAll("_", " ");
  return words.charAt(0).toUpperCase() + words.slice(1);
}

/** The same parameter on the other side of the face, or null for one without sides. */
export function otherSide(name) {
  if (!SIDE.test(name)) return null;
  return name.endsWith("_left") ? name.replace(SIDE, "_right") : name.replace(SIDE, "_left");
}

/**
 * Groups and rows for the parameters of a character, in their own order; every name stands in exactly one row.
 * @param {string[]} names
 * @returns {Group[]} without empty groups.
 */
export function layout(names) {
  const rest = new Set(names);
  const groups = GROUPS.map(({ id, title, has }) => {
    const mine = [...rest].filter(has);
    mine.forEach((name) => rest.delete(name));
    return { id, title, rows: rows(mine) };
  });
  return groups.filter((group) => group.rows.length > 0);
}

function rows(names) {
  const byStem = new Map();
  for (const name of names) byStem.set(stem(name), [...(byStem.get(stem(name)) ?? []), name]);
  return [...byStem.values()].map((members) => ({ label: label(members[0]), names: members }));
}

/** The present pose. It fires "change" with `detail.changes`, a map of the names and values that changed. */
export class Pose extends EventTarget {
  /** @param {{names: string[], min: number[], max: number[], default: number[]}} parameters `welcome.pose`. */
  constructor(parameters) {
    super();
    this.names = parameters.names;
    const entry = (name, i) => [
      name,
      { min: parameters.min[i], max: parameters.max[i], rest: parameters.default[i] },
    ];
    this.ranges = new Map(this.names.map(entry));
    this.values = Object.fromEntries(this.names.map((name) => [name, this.ranges.get(name).rest]));
  }

  /** Sets values, clamped to their ranges; names that this character does not have are passed over. */
  set(values) {
    const changes = {};
    for (const [name, value] of Object.entries(values)) {
      if (!this.ranges.has(name) || !Number.isFinite(value)) continue;
      const within = this.clamp(name, value);
      if (within !== this.values[name]) changes[name] = within;
    }
    if (Object.keys(changes).length === 0) return;
    Object.assign(this.values, changes);
    this.dispatchEvent(new CustomEvent("change", { detail: { changes } }));
  }

  clamp(name, value) {
    const { min, max } = this.ranges.get(name);
    return Math.min(max, Math.max(min, value));
  }

  /** The values at rest, of all parameters or of those named. */
  rest(names = this.names) {
    return Object.fromEntries(names.map((name) => [name, this.ranges.get(name).rest]));
  }

  /** The pose as JSON text: every name with its value, to three decimals. */
  toText() {
    const rounded = Object.entries(this.values).map(([name, value]) => [name, Number(value.toFixed(3))]);
    return JSON.stringify(Object.fromEntries(rounded), null, 2);
  }

  /**
   * The values that a text holds: a map of names to numbers, or a list with one number for each parameter.
   * @returns {Object<string, number>} what the text leaves out stands at rest.
   * @throws {Error} with one plain sentence.
   */
  read(text) {
    const found = parseValues(text, this.names);
    for (const [name, value] of Object.entries(found)) this.#check(name, value);
    return { ...this.rest(), ...found };
  }

  #check(name, value) {
    if (!this.ranges.has(name)) throw new Error(`There is no parameter called “${name}”.`);
    if (!Number.isFinite(value)) throw new Error(`The value of ${name} is not a number.`);
  }
}

function parseValues(text, names) {
  let found;
  try {
    found = JSON.parse(text);
  } catch {
    throw new Error("This is not JSON.");
  }
  if (Array.isArray(found)) return fromList(found, names);
  if (found === null || typeof found !== "object") throw new Error("A pose is a map of names to numbers.");
  return found;
}

function fromList(list, names) {
  if (list.length !== names.length) {
    throw new Error(`A pose has ${names.length} numbers; this one has ${list.length}.`);
  }
  return Object.fromEntries(names.map((name, i) => [name, list[i]]));
}
