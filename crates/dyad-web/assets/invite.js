// @ts-check
/** Passing an invitation on: copied, shared by the system, or as a file. */
import { say } from "./net.js";

const root = document.getElementById("invited");

for (const button of document.querySelectorAll("[data-copy]")) {
  if (!(button instanceof HTMLButtonElement)) continue;
  const field = /** @type {HTMLInputElement | null} */ (document.getElementById(button.dataset.copy ?? ""));
  if (!field) continue;
  button.hidden = false;
  button.addEventListener("click", async () => {
    try {
      await navigator.clipboard.writeText(field.value);
      say(root?.dataset.copied ?? "");
    } catch {
      // Not allowed here: it is marked, so that the keyboard can copy it.
      field.focus();
      field.select();
    }
  });
}

const share = document.getElementById("share");
if (share && "share" in navigator) {
  share.hidden = false;
  share.addEventListener("click", () => {
    navigator.share({ text: root?.dataset.share ?? "" }).catch(() => {});
  });
}

const file = /** @type {HTMLTextAreaElement | null} */ (document.getElementById("file"));
const download = /** @type {HTMLAnchorElement | null} */ (document.getElementById("download"));
if (file && download) {
  download.href = URL.createObjectURL(new Blob([file.value], { type: "text/plain" }));
  download.hidden = false;
}
