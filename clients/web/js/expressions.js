/**
 * Expressions: named poses that come and go by a key, with a fade. This file keeps and reads them, and says how
 * strong each is at a moment; it has no page and no clock. Times are performance.now() in milliseconds.
 */

import { PRESETS } from "./presets.js";

const MOST = 64;
const MOST_FADE = 5000; // milliseconds

/**
 * @typedef {object} Expression
 * @property {string} name
 * @property {Object<string, number>} values what it moves; the rest of the pose stays the person's.
 */

/** The expressions that a browser without any begins with. */
export const FIRST = Object.freeze({ fade: 250, list: PRESETS.map(({ title, values }) => ({ name: title, values })) });

/**
 * Reads a file of expressions: `{"fade": milliseconds, "list": [{"name", "values"}]}`.
 * @param {string} text
 * @returns {{fade: number, list: Expression[]}}
 * @throws {Error} with one plain sentence.
 */
export function readExpressions(text) {
  let found;
  try {
    found = JSON.parse(text);
  } catch {
    throw new Error("This file is not JSON.");
  }
  if (!Array.isArray(found?.list) || found.list.length > MOST) throw new Error(`This file has no list of up to ${MOST} expressions.`);
  const fade = Number.isFinite(found.fade) ? Math.min(MOST_FADE, Math.max(0, found.fade)) : FIRST.fade;
  return { fade, list: found.list.map(readOne) };
}

function readOne(entry, i) {
  const numbers = entry?.values && typeof entry.values === "object" && Object.values(entry.values).every(Number.isFinite);
  if (typeof entry?.name !== "string" || !entry.name.trim() || !numbers) {
    throw new Error(`Expression ${i + 1} must have a name, and values that are numbers.`);
  }
  return { name: entry.name.trim().slice(0, 40), values: { ...entry.values } };
}

/** One expression's strength over time: it goes evenly to 1 or back to 0, from wherever it is. */
export class Fade {
  constructor() {
    Object.assign(this, { from: 0, target: 0, began: 0, takes: 0 });
  }

  /** @param {number} takes milliseconds from 0 to 1. */
  to(target, takes, now) {
    Object.assign(this, { from: this.at(now), target, began: now, takes });
  }

  /** The strength, 0..1. */
  at(now) {
    const way = this.takes > 0 ? (now - this.began) / this.takes : 1;
    const gone = this.target - this.from;
    return Math.abs(gone) <= way ? this.target : this.from + Math.sign(gone) * way;
  }
}
