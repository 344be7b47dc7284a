// @ts-check
/** Writing a mail: files are chosen one after another or dropped, and what was written stays until it is sent. */
import { postForm, Refused } from "./net.js";

const form = /** @type {HTMLFormElement | null} */ (document.getElementById("compose"));
const chooser = /** @type {HTMLInputElement | null} */ (document.getElementById("mail-files"));
const list = document.getElementById("mail-chosen");
const keepRow = document.getElementById("mail-keep-row");
const problem = document.getElementById("problem");

/** What is attached: a field of the form, so that it goes with it. */
let files = new DataTransfer();
let sent = false;
let busy = false;

/** @param {number} bytes */
function size(bytes) {
  const units = ["byte", "kilobyte", "megabyte"];
  const unit = Math.min(Math.floor(Math.log10(Math.max(bytes, 1)) / 3), 2);
  const format = new Intl.NumberFormat(document.documentElement.lang, {
    style: "unit", unit: units[unit], unitDisplay: unit === 0 ? "long" : "short", maximumSignificantDigits: 2,
  });
  return format.format(bytes / 1000 ** unit);
}

/** @param {string} line */
function complain(line) {
  if (!problem) return;
  problem.textContent = line;
  problem.hidden = line === "";
}

function show() {
  if (!chooser || !list || !keepRow) return;
  chooser.files = files.files;
  keepRow.hidden = ![...files.files].some((file) => file.type.startsWith("image/"));
  list.hidden = files.files.length === 0;
  list.replaceChildren(...[...files.files].map((file, place) => {
    const line = document.createElement("li");
    const name = document.createElement("bdi");
    name.textContent = file.name;
    const how = document.createElement("span");
    how.className = "dim";
    how.textContent = size(file.size);
    const not = document.createElement("button");
    not.type = "button";
    not.className = "button quiet icon";
    not.textContent = "×";
    const words = (list.dataset.remove ?? "").replace("…", file.name);
    not.setAttribute("aria-label", words);
    not.title = words;
    not.addEventListener("click", () => {
      files.items.remove(place);
      show();
      chooser.focus();
    });
    line.append(name, how, not);
    return line;
  }));
}

/**
 * The same file, chosen again, is still one.
 * @param {Iterable<File>} given
 */
function add(given) {
  complain("");
  const more = [...given].filter((file) => ![...files.files].some((known) => known.name === file.name && known.size === file.size && known.lastModified === file.lastModified));
  const together = [...files.files, ...more];
  if (together.reduce((sum, file) => sum + file.size, 0) > Number(form?.dataset.largest)) {
    complain(form?.dataset.tooLarge ?? "");
    show();
    return;
  }
  for (const file of more) files.items.add(file);
  show();
}

const written = () => files.files.length > 0
  || [...(form?.querySelectorAll("[data-written]") ?? [])].some((field) => (field instanceof HTMLInputElement || field instanceof HTMLTextAreaElement) && field.value !== field.defaultValue);

async function send() {
  if (!form || busy) return;
  busy = true;
  const button = form.querySelector("button.primary");
  button?.setAttribute("aria-disabled", "true");
  complain("");
  try {
    await postForm(form.action, new FormData(form));
    sent = true;
    location.assign(form.dataset.then ?? "/");
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    complain(error.message);
    problem?.scrollIntoView({ block: "nearest" });
  } finally {
    busy = false;
    button?.removeAttribute("aria-disabled");
  }
}

if (form && chooser) {
  show();
  chooser.addEventListener("change", () => add([...(chooser.files ?? [])]));
  form.addEventListener("dragover", (event) => {
    if (event.dataTransfer?.types.includes("Files")) event.preventDefault();
  });
  form.addEventListener("drop", (event) => {
    const dropped = [...(event.dataTransfer?.files ?? [])];
    if (dropped.length === 0) return;
    event.preventDefault();
    add(dropped);
  });
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    send();
  });
  addEventListener("beforeunload", (event) => {
    if (!sent && written()) event.preventDefault();
  });
}
