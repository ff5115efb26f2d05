/** The expressions' part of the page: a button and a key for each, a fade, and a file to take along. */

import { download } from "./download.js";
import { element } from "./dom.js";
import { FIRST, Fade, readExpressions } from "./expressions.js";
import { local } from "./memory.js";

const KEYS = 9; // the first nine have a key of their own: 1 to 9

export class ExpressionPanel {
  /**
   * @param {HTMLElement} root has `#expressions`, `#expression-name`, `#fade`, `#expression-note` and `[data-do]` buttons.
   * @param {(expression: import("./expressions.js").Expression, weight: number) => void} lay it is so strong now, 0..1.
   * @param {(active: object[], fade: number) => void} onToggle those that come or are there now; the fade is in milliseconds.
   * @param {() => Object<string, number>} present what the present pose has that differs from rest.
   */
  constructor(root, lay, onToggle, present) {
    Object.assign(this, { root, lay, onToggle, present, fades: new Map(), ticket: 0 });
    this.find = (choice) => root.querySelector(choice);
    this.kept = local.read("expressions", FIRST);
    this.find("#fade").value = String(this.kept.fade);
    this.find("#fade").addEventListener("input", (event) => this.#keep({ ...this.kept, fade: Number(event.target.value) }));
    this.find("form").addEventListener("submit", (event) => this.#save(event));
    this.find("[data-do=export]").addEventListener("click", () => this.#export());
    this.find("[data-do=import]").addEventListener("click", () => this.find("input[type=file]").click());
    this.find("input[type=file]").addEventListener("change", (event) => this.#import(event.target));
    document.addEventListener("keydown", (event) => this.#key(event));
    this.#show();
  }

  /** Lets an expression come, or go where it is there. */
  toggle(expression) {
    const fade = this.fades.get(expression) ?? new Fade();
    this.fades.set(expression, fade);
    fade.to(fade.target === 1 ? 0 : 1, this.kept.fade, performance.now());
    this.#press(expression, fade.target === 1);
    this.onToggle(this.active, this.kept.fade);
    this.ticket ||= requestAnimationFrame(() => this.#step());
  }

  /** The expressions that come or are there, in the order in which they came. */
  get active() {
    return [...this.fades].filter(([, fade]) => fade.target === 1).map(([expression]) => expression);
  }

  #step() {
    this.ticket = 0;
    const now = performance.now();
    let moving = false;
    for (const [expression, fade] of this.fades) {
      const weight = fade.at(now);
      this.lay(expression, weight);
      moving ||= weight !== fade.target;
      if (weight === 0 && fade.target === 0) this.fades.delete(expression);
    }
    if (moving) this.ticket = requestAnimationFrame(() => this.#step());
  }

  #key(event) {
    const typing = event.target.closest?.("input:not([type=range]), textarea, select, dialog");
    if (typing || event.repeat || event.ctrlKey || event.metaKey || event.altKey || !/^[1-9]$/.test(event.key)) return;
    const expression = this.kept.list[Number(event.key) - 1];
    if (expression) this.toggle(expression);
  }

  #show() {
    this.find("#expressions").replaceChildren(...this.kept.list.map((expression, i) => this.#row(expression, i)));
  }

  #row(expression, i) {
    const key = i < KEYS ? [element("kbd", {}, String(i + 1))] : [];
    const play = { type: "button", "data-expression": expression.name, "aria-pressed": "false", onclick: () => this.toggle(expression) };
    const forget = { type: "button", class: "quiet", "aria-label": `Forget ${expression.name}`, onclick: () => this.#forget(expression) };
    return element("li", {}, element("button", play, ...key, expression.name), element("button", forget, "×"));
  }

  #press(expression, pressed) {
    const button = this.find("#expressions").children[this.kept.list.indexOf(expression)]?.firstChild;
    button?.setAttribute("aria-pressed", String(pressed));
  }

  #save(event) {
    event.preventDefault();
    const field = this.find("#expression-name");
    const values = this.present();
    if (!field.value.trim()) return this.#say("Give the expression a name.");
    if (Object.keys(values).length === 0) return this.#say("The pose is at rest: move some sliders first.");
    this.#replace({ ...this.kept, list: [...this.kept.list, { name: field.value.trim(), values }] });
    this.#say(`“${field.value.trim()}” is saved.`);
    field.value = "";
    return undefined;
  }

  #forget(expression) {
    this.#replace({ ...this.kept, list: this.kept.list.filter((each) => each !== expression) });
  }

  async #import(field) {
    try {
      this.#replace(readExpressions(await field.files[0].text()));
      this.find("#fade").value = String(this.kept.fade);
      this.#say("The expressions are taken over.");
    } catch (error) {
      this.#say(error.message);
    }
    field.value = "";
  }

  #export() {
    download(new Blob([JSON.stringify(this.kept, null, 2)], { type: "application/json" }), "expressions.json");
  }

  #replace(kept) {
    for (const expression of this.fades.keys()) this.lay(expression, 0);
    this.fades.clear();
    this.onToggle([], 0);
    this.#keep(kept);
    this.#show();
  }

  #keep(kept) {
    this.kept = kept;
    local.keep("expressions", kept);
  }

  #say(sentence) {
    this.find("#expression-note").textContent = sentence;
  }
}
