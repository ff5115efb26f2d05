/**
 * Tracking in the browser: the face is read here by MediaPipe's Face Landmarker, and only its blendshapes and
 * the turn of the head leave this device. `vendor/README.md` says which files it needs and how they get there.
 */

import { headOf } from "./head.js";

const VENDOR = "/web/vendor/tasks-vision/";
const MODEL = `${VENDOR}face_landmarker.task`;

/** @throws {Error} with one plain sentence. */
async function load() {
  try {
    const { FaceLandmarker, FilesetResolver } = await import(`${VENDOR}vision_bundle.mjs`);
    return await FaceLandmarker.createFromOptions(await FilesetResolver.forVisionTasks(`${VENDOR}wasm`), {
      baseOptions: { modelAssetPath: MODEL },
      runningMode: "VIDEO",
      outputFaceBlendshapes: true,
      outputFacialTransformationMatrixes: true,
    });
  } catch (error) {
    throw new Error(`Tracking in the browser cannot be started: ${error.message ?? error.type ?? error}`);
  }
}

/**
 * What a result says: ARKit names to 0..1, and the head in degrees.
 * @returns {{values: Object<string, number>, head: number[]}|null} null where there is no face.
 */
export function faceIn({ faceBlendshapes: [shapes], facialTransformationMatrixes: [matrix] }) {
  if (!shapes || !matrix) return null;
  const named = shapes.categories.filter(({ categoryName }) => categoryName !== "_neutral");
  const values = Object.fromEntries(named.map(({ categoryName, score }) => [categoryName, score]));
  return { values, head: headOf(matrix.data) };
}

export class BrowserTracker {
  /**
   * @param {import("./camera.js").Camera} camera
   * @param {(face: {values: object, head: number[]}|null, now: number) => void} onFace
   */
  constructor(camera, onFace) {
    Object.assign(this, { camera, onFace, landmarker: null, closed: false });
  }

  /** Loads what it needs; several megabytes the first time. @throws {Error} with one plain sentence. */
  async open() {
    this.landmarker = await load();
    if (this.closed) this.landmarker.close();
  }

  step(now) {
    if (!this.closed) this.onFace(faceIn(this.landmarker.detectForVideo(this.camera.video, now)), now);
  }

  /** The server owes no answer. */
  answered() {
    return false;
  }

  close() {
    this.closed = true;
    this.landmarker?.close();
  }
}
