/** The turn of a head, from MediaPipe's face matrix. */

const DEGREES = 180 / Math.PI;

/**
 * Pitch, yaw and roll in degrees, with the signs of the protocol's `head`: > 0 lowers the chin, turns to the
 * person's own left, tips the crown to the person's own right.
 * @param {ArrayLike<number>} matrix 4 by 4, column after column, as MediaPipe gives it; a scale is allowed.
 * @returns {[number, number, number]}
 */
export function headOf(matrix) {
  const at = (row, column) => matrix[4 * column + row];
  const length = Math.hypot(at(0, 2), at(1, 2), at(2, 2)) || 1;
  return [
    DEGREES * Math.asin(Math.min(1, Math.max(-1, -at(1, 2) / length))),
    DEGREES * Math.atan2(at(0, 2), at(2, 2)),
    DEGREES * Math.atan2(at(1, 0), at(1, 1)),
  ];
}
