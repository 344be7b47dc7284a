// @ts-check
/** Writing a mail: files are chosen one after another or dropped, and what was written stays until it is sent. */
import { post, postForm, Refused } from "./net.js";

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
  // For a draft that the browser itself brings to the app.
  const count = document.getElementById("mail-count");
  if (count instanceof HTMLInputElement) count.value = String(files.files.length);
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
      keepSoon();
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
  keepSoon();
}

/** What a draft keeps. */
function draft() {
  const field = (/** @type {string} */ name) => {
    const found = form?.elements.namedItem(name);
    return found instanceof HTMLInputElement || found instanceof HTMLTextAreaElement ? found.value : "";
  };
  return { subject: field("subject"), text: field("text"), reply_to: form?.dataset.reply ?? "", files: String(files.files.length) };
}

/** The draft as the app has it, or the form as it came. */
let saved = JSON.stringify(draft());
let saving = 0;
/** Drafts go one after the other, so that the last one stays. */
let keeping = Promise.resolve();

const unsaved = () => JSON.stringify(draft()) !== saved;

function keep() {
  clearTimeout(saving);
  keeping = keeping.then(async () => {
    if (busy || sent || !unsaved()) return;
    const now = draft();
    await post(form?.dataset.draft ?? "", now);
    saved = JSON.stringify(now);
    const state = document.getElementById("mail-draft-state");
    const words = [state?.dataset.kept ?? "", now.files === "0" ? "" : (state?.dataset.files ?? "")];
    if (state) state.textContent = words.filter((line) => line !== "").join(" ");
  }).catch(() => {
    // It is still in the fields, and is tried again with the next letter.
  });
  return keeping;
}

function keepSoon() {
  clearTimeout(saving);
  saving = window.setTimeout(keep, 600);
}

async function send() {
  if (!form || busy) return;
  busy = true;
  const button = form.querySelector("button.primary");
  button?.setAttribute("aria-disabled", "true");
  complain("");
  clearTimeout(saving);
  try {
    await keeping;
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
    // To keep it as a draft, the browser goes where the button says.
    if (event.submitter?.id === "mail-keep-draft") {
      sent = true;
      return;
    }
    event.preventDefault();
    send();
  });
  form.addEventListener("input", keepSoon);
  addEventListener("pagehide", () => {
    if (!sent && !busy && unsaved()) navigator.sendBeacon(form.dataset.draft ?? "", new URLSearchParams(draft()));
  });
  addEventListener("beforeunload", (event) => {
    // What was written is kept; what is attached is not.
    if (!sent && files.files.length > 0) event.preventDefault();
  });
}
