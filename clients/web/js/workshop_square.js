/**
 * The square that holds the head, as `{x, y, size}`: its centre and its side, in the picture's own pixels.
 * Rules alone: each gives a new square that the server takes.
 */

const LEAST = 16; // pixels; a smaller head gives no picture worth looking at
const STEP = 0.02; // of its size, with a key
const LEAP = 5; // times that, with Shift and an arrow

/** Where the head belongs in the prepared picture, which is 512 by 512. */
export const BOX = Object.freeze({ x: 256, y: 128, size: 128 });
export const FULL = 512;

/** The square, kept to what makes sense in a picture of that size. */
export function within({ x, y, size }, { width, height }) {
  const clamp = (value, least, most) => Math.min(most, Math.max(least, value));
  return { x: clamp(x, 0, width), y: clamp(y, 0, height), size: clamp(size, LEAST, Math.max(width, height)) };
}

export function moved(square, right, down, picture) {
  return within({ ...square, x: square.x + right, y: square.y + down }, picture);
}

export function sized(square, factor, picture) {
  return within({ ...square, size: square.size * factor }, picture);
}

/**
 * The square after a corner was drawn to a point; the corner across stays where it is.
 * @param {[number, number]} corner -1 or 1 each: left or right, top or bottom.
 */
export function cornered(square, [h, v], point, picture) {
  const across = { x: square.x - (h * square.size) / 2, y: square.y - (v * square.size) / 2 };
  const size = Math.max(LEAST, h * (point.x - across.x), v * (point.y - across.y));
  return within({ x: across.x + (h * size) / 2, y: across.y + (v * size) / 2, size }, picture);
}

/** The square after a key, or null for a key that means nothing to it. */
export function keyed(square, key, shift, picture) {
  const step = square.size * STEP * (shift ? LEAP : 1);
  const ways = { ArrowLeft: [-step, 0], ArrowRight: [step, 0], ArrowUp: [0, -step], ArrowDown: [0, step] };
  if (ways[key]) return moved(square, ...ways[key], picture);
  if (key === "+" || key === "=") return sized(square, 1 + STEP, picture);
  if (key === "-" || key === "_") return sized(square, 1 / (1 + STEP), picture);
  return null;
}

/**
 * How a picture is scaled and moved so that the square comes to lie on the head's box.
 * @returns {{scale: number, left: number, top: number}} of the prepared picture's pixels.
 */
export function placement({ x, y, size }) {
  const scale = BOX.size / size;
  return { scale, left: BOX.x - x * scale, top: BOX.y - y * scale };
}

/** The same from a picture that was prepared with another square. */
export function replacement(before, after) {
  const [old, next] = [placement(before), placement(after)];
  const scale = next.scale / old.scale;
  return { scale, left: next.left - old.left * scale, top: next.top - old.top * scale };
}

/** The square as the server reads it. */
export const toText = ({ x, y, size }) => [x, y, size].map((number) => number.toFixed(1)).join(",");
