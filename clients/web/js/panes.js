/** The panes: several parts of the page in one place, one of them shown; which, is remembered. */

import { session } from "./memory.js";

export class Panes {
  /**
   * @param {HTMLElement} bar has a `button[data-pane=ID]` for each `#pane-ID`.
   * @param {(id: string) => void} onShow
   */
  constructor(bar, onShow) {
    this.buttons = [...bar.querySelectorAll("[data-pane]")];
    this.onShow = onShow;
    for (const button of this.buttons) button.addEventListener("click", () => this.show(button.dataset.pane));
    bar.addEventListener("keydown", (event) => this.#key(event));
    const last = session.read("pane");
    this.show(this.buttons.some(({ dataset }) => dataset.pane === last) ? last : this.buttons[0].dataset.pane);
  }

  show(id) {
    for (const button of this.buttons) {
      const mine = button.dataset.pane === id;
      button.setAttribute("aria-selected", String(mine));
      button.tabIndex = mine ? 0 : -1;
      document.getElementById(`pane-${button.dataset.pane}`).hidden = !mine;
    }
    session.keep("pane", id);
    this.onShow(id);
  }

  #key({ key }) {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[key];
    if (!step) return;
    const at = this.buttons.indexOf(document.activeElement);
    const next = this.buttons.at((at + step) % this.buttons.length);
    next.focus();
    this.show(next.dataset.pane);
  }
}
