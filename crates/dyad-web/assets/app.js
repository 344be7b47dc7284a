// @ts-check
/** What every page with the list does: hears what happens, keyboard, notifications. */
import { hear } from "./events.js";
import { refresh } from "./list.js";
import { tell as aloud } from "./live.js";
import { complain, leave, post } from "./net.js";
import { announce } from "./notify.js";
import * as ring from "./ring.js";
import * as conversation from "./conversation.js";

const regions = () => [...document.querySelectorAll("[data-region]")].map((e) => /** @type {HTMLElement} */ (e))
  .filter((e) => e.checkVisibility() && !e.querySelector("[data-region]"));

/** @param {HTMLElement} region Where somebody wants to be in it: its field, its one tab stop, itself, or whatever there is. */
function enter(region) {
  const within = (/** @type {string} */ css) => [...region.querySelectorAll(css)];
  const stops = [...within("textarea"), ...within('[tabindex="0"]'), ...(region.tabIndex === 0 ? [region] : []), ...within("input, select, a[href], button")];
  const stop = stops.find((e) => e instanceof HTMLElement && e.checkVisibility({ visibilityProperty: true }));
  (stop instanceof HTMLElement ? stop : region).focus();
}

/** @param {import("./events.js").Change} change */
function heard(change) {
  if (change.what === "away") {
    document.body.classList.add("away");
    return;
  }
  if (change.what === "back") {
    document.body.classList.remove("away");
    document.dispatchEvent(new Event("dyad-back"));
    change = { what: "all" };
  }
  if (change.what === "locked") {
    leave("/unlock");
    return;
  }
  if (document.body.classList.contains("locked")) return;
  conversation.heard(change);
  document.dispatchEvent(new CustomEvent("dyad-change", { detail: change }));
  ring.heard(change);
  if (change.what === "call") return;
  // A mail that is read and not wholly here yet.
  if (change.what === "message" && document.querySelector(`[data-awaits="${change.id}"]`)) location.reload();
  const listed = refresh();
  if (change.what === "message" && change.new && change.incoming) {
    listed.then(() => tellOfRow(change.of));
    announce(change.of, change.id).catch(complain);
  }
}

/**
 * For a screen reader: there is something new in another conversation.
 * @param {string} of
 */
function tellOfRow(of) {
  const row = document.getElementById(`row-${of}`);
  if (!row || document.getElementById("conversation")?.dataset.id === of) return;
  if ((row.dataset.flags ?? "").split(" ").includes("muted")) return;
  aloud(row.dataset.label ?? "");
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
    if (next) enter(next);
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

hear(heard);
