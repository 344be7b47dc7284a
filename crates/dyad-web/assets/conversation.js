// @ts-check
/** One conversation: puts together its history, what is done to messages, and writing. */
import * as actions from "./actions.js";
import * as history from "./history.js";
import { complain, post } from "./net.js";
import * as writing from "./writing.js";

const root = document.getElementById("conversation");
const id = root?.dataset.id ?? "";

/**
 * Something happened somewhere.
 * @param {any} change
 */
export function heard(change) {
  if (!root || document.body.classList.contains("locked")) return;
  if (change.what === "all") {
    history.lookAgain();
    writing.draftChanged();
  } else if (change.what === "contact" && change.of === id) {
    writing.draftChanged();
  } else if (change.what === "message" && change.of === id) {
    if (change.new) history.newer();
    else history.changed(change.id);
  }
}

/** The menu in the head: closes by itself, and does what is chosen without leaving. */
function headMenu() {
  const menu = document.getElementById("talk-menu");
  if (!(menu instanceof HTMLDetailsElement)) return;
  document.addEventListener("pointerdown", (event) => {
    if (menu.open && event.target instanceof Node && !menu.contains(event.target)) menu.open = false;
  });
  menu.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || !menu.open) return;
    event.stopPropagation();
    menu.open = false;
    menu.querySelector("summary")?.focus();
  });
}

if (root) {
  history.begin();
  actions.begin();
  writing.begin();
  headMenu();
  if ("marked" in root.dataset) post(`/c/${id}/read`, { ids: "" }, true).catch(complain);
}
