/**
 * The joiner: colour and alpha that came in one picture, the one above the other, become one picture with
 * transparency. The colour was multiplied by alpha before it was encoded, and is kept so to the screen.
 */

const CORNERS = `
  attribute vec2 corner;
  varying vec2 place;
  void main() {
    place = vec2(corner.x, 1.0 - corner.y);
    gl_Position = vec4(2.0 * corner - 1.0, 0.0, 1.0);
  }`;

// Alpha is the luma below. Where coding let colour spill over an edge, no pixel shines more than it covers.
const JOINED = `
  precision highp float;
  uniform sampler2D stacked;
  varying vec2 place;
  void main() {
    vec3 colour = texture2D(stacked, vec2(place.x, 0.5 * place.y)).rgb;
    vec3 below = texture2D(stacked, vec2(place.x, 0.5 * place.y + 0.5)).rgb;
    float alpha = dot(below, vec3(0.2126, 0.7152, 0.0722));
    gl_FragColor = vec4(min(colour, alpha), alpha);
  }`;

const OPTIONS = { alpha: true, premultipliedAlpha: true, antialias: false, depth: false };

export class Joiner {
  /**
   * @param {number} width of the picture, half as tall as what is joined.
   * @param {number} height
   * @throws {Error} where the browser has no WebGL.
   */
  constructor(width, height) {
    this.#open(width, height);
    this.#program();
    this.#texture();
    this.resize(width, height);
  }

  /** Makes pictures of another size from now on. */
  resize(width, height) {
    Object.assign(this.canvas, { width, height });
    this.gl.viewport(0, 0, width, height);
  }

  get lost() {
    return this.gl.isContextLost();
  }

  /**
   * The picture with transparency; what was given is closed.
   * @param {VideoFrame} stacked
   * @returns {ImageBitmap|Promise<ImageBitmap>} a promise where the canvas is the page's.
   * @throws {Error} where the graphics card has taken its memory back.
   */
  join(stacked) {
    this.#draw(stacked);
    if (this.lost) throw new Error("The graphics context is lost.");
    return this.canvas.transferToImageBitmap?.() ?? createImageBitmap(this.canvas);
  }

  /** Has the graphics card compile what the first picture needs, without waiting for it. */
  rehearse() {
    this.#draw(new VideoFrame(new Uint8Array(12), { format: "I420", codedWidth: 2, codedHeight: 4, timestamp: 0 }));
    this.gl.flush();
  }

  /** Gives the graphics card its memory back; pictures that were joined stay. */
  close() {
    this.gl.getExtension("WEBGL_lose_context")?.loseContext();
  }

  // WebKit had WebGL on a page's own canvas long before it had it on one of no page, and on Linux still has not.
  #open(width, height) {
    for (const canvas of [new OffscreenCanvas(width, height), document.createElement("canvas")]) {
      this.canvas = canvas;
      this.gl = canvas.getContext("webgl", OPTIONS);
      if (this.gl) return;
    }
    throw new Error("This browser has no WebGL.");
  }

  #draw(stacked) {
    const { gl } = this;
    gl.texImage2D(gl.TEXTURE_2D, 0, gl.RGBA, gl.RGBA, gl.UNSIGNED_BYTE, stacked);
    stacked.close();
    gl.drawArrays(gl.TRIANGLE_STRIP, 0, 4);
  }

  #program() {
    const { gl } = this;
    const program = gl.createProgram();
    gl.attachShader(program, this.#shader(gl.VERTEX_SHADER, CORNERS));
    gl.attachShader(program, this.#shader(gl.FRAGMENT_SHADER, JOINED));
    gl.bindAttribLocation(program, 0, "corner");
    gl.linkProgram(program);
    gl.useProgram(program);
    gl.bindBuffer(gl.ARRAY_BUFFER, gl.createBuffer());
    gl.bufferData(gl.ARRAY_BUFFER, new Float32Array([0, 0, 1, 0, 0, 1, 1, 1]), gl.STATIC_DRAW);
    gl.enableVertexAttribArray(0);
    gl.vertexAttribPointer(0, 2, gl.FLOAT, false, 0, 0);
  }

  #shader(kind, source) {
    const shader = this.gl.createShader(kind);
    this.gl.shaderSource(shader, source);
    this.gl.compileShader(shader);
    return shader;
  }

  #texture() {
    const { gl } = this;
    gl.bindTexture(gl.TEXTURE_2D, gl.createTexture());
    for (const side of [gl.TEXTURE_WRAP_S, gl.TEXTURE_WRAP_T]) gl.texParameteri(gl.TEXTURE_2D, side, gl.CLAMP_TO_EDGE);
    for (const zoom of [gl.TEXTURE_MIN_FILTER, gl.TEXTURE_MAG_FILTER]) gl.texParameteri(gl.TEXTURE_2D, zoom, gl.NEAREST);
  }
}

let spare = null; // one joiner that nobody uses: a context and its shaders take longer than a picture

/**
 * Makes a joiner before it is needed.
 * @returns {boolean} whether this browser can join.
 */
export function prepareJoiner() {
  try {
    if (!spare) (spare = new Joiner(2, 2)).rehearse();
    return true;
  } catch {
    return false;
  }
}

/** The joiner that was prepared or given back, or else a new one. @throws {Error} as `Joiner` does. */
export function takeJoiner(width, height) {
  const joiner = spare && !spare.lost ? spare : new Joiner(width, height);
  spare = null;
  joiner.resize(width, height);
  return joiner;
}

/** Keeps a joiner for the next stream, or closes it. */
export function giveBack(joiner) {
  if (spare || joiner.lost) joiner.close();
  else spare = joiner;
}
