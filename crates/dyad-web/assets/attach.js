// @ts-check
/** Files to be sent: chosen, dropped or pasted. They wait below the text until it is sent, and go one after the other. */
import { complain, fresh, leave, post, Refused, say } from "./net.js";

const root = document.getElementById("conversation");
const id = root?.dataset.id ?? "";
const tray = document.getElementById("tray");
const list = document.getElementById("tray-files");
const keepRow = document.getElementById("keep-row");
const keep = /** @type {HTMLInputElement | null} */ (document.getElementById("keep"));
const chooser = /** @type {HTMLInputElement | null} */ (document.getElementById("files"));

/**
 * @typedef {{file: File, line: HTMLLIElement, bar: HTMLProgressElement, gone: boolean, once: string, request: XMLHttpRequest | null}} Waiting
 */

/** @type {Waiting[]} */
let waiting = [];

/** How many wait. */
export const count = () => waiting.length;

/** Pictures whose type not every browser knows. */
const PICTURE = /\.(heic|heif|hif|avif|tiff?|dng|cr2|cr3|nef|arw|orf|raf|rw2|jxl|jp2)$/i;

function show() {
  if (!tray || !keepRow) return;
  tray.hidden = waiting.length === 0;
  keepRow.hidden = !waiting.some((one) => one.file.type.startsWith("image/") || PICTURE.test(one.file.name));
}

/** @param {Waiting} one */
function drop(one) {
  one.gone = true;
  one.request?.abort();
  one.line.remove();
  waiting = waiting.filter((other) => other !== one);
  show();
}

/** @param {number} bytes */
function size(bytes) {
  const units = ["byte", "kilobyte", "megabyte", "gigabyte"];
  const unit = Math.min(Math.floor(Math.log10(Math.max(bytes, 1)) / 3), 3);
  const format = new Intl.NumberFormat(document.documentElement.lang, {
    style: "unit", unit: units[unit], unitDisplay: unit === 0 ? "long" : "short", maximumSignificantDigits: 2,
  });
  return format.format(bytes / 1000 ** unit);
}

/** @param {File} file */
function add(file) {
  if (!list) return;
  if (file.size > Number(root?.dataset.largest)) {
    say(root?.dataset.tooLarge ?? "");
    return;
  }
  const line = document.createElement("li");
  const name = document.createElement("bdi");
  name.textContent = file.name;
  const how = document.createElement("span");
  how.className = "dim";
  how.textContent = size(file.size);
  const bar = document.createElement("progress");
  bar.max = 1;
  bar.value = 0;
  bar.hidden = true;
  bar.setAttribute("aria-label", file.name);
  const not = document.createElement("button");
  not.type = "button";
  not.className = "button quiet icon";
  not.textContent = "×";
  const words = (root?.dataset.remove ?? "").replace("…", file.name);
  not.setAttribute("aria-label", words);
  not.title = words;
  line.append(name, how, bar, not);
  list.append(line);
  /** @type {Waiting} */
  const one = { file, line, bar, gone: false, once: fresh(), request: null };
  not.addEventListener("click", () => drop(one));
  waiting.push(one);
  show();
}

/**
 * Brings one file to the app on this machine.
 * @param {Waiting} one
 * @param {Record<string, string>} fields
 * @returns {Promise<boolean>} Whether it has gone; not if the person took it back.
 */
function bring(one, fields) {
  return new Promise((done, failed) => {
    const form = new FormData();
    // The same until it is there: if the answer is lost on its way here, another try makes no second file.
    form.append("once", one.once);
    for (const [name, value] of Object.entries(fields)) form.append(name, value);
    if (keep?.checked) form.append("keep", "1");
    form.append("file", one.file);
    const request = new XMLHttpRequest();
    one.request = request;
    one.bar.hidden = false;
    request.upload.addEventListener("progress", (event) => {
      if (event.lengthComputable) one.bar.value = event.loaded / event.total;
    });
    request.addEventListener("load", () => {
      const go = request.getResponseHeader("X-Dyad-Go");
      if (go) {
        leave(go);
        failed(new Refused(""));
      } else if (request.status >= 200 && request.status < 300) {
        done(true);
      } else {
        const plain = request.getResponseHeader("Content-Type")?.startsWith("text/plain");
        failed(new Refused(plain ? request.responseText : (document.body.dataset.failed ?? "")));
      }
    });
    request.addEventListener("error", () => failed(new Refused(document.body.dataset.away ?? "")));
    request.addEventListener("abort", () => done(false));
    request.open("POST", `/c/${id}/files`);
    request.setRequestHeader("X-Dyad-Fetch", "yes");
    request.send(form);
  });
}

/**
 * Sends all that wait, the words with the first. What is refused stays, with those after it.
 * @param {Record<string, string>} words
 * @returns {Promise<boolean>} Whether the words have gone.
 */
export async function send(words) {
  let fields = words;
  let said = false;
  for (const one of [...waiting]) {
    if (one.gone) continue;
    try {
      if (await bring(one, fields)) {
        said = true;
        fields = {};
        drop(one);
      }
    } catch (error) {
      one.bar.hidden = true;
      one.request = null;
      if (said) {
        // The words are not to go a second time.
        complain(error);
        return true;
      }
      throw error;
    }
  }
  return said;
}

/** Whether something that is dragged has files. @param {DragEvent} event */
const hasFiles = (event) => event.dataTransfer?.types.includes("Files") ?? false;

export function begin() {
  if (!root || !chooser) return;
  document.getElementById("attach-plain")?.remove();
  document.getElementById("attach")?.removeAttribute("hidden");
  const text = document.getElementById("text");
  chooser.addEventListener("change", () => {
    for (const file of chooser.files ?? []) add(file);
    chooser.value = "";
    text?.focus();
  });
  root.addEventListener("dragover", (event) => {
    if (!hasFiles(event)) return;
    event.preventDefault();
    root.classList.add("dropping");
  });
  root.addEventListener("dragleave", (event) => {
    if (!(event.relatedTarget instanceof Node) || !root.contains(event.relatedTarget)) root.classList.remove("dropping");
  });
  root.addEventListener("drop", (event) => {
    root.classList.remove("dropping");
    if (!hasFiles(event)) return;
    event.preventDefault();
    for (const file of event.dataTransfer?.files ?? []) add(file);
    text?.focus();
  });
  text?.addEventListener("paste", (event) => {
    const files = [...(event.clipboardData?.files ?? [])];
    // Some programs put a picture of the text beside the text: the text is what was meant.
    if (files.length === 0 || event.clipboardData?.types.includes("text/plain")) return;
    event.preventDefault();
    files.forEach(add);
  });
  addEventListener("beforeunload", (event) => {
    if (waiting.length > 0) event.preventDefault();
  });
  // What is done to a file of a message.
  root.addEventListener("submit", (event) => {
    const form = event.target;
    if (!(form instanceof HTMLFormElement) || !("fileAct" in form.dataset)) return;
    event.preventDefault();
    post(new URL(form.action).pathname, {}).catch(complain);
  });
}
