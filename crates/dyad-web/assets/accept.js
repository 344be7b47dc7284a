// @ts-check
/** Answering an invitation: besides pasting, a file or a picture can be dropped or chosen, or a code shown to the camera. */
import { complain, say } from "./net.js";
import { inPicture, scanner } from "./scan.js";

/** Longest file that is read, bytes: an invitation is far shorter. */
const LONGEST = 64 * 1024;

const form = /** @type {HTMLFormElement | null} */ (document.getElementById("give"));
const given = /** @type {HTMLTextAreaElement | null} */ (document.getElementById("given"));
const file = /** @type {HTMLInputElement | null} */ (document.getElementById("file"));
const sheet = document.getElementById("accept");
const root = /** @type {HTMLElement | null} */ (document.querySelector("[data-scan]"));

/** @param {string} text */
function use(text) {
  if (!given || !form) return;
  given.value = text.trim();
  form.requestSubmit();
}

/** @param {File} chosen */
async function read(chosen) {
  try {
    if (chosen.type.startsWith("image/")) {
      const text = await inPicture(chosen);
      if (text) use(text);
      else say(root?.dataset.none ?? "");
    } else if (chosen.size > LONGEST) {
      say(file?.dataset.tooLarge ?? "");
    } else {
      use(await chosen.text());
    }
  } catch (error) {
    complain(error);
  }
}

if (root && form && given && sheet) {
  scanner(root, use);
  const section = document.getElementById("scan");
  if (section) section.hidden = false;
  file?.addEventListener("change", () => {
    const chosen = file.files?.[0];
    if (chosen) read(chosen);
    file.value = "";
  });
  // Anywhere: what is dropped beside the sheet would be opened by the browser in place of this page.
  document.addEventListener("dragover", (event) => {
    event.preventDefault();
    sheet.classList.add("dropping");
  });
  document.addEventListener("dragleave", () => sheet.classList.remove("dropping"));
  document.addEventListener("drop", (event) => {
    event.preventDefault();
    sheet.classList.remove("dropping");
    const dropped = event.dataTransfer?.files[0];
    const text = event.dataTransfer?.getData("text/plain");
    if (dropped) read(dropped);
    else if (text) use(text);
  });
  given.addEventListener("paste", (event) => {
    const picture = [...(event.clipboardData?.files ?? [])].find((f) => f.type.startsWith("image/"));
    if (!picture) return;
    event.preventDefault();
    read(picture);
  });
  // Several lines are for files; Enter goes on, as in a field of one line.
  given.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && !event.shiftKey && !event.isComposing) {
      event.preventDefault();
      form.requestSubmit();
    }
  });
}
