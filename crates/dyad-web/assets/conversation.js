// @ts-check
/** One conversation: older messages as they are scrolled to, new ones as they come, writing. */
import { complain, part, post, Refused } from "./net.js";

const root = document.getElementById("conversation");
const id = root?.dataset.id ?? "";
const scroller = document.getElementById("messages");
const entries = document.getElementById("entries");

/** @param {string} name */
const field = (name) => document.getElementById(name);

/** Whether the newest message is in sight. */
const atEnd = () => !scroller || scroller.scrollHeight - scroller.scrollTop - scroller.clientHeight < 80;

function toEnd() {
  if (scroller) scroller.scrollTop = scroller.scrollHeight;
}

/** @returns {number} */
function newest() {
  const all = entries?.querySelectorAll("[data-id]") ?? [];
  return Math.max(0, ...[...all].map((e) => Number(e instanceof HTMLElement ? e.dataset.id : 0)));
}

/** Older messages go above, without anything moving under the person's eyes. */
async function older() {
  const mark = entries?.querySelector(".older");
  if (!(mark instanceof HTMLElement) || !scroller || mark.dataset.busy) return;
  mark.dataset.busy = "1";
  try {
    const fresh = await part(`/c/${id}/messages?before=${mark.dataset.before}`);
    const below = scroller.scrollHeight - scroller.scrollTop;
    const first = mark.nextElementSibling;
    mark.replaceWith(fresh);
    tidy(first);
    scroller.scrollTop = scroller.scrollHeight - below;
    watch();
  } catch (error) {
    delete mark.dataset.busy;
    complain(error);
  }
}

/**
 * A day is announced once, also where two parts of the conversation meet.
 * @param {Element | null | undefined} from
 */
function tidy(from) {
  const days = [...(entries?.querySelectorAll(".day") ?? [])];
  days.forEach((day, place) => {
    if (place > 0 && day.textContent === days[place - 1]?.textContent) day.remove();
  });
  void from;
}

let fetching = Promise.resolve();

/** Fetches what is newer than what is shown, one after the other. */
function newer() {
  fetching = fetching.then(async () => {
    const stay = atEnd();
    const fresh = await part(`/c/${id}/messages?since=${newest()}`, true);
    const added = [...fresh.querySelectorAll(".entry")];
    if (!fresh.querySelector("[data-id]")) return;
    document.getElementById("no-messages")?.remove();
    entries?.append(fresh);
    tidy(null);
    const live = document.getElementById("live");
    for (const entry of added) {
      if (!entry.classList.contains("theirs") || !live) continue;
      const line = document.createElement("p");
      line.textContent = entry.getAttribute("aria-label");
      live.append(line);
      while (live.childElementCount > 20) live.firstElementChild?.remove();
    }
    if (stay) toEnd();
    else field("to-end")?.removeAttribute("hidden");
    watch();
  }).catch(complain);
}

/**
 * Shows one message as it is now.
 * @param {number} message
 */
function changed(message) {
  const old = entries?.querySelector(`[data-id="${message}"]`);
  if (!old) return;
  fetching = fetching.then(async () => {
    const fresh = (await part(`/c/${id}/messages?only=${message}`, true)).querySelector("[data-id]");
    const focused = old === document.activeElement;
    const stay = atEnd();
    if (!fresh) {
      old.remove();
      return;
    }
    fresh.classList.toggle("joined", old.classList.contains("joined"));
    old.replaceWith(fresh);
    if (focused && fresh instanceof HTMLElement) fresh.focus({ preventScroll: true });
    if (stay) toEnd();
    watch();
  }).catch(complain);
}

/**
 * Something happened somewhere.
 * @param {any} change
 */
export function heard(change) {
  if (!root) return;
  if (change.what === "all") newer();
  else if (change.what === "message" && change.of === id) change.new ? newer() : changed(change.id);
}

/** @type {Set<string>} */
const seen = new Set();
let telling = 0;

