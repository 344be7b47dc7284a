// @ts-check
/** What every page with the list does: hears what happens, keyboard, notifications. */
import { refresh } from "./list.js";
import { post } from "./net.js";
import * as conversation from "./conversation.js";

/**
 * @typedef {{what: "message", of: string, id: number, new: boolean, incoming: boolean}
 *   | {what: "contact", of: string} | {what: "notice", id: number} | {what: "all"} | {what: "locked"}} Change
 */

const regions = () => [...document.querySelectorAll("[data-region]")].map((e) => /** @type {HTMLElement} */ (e));

/** @param {Change} change */
function heard(change) {
  if (change.what === "locked") {
    location.reload();
    return;
  }
  conversation.heard(change);
  refresh();
  if (change.what === "message" && change.new && change.incoming) announce(change.of);
}

/**
 * Tells that there is something new, if the person is elsewhere and wants to know.
 * @param {string} of
 */
function announce(of) {
  const wish = document.body.dataset.notifications;
  if (wish === "off" || !("Notification" in window) || Notification.permission !== "granted") return;
  if (document.visibilityState === "visible" && document.hasFocus()) return;
  const row = document.getElementById(`row-${of}`);
  if (row?.querySelector('[href$="#mute"]')) return;
  const body = wish === "with" ? (row?.querySelector(".preview")?.textContent ?? "") : (document.body.dataset.notifyText ?? "");
  const title = wish === "with" ? (row?.querySelector(".nick")?.textContent ?? "Dyad") : "Dyad";
  const note = new Notification(title, { body, tag: of });
  note.addEventListener("click", () => {
    window.focus();
    location.assign(`/c/${of}`);
  });
}

let lost = false;

function listen() {
  const events = new EventSource("/events");
  events.addEventListener("open", () => {
    if (lost) {
      lost = false;
      document.body.classList.remove("away");
      conversation.heard({ what: "all" });
      refresh();
    }
  });
  events.addEventListener("message", (event) => heard(JSON.parse(event.data)));
  events.addEventListener("error", () => {
    lost = true;
    document.body.classList.add("away");
    if (events.readyState === EventSource.CLOSED) setTimeout(listen, 3000);
  });
}

/** Letters typed into a field mean letters. */
const typing = () => document.activeElement instanceof HTMLElement
  && (document.activeElement.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(document.activeElement.tagName));

document.addEventListener("keydown", (event) => {
  if (event.key === "F6") {
    event.preventDefault();
    const all = regions();
    const here = all.findLastIndex((region) => region.contains(document.activeElement));
    const next = all[(here + (event.shiftKey ? all.length - 1 : 1)) % all.length];
    const inner = next?.querySelector('textarea, [aria-selected="true"], [tabindex="0"], input, a[href], button');
    (inner instanceof HTMLElement ? inner : next)?.focus();
  } else if (event.altKey && event.key.toLowerCase() === "n") {
    event.preventDefault();
    location.assign("/invite");
  } else if (!typing() && !event.ctrlKey && !event.metaKey && !event.altKey) {
    if (event.key === "?") {
      const dialog = document.getElementById("shortcuts");
      if (dialog instanceof HTMLDialogElement && !dialog.open) dialog.showModal();
    } else if (event.key === "/") {
      event.preventDefault();
      document.getElementById("search")?.focus();
    }
  }
});

// A person who types or reads is there, even if nothing is asked of the app.
let told = Date.now();
for (const kind of ["keydown", "pointerdown", "wheel"]) {
  document.addEventListener(kind, () => {
    if (Date.now() - told > 60_000) {
      told = Date.now();
      post("/awake", {}).catch(() => {});
    }
  }, { passive: true });
}

listen();
