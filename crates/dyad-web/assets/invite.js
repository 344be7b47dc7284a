// @ts-check
/** Passing an invitation on: copied, shared by the system, or as a file. */
import { say } from "./net.js";

const root = document.getElementById("invited");

/**
 * Puts a text where it can be pasted from.
 * @param {string} text
 * @param {HTMLInputElement} field What the keyboard can copy instead, if that is not allowed here.
 */
async function copy(text, field) {
  try {
    await navigator.clipboard.writeText(text);
    say(root?.dataset.copied ?? "");
  } catch {
    field.focus();
    field.select();
  }
}

/** @param {string} id */
const field = (id) => /** @type {HTMLInputElement | null} */ (document.getElementById(id));

for (const button of document.querySelectorAll("[data-copy]")) {
  if (!(button instanceof HTMLButtonElement)) continue;
  const of = field(button.dataset.copy ?? "");
  if (!of) continue;
  button.hidden = false;
  button.addEventListener("click", () => copy(of.value, of));
}

const share = document.getElementById("share");
const link = field("link");
if (share && link) {
  const text = root?.dataset.share ?? "";
  const sheet = typeof navigator.share === "function";
  // Without the system's sheet it is pasted by the person.
  if (!sheet) share.textContent = share.dataset.copies ?? "";
  share.addEventListener("click", () => sheet ? navigator.share({ text }).catch(() => {}) : copy(text, link));
  share.hidden = false;
}

const file = /** @type {HTMLTextAreaElement | null} */ (document.getElementById("file"));
const download = /** @type {HTMLAnchorElement | null} */ (document.getElementById("download"));
if (file && download) {
  download.href = URL.createObjectURL(new Blob([file.value], { type: "text/plain" }));
  download.hidden = false;
}
