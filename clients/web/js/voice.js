/**
 * The voice: from the level and the coarse spectrum of a sound to a mouth. It is causal and has no clock of its
 * own: each step looks at one short piece of sound and at what it said before.
 */

const QUIET_DB = 9; // over the noise of the room before the mouth opens
const LOUD_DB = 32; // over it where the mouth is wide open
const OPENING = 0.6; // part of the way that is gone in one step of 1/60 s
const CLOSING = 0.28;
const ROOM_FALLS = 0.1; // how quickly the noise of the room is learnt, per step: downwards
const ROOM_RISES = 0.0015; // and upwards, slowly, or speech itself would be taken for noise
const SPEAKS = 0.02; // openness from which the voice has the mouth

/** The parameters that the voice takes over while it speaks. */
export const MOUTH = ["mouth_aaa", "mouth_iii", "mouth_uuu", "mouth_eee", "mouth_ooo", "mouth_delta"];

/**
 * How wide (towards 1) or round (towards -1) a vowel is, by where its energy lies: `i` and `e` ring high, `u`
 * and `o` low, `a` between.
 * @param {ArrayLike<number>} bands power in 80-500, 500-900, 900-1700 and 1700-3500 Hz, >= 0.
 */
export function width([low, middle, upper, high]) {
  const all = low + middle + upper + high;
  if (!(all > 0)) return 0;
  const bright = (high + 0.3 * upper) / all;
  const dark = (low - middle - upper) / all;
  if (bright > 0.12) return Math.min(1, (bright - 0.12) * 4);
  return -Math.min(1, Math.max(0, dark - 0.3) * 1.6);
}

/** The vowels of a mouth so open (0..1) and so wide (-1..1): >= 0 and together at most 1. */
export function vowels(open, wide) {
  const [broad, rounded, shut] = [Math.max(0, wide), Math.max(0, -wide), 0.4 * open * (1 - open)];
  return {
    mouth_aaa: open * (1 - Math.abs(wide)),
    mouth_iii: shut * broad,
    mouth_eee: open * broad,
    mouth_uuu: shut * rounded,
    mouth_ooo: open * rounded,
    mouth_delta: 0,
  };
}

/**
 * A tracked face that speaks: its jaw and lips are the voice's while it is heard.
 * @param {{values: Object<string, number>, head: number[]}} face
 * @param {{open: number, wide: number}|null} mouth null while nothing is heard.
 */
export function spoken(face, mouth) {
  if (!mouth) return face;
  const [stretch, pucker] = [Math.max(0, mouth.wide), Math.max(0, -mouth.wide)];
  const shape = { jawOpen: 0.6 * mouth.open, mouthClose: 0, mouthFunnel: 0, mouthPucker: pucker };
  for (const side of ["Left", "Right"]) Object.assign(shape, { [`mouthStretch${side}`]: stretch, [`mouthLowerDown${side}`]: 0 });
  return { ...face, values: { ...face.values, ...shape } };
}

export class Voice {
  constructor() {
    Object.assign(this, { room: null, open: 0, wide: 0 });
  }

  /**
   * Takes in one piece of sound, about 60 in a second.
   * @param {number} level in dB, any zero.
   * @param {ArrayLike<number>} bands as for `width`.
   * @returns {{speaking: boolean, open: number, wide: number}}
   */
  step(level, bands) {
    this.room ??= level;
    this.room += (level - this.room) * (level < this.room ? ROOM_FALLS : ROOM_RISES);
    const wished = Math.min(1, Math.max(0, (level - this.room - QUIET_DB) / (LOUD_DB - QUIET_DB)));
    this.open += (wished - this.open) * (wished > this.open ? OPENING : CLOSING);
    if (wished > 0) this.wide += (width(bands) - this.wide) * 0.3;
    return { speaking: this.open > SPEAKS, open: this.open, wide: this.wide };
  }
}
