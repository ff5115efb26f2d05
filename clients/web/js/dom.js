/**
 * Makes an element.
 * @param {string} tag
 * @param {Object<string, string|boolean|EventListener>} attributes `true` sets a bare attribute, `false` leaves
 *   it out, and a function is listened with: `{onclick: act}`.
 * @param {...(Node|string)} children
 * @returns {HTMLElement}
 */
export function element(tag, attributes = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (typeof value === "function") made.addEventListener(name.slice(2), value);
    else if (value !== false) made.setAttribute(name, value === true ? "" : value);
  }
  made.append(...children);
  return made;
}

/** The element with an id, which the page is known to have. */
export const byId = (id) => document.getElementById(id);
