/**
 * Dragging on the picture: the head turns toward where the pointer goes, and the eyes go along. On the
 * screen, right and up of the person who drags are right and up of the picture.
 */

const REACH = 0.4; // part of the picture's size that takes the head from the middle to its limit
const EYES = 0.7; // how much of the head's turn the eyes do

/** The four values that a drag moves. A positive head_y turns to the left of the picture, a positive head_x looks up. */
export const TURNED = ["head_x", "head_y", "iris_rotation_x", "iris_rotation_y"];

/**
 * The values after a drag.
 * @param {Object<string, number>} start the values of TURNED at its beginning.
 * @param {number} right how far it went, in sizes of the picture.
 * @param {number} down
 * @returns {Object<string, number>} not clamped.
 */
export function turn(start, right, down) {
  const [up, left] = [-down / REACH, -right / REACH];
  return {
    head_x: start.head_x + up,
    head_y: start.head_y + left,
    iris_rotation_x: start.iris_rotation_x + EYES * up,
    iris_rotation_y: start.iris_rotation_y + EYES * left,
  };
}

/**
 * Lets the picture be dragged.
 * @param {HTMLElement} picture
 * @param {() => {pose: import("./pose.js").Pose, glide: import("./glide.js").Glide}|null} puppet
 * @param {() => boolean} springs whether the head goes back when it is let go.
 */
export function attachDrag(picture, puppet, springs) {
  let drag = null;
  picture.addEventListener("pointerdown", (event) => {
    if (drag || event.button !== 0 || !puppet()) return;
    drag = begin(puppet(), event);
    picture.setPointerCapture(event.pointerId);
  });
  picture.addEventListener("pointermove", (event) => {
    if (event.pointerId !== drag?.id) return;
    const size = Math.min(picture.clientWidth, picture.clientHeight);
    drag.pose.set(turn(drag.start, (event.clientX - drag.x) / size, (event.clientY - drag.y) / size));
  });
  const release = (event) => {
    if (event.pointerId !== drag?.id) return;
    if (springs()) drag.glide.to(drag.start);
    drag = null;
  };
  picture.addEventListener("pointerup", release);
  picture.addEventListener("pointercancel", release);
}

function begin({ pose, glide }, { pointerId, clientX, clientY }) {
  glide.stop(TURNED);
  const start = Object.fromEntries(TURNED.map((name) => [name, pose.values[name] ?? 0]));
  return { pose, glide, start, id: pointerId, x: clientX, y: clientY };
}