/** Messages that were on the screen of a person who is there are read. */
const eye = new IntersectionObserver((sights) => {
  for (const sight of sights) {
    if (!sight.isIntersecting || document.visibilityState !== "visible" || !(sight.target instanceof HTMLElement)) continue;
    eye.unobserve(sight.target);
    sight.target.classList.remove("new");
    if (sight.target.dataset.id) seen.add(sight.target.dataset.id);
  }
  clearTimeout(telling);
  telling = window.setTimeout(() => {
    if (seen.size === 0) return;
    const ids = [...seen].join(",");
    seen.clear();
    post(`/c/${id}/read`, { ids }, true).catch(complain);
  }, 400);
}, { root: scroller, threshold: 0.5 });

/** The way to older messages is followed before it is reached. */
const horizon = new IntersectionObserver((sights) => {
  if (sights.some((sight) => sight.isIntersecting)) older();
}, { root: scroller, rootMargin: "800px 0px 0px 0px" });

function watch() {
  for (const entry of entries?.querySelectorAll(".entry.new") ?? []) eye.observe(entry);
  const mark = entries?.querySelector(".older");
  horizon.disconnect();
  if (mark) horizon.observe(mark);
}

document.addEventListener("visibilitychange", watch);

/** @param {HTMLTextAreaElement} text */
function fit(text) {
  text.style.height = "auto";
  text.style.height = `${Math.min(text.scrollHeight, 220)}px`;
}

/** @param {string} text */
export function problem(text) {
  const line = field("problem");
  if (!line) return;
  line.textContent = text;
  line.hidden = text === "";
}

function writing() {
  const form = field("write");
  const text = field("text");
  if (!(form instanceof HTMLFormElement) || !(text instanceof HTMLTextAreaElement)) return;
  let saving = 0;
  let saved = text.value;
  const keep = () => {
    if (text.value === saved || form.dataset.edit) return;
    saved = text.value;
    post(`/c/${id}/draft`, { text: saved }, true).catch(() => {});
  };
  text.addEventListener("input", () => {
    fit(text);
    problem("");
    clearTimeout(saving);
    saving = window.setTimeout(keep, 600);
  });
  addEventListener("pagehide", () => {
    if (text.value !== saved && !form.dataset.edit) {
      navigator.sendBeacon(`/c/${id}/draft`, new URLSearchParams({ text: text.value }));
    }
  });
  text.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && !event.shiftKey && !event.isComposing) {
      event.preventDefault();
      form.requestSubmit();
    }
  });
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    if (text.value.trim() === "" || form.dataset.busy) return;
    const longest = Number(root?.dataset.longest);
    if (new TextEncoder().encode(text.value).length > longest) {
      problem(root?.dataset.tooLong ?? "");
      return;
    }
    send(form, text).then(() => { saved = ""; }).catch((error) => {
      if (error instanceof Refused) problem(error.message);
      else throw error;
    }).finally(() => { delete form.dataset.busy; });
  });
  fit(text);
}

/**
 * What was written stays in the field until the app has it.
 * @param {HTMLFormElement} form
 * @param {HTMLTextAreaElement} text
 */
async function send(form, text) {
  form.dataset.busy = "1";
  const fields = /** @type {Record<string, string>} */ (Object.fromEntries(new FormData(form)));
  const sent = text.value;
  await post(form.dataset.action ?? form.action, fields);
  if (text.value === sent) text.value = "";
  fit(text);
  problem("");
  form.dispatchEvent(new CustomEvent("sent"));
  toEnd();
}

if (root && scroller) {
  const first = entries?.querySelector(".entry.new");
  if (first) first.scrollIntoView({ block: "center" });
  else toEnd();
  scroller.addEventListener("scroll", () => {
    if (atEnd()) field("to-end")?.setAttribute("hidden", "");
  }, { passive: true });
  field("to-end")?.addEventListener("click", toEnd);
  watch();
  writing();
  if (matchMedia("(min-width: 800px)").matches) field("text")?.focus();
}
