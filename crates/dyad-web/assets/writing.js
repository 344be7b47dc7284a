// @ts-check
/** The field: what is written is kept until the app has it. */
import * as attach from "./attach.js";
import * as history from "./history.js";
import { complain, fresh, keepIf, part, plain, post, Refused } from "./net.js";

const root = document.getElementById("conversation");
const id = root?.dataset.id ?? "";
const form = /** @type {HTMLFormElement | null} */ (document.getElementById("write"));
const text = /** @type {HTMLTextAreaElement | null} */ (document.getElementById("text"));
const once = /** @type {HTMLInputElement | null} */ (document.getElementById("once"));
const button = document.getElementById("send");

/**
 * What the field is for. While a message is changed, the draft waits.
 * @type {{kind: "new"} | {kind: "reply", to: string} | {kind: "edit", of: string, was: string, draft: string}}
 */
let mode = { kind: "new" };
/** The draft as the app has it. */
let saved = text?.value ?? "";
let saving = 0;
let busy = false;

/** @param {string} line */
function problem(line) {
  const place = document.getElementById("problem");
  if (!place) return;
  place.textContent = line;
  place.hidden = line === "";
}

function fit() {
  if (!text) return;
  text.style.height = "auto";
  text.style.height = `${Math.min(text.scrollHeight + 2, 220)}px`;
}

/** @param {string} value */
function put(value) {
  if (!text) return;
  text.value = value;
  fit();
}

/** Whether there is something that only this page has. */
const unsaved = () => text !== null && text.value !== (mode.kind === "edit" ? mode.was : saved);

/** Drafts go one after the other, so that the last one stays. */
let keeping = Promise.resolve();

function keep() {
  clearTimeout(saving);
  keeping = keeping.then(async () => {
    if (!text || busy || mode.kind === "edit" || text.value === saved) return;
    const draft = text.value;
    await post(`/c/${id}/draft`, { text: draft });
    saved = draft;
  }).catch(() => {
    // It is still in the field, and is tried again with the next letter or when the app is back.
  });
  return keeping;
}

/** Another page of the same conversation has changed the draft, or sent it. */
export async function draftChanged() {
  if (!text || busy || mode.kind === "edit") return;
  if (text.value !== saved) {
    keep();
    return;
  }
  const draft = await plain(`/c/${id}/draft`).catch(() => null);
  if (draft === null || busy || text.value !== saved || draft === saved) return;
  saved = draft;
  put(draft);
}

/** @param {HTMLElement | null} about */
function showMode(about) {
  const context = document.getElementById("context");
  const what = document.getElementById("context-what");
  const quote = document.getElementById("context-quote");
  if (!context || !what || !quote) return;
  context.hidden = mode.kind === "new";
  what.textContent = (mode.kind === "edit" ? what.dataset.edit : what.dataset.reply) ?? "";
  quote.textContent = about?.querySelector(".text")?.textContent?.slice(0, 140) ?? "";
}

/** @param {HTMLElement} message */
export function reply(message) {
  if (!text) return;
  cancel();
  mode = { kind: "reply", to: message.dataset.id ?? "" };
  showMode(message);
  text.focus();
}

/** @param {HTMLElement} message */
export function edit(message) {
  if (!text) return;
  cancel();
  const was = message.querySelector(".text")?.textContent ?? "";
  mode = { kind: "edit", of: message.dataset.id ?? "", was, draft: text.value };
  showMode(message);
  put(was);
  text.focus();
  text.setSelectionRange(was.length, was.length);
}

/** Writing is writing again: what was a draft before is one. */
export function cancel() {
  const draft = mode.kind === "edit" ? mode.draft : null;
  mode = { kind: "new" };
  if (draft !== null) put(draft);
  problem("");
  showMode(null);
}

/** Back to the field. */
export const focus = () => text?.focus();

/**
 * It is sent: the field is free again. What was typed meanwhile stays.
 * @param {string} sent
 * @param {typeof mode} as
 */
function done(sent, as) {
  if (!text) return;
  if (mode === as) cancel();
  if (mode.kind !== "edit") put(text.value.startsWith(sent) ? text.value.slice(sent.length) : text.value);
  problem("");
  history.toEnd();
}

