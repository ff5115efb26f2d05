/** Hands a file to the person. */
import { element } from "./dom.js";

const MILLISECONDS = 60000; // time for the browser to read the file before its memory is given back

/** @param {Blob} blob @param {string} name of the file. */
export function download(blob, name) {
  const url = URL.createObjectURL(blob);
  element("a", { href: url, download: name }).click();
  setTimeout(() => URL.revokeObjectURL(url), MILLISECONDS);
}
