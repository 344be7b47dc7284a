// @ts-check
/** A contact: the words on their screen, seen by the camera, are compared by the app. */
import { scanner } from "./scan.js";

const root = /** @type {HTMLElement | null} */ (document.querySelector("[data-scan]"));
const form = /** @type {HTMLFormElement | null} */ (document.getElementById("compare"));
const seen = /** @type {HTMLInputElement | null} */ (document.getElementById("seen"));

if (root && form && seen) {
  scanner(root, (text) => {
    seen.value = text;
    form.requestSubmit();
  });
}