/**
 * The same where the words went with a file: the app still has them as a draft.
 * @param {string} sent
 * @param {typeof mode} as
 */
async function gone(sent, as) {
  done(sent, as);
  if (saved === "") return;
  saved = "";
  await post(`/c/${id}/draft`, { text: "" }).catch(() => {});
}

async function submit() {
  if (!text || !once || busy || (text.value.trim() === "" && attach.count() === 0)) return;
  if (new TextEncoder().encode(text.value).length > Number(root?.dataset.longest)) {
    problem(root?.dataset.tooLong ?? "");
    return;
  }
  busy = true;
  clearTimeout(saving);
  button?.setAttribute("aria-disabled", "true");
  const sent = text.value;
  const now = mode;
  try {
    await keeping;
    if (now.kind === "edit") {
      await post(`/c/${id}/m/${now.of}/edit`, { text: sent });
      if (mode === now) cancel();
    } else if (attach.count() > 0) {
      const said = await attach.send({ text: sent, ...(now.kind === "reply" ? { reply_to: now.to } : {}) });
      if (said) await gone(sent, now);
    } else {
      // The same number until it is sent: if the answer is lost on its way here, another try makes no second message.
      await post(`/c/${id}/send`, { text: sent, once: once.value, ...(now.kind === "reply" ? { reply_to: now.to } : {}) });
      once.value = fresh();
      saved = "";
      done(sent, now);
    }
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    if (error.message !== "") problem(error.message);
  } finally {
    busy = false;
    button?.removeAttribute("aria-disabled");
    if (unsaved()) keep();
  }
}

/**
 * The page is locked while something is in the field that is nowhere else: everything but that is hidden.
 * @returns {boolean}
 */
function stay() {
  if (!unsaved()) return false;
  document.body.classList.add("locked");
  history.hide();
  document.getElementById("list")?.replaceChildren();
  document.getElementById("live")?.replaceChildren();
  document.querySelector(".talk-head")?.remove();
  document.title = "Dyad";
  showMode(null);
  problem(root?.dataset.locked ?? "");
  document.getElementById("unlock-first")?.removeAttribute("hidden");
  return true;
}

/** The app answers again: after it was locked, the text is put in safety and the page is made anew. */
async function back() {
  if (!document.body.classList.contains("locked")) return;
  if (text && mode.kind !== "edit") {
    await post(`/c/${id}/draft`, { text: text.value }).catch(complain);
    saved = text.value;
    location.reload();
    return;
  }
  document.body.classList.remove("locked");
  document.getElementById("unlock-first")?.setAttribute("hidden", "");
  problem("");
  entriesAgain();
}

async function entriesAgain() {
  document.getElementById("entries")?.replaceChildren(await part(`/c/${id}/messages`));
  history.lookAgain();
}

export function begin() {
  if (!form || !text) return;
  keepIf(stay);
  document.addEventListener("dyad-back", () => { back().catch(complain); });
  text.addEventListener("input", () => {
    fit();
    if (!document.body.classList.contains("locked")) problem("");
    clearTimeout(saving);
    saving = window.setTimeout(keep, 600);
  });
  addEventListener("pagehide", () => {
    if (mode.kind !== "edit" && text.value !== saved && !busy) {
      navigator.sendBeacon(`/c/${id}/draft`, new URLSearchParams({ text: text.value }));
    }
  });
  addEventListener("beforeunload", (event) => {
    if (mode.kind === "edit" && unsaved()) event.preventDefault();
  });
  text.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && !event.shiftKey && !event.isComposing) {
      event.preventDefault();
      form.requestSubmit();
    } else if (event.key === "Escape" && mode.kind !== "new") {
      event.stopPropagation();
      cancel();
    }
  });
  document.getElementById("context-end")?.addEventListener("click", () => {
    cancel();
    text.focus();
  });
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    submit();
  });
  fit();
  if (matchMedia("(min-width: 800px)").matches && !root?.dataset.at) text.focus({ preventScroll: true });
}
