/**
 * Ready-made faces, and random ones. A preset says only what differs from rest, for the face alone:
 * where the head and body are stays the person's choice.
 */

const both = (stem, value) => ({ [`${stem}_left`]: value, [`${stem}_right`]: value });

/** @type {{id: string, title: string, values: Object<string, number>}[]} */
export const PRESETS = [
  { id: "smile", title: "Smile", values: { ...both("mouth_raised_corner", 1), ...both("eyebrow_happy", 0.6) } },
  {
    id: "laugh",
    title: "Laugh",
    values: {
      ...both("eye_happy_wink", 1),
      ...both("eyebrow_happy", 1),
      ...both("mouth_raised_corner", 0.6),
      mouth_aaa: 0.8,
    },
  },
  {
    id: "surprised",
    title: "Surprised",
    values: {
      ...both("eye_surprised", 1),
      ...both("eyebrow_raised", 1),
      ...both("iris_small", 0.5),
      mouth_ooo: 0.7,
    },
  },
  {
    id: "angry",
    title: "Angry",
    values: { ...both("eyebrow_angry", 1), ...both("eye_unimpressed", 0.3), ...both("mouth_lowered_corner", 1) },
  },
  {
    id: "sad",
    title: "Sad",
    values: {
      ...both("eyebrow_troubled", 1),
      ...both("eye_relaxed", 0.4),
      ...both("mouth_lowered_corner", 0.8),
      iris_rotation_x: -0.4,
    },
  },
  {
    id: "sleepy",
    title: "Sleepy",
    values: { ...both("eye_relaxed", 0.85), ...both("eyebrow_lowered", 0.4), mouth_uuu: 0.15 },
  },
  {
    id: "wink",
    title: "Wink",
    values: { eye_wink_left: 1, ...both("mouth_raised_corner", 1), eyebrow_raised_right: 0.4 },
  },
  { id: "smirk", title: "Smirk", values: { mouth_smirk: 1, ...both("eye_unimpressed", 0.5) } },
  { id: "aaa", title: "Aaa", values: { mouth_aaa: 1 } },
];

const isOfFace = (name) => /^(eyebrow|eye|iris|mouth)_/.test(name);

/**
 * The whole face of a preset.
 * @param {{values: Object<string, number>}} preset
 * @param {import("./pose.js").Pose} pose
 */
export function faceOf(preset, pose) {
  return { ...pose.rest(pose.names.filter(isOfFace)), ...preset.values };
}

const BROWS = ["troubled", "angry", "lowered", "raised", "happy", "serious"];
const EYES = ["wink", "happy_wink", "surprised", "relaxed", "unimpressed", "raised_lower_eyelid"];
const SHUTTING = new Set(["wink", "happy_wink"]); // shut eyes are rare, and then they are shut
const VOWELS = ["aaa", "iii", "uuu", "eee", "ooo", "delta"];
const CORNERS = ["lowered_corner", "raised_corner"];

/**
 * A random pose that a face could have: one mood for the brows, one for the eyes, one shape for the mouth,
 * the two sides nearly alike, and a gentle turn of the head that the eyes go along with.
 * @param {import("./pose.js").Pose} pose
 * @param {() => number} [random] uniform in [0, 1).
 */
export function randomPose(pose, random = Math.random) {
  const turn = () => (random() + random() - 1) * 0.8;
  const [up, aside] = [turn(), turn()];
  return {
    ...pose.rest(),
    ...mood("eyebrow", pick(BROWS, random), random),
    ...lids(random),
    ...mouth(random),
    iris_rotation_x: up * 0.6,
    iris_rotation_y: aside * 0.8,
    head_x: up,
    head_y: aside,
    neck_z: turn() * 0.7,
    body_y: aside * 0.5,
    body_z: turn() * 0.4,
    breathing: random(),
  };
}

const pick = (list, random) => list[Math.floor(random() * list.length)];

function mood(part, name, random, strength = 0.3 + 0.7 * random()) {
  const uneven = 0.85 + 0.15 * random();
  return { [`${part}_${name}_left`]: strength, [`${part}_${name}_right`]: strength * uneven };
}

function lids(random) {
  const name = pick(EYES, random);
  if (!SHUTTING.has(name)) return mood("eye", name, random);
  return random() < 0.3 ? both(`eye_${name}`, 1) : {};
}

function mouth(random) {
  const vowel = random() < 0.6 ? { [`mouth_${pick(VOWELS, random)}`]: random() } : {};
  return { ...mood("mouth", pick(CORNERS, random), random), ...vowel };
}
