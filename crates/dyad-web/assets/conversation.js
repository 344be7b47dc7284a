// @ts-check
/** One conversation: puts together its history, what is done to messages, and writing. */
import * as actions from "./actions.js";
import * as attach from "./attach.js";
import * as cards from "./cards.js";
import * as history from "./history.js";
import { complain, part, post } from "./net.js";
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
    headChanged().catch(complain);
  } else if (change.what === "contact" && change.of === id) {
    writing.draftChanged();
    headChanged().catch(complain);
  } else if (change.what === "message" && change.of === id) {
    if (change.new) history.newer();
    else history.changed(change.id);
  }
}

const headMenu = () => /** @type {HTMLDetailsElement | null} */ (document.getElementById("talk-menu"));

/** The head as it is now; while somebody is in its menu it stays. */
async function headChanged() {
  const fresh = (await part(`/c/${id}/head`, true)).querySelector(".talk-head");
  const old = document.querySelector(".talk-head");
  if (!fresh || !old || headMenu()?.open || old.contains(document.activeElement) || old.isEqualNode(fresh)) return;
  old.replaceWith(fresh);
}

/** The menu in the head closes by itself. */
function watchHead() {
  document.addEventListener("pointerdown", (event) => {
    const menu = headMenu();
    if (menu?.open && event.target instanceof Node && !menu.contains(event.target)) menu.open = false;
  });
  root?.addEventListener("keydown", (event) => {
    const menu = headMenu();
    if (event.key !== "Escape" || !menu?.open) return;
    menu.open = false;
    menu.querySelector("summary")?.focus();
  });
}

if (root) {
  history.begin();
  actions.begin();
  writing.begin();
  attach.begin();
  cards.begin(root);
  watchHead();
  if ("marked" in root.dataset) post(`/c/${id}/read`, { ids: "" }, true).catch(complain);
}
