// @ts-check
/** The list of conversations: kept fresh, one stop for the Tab key, arrows within. */
import { complain, part } from "./net.js";

const list = /** @type {HTMLElement} */ (document.getElementById("list"));

/** @returns {HTMLAnchorElement[]} */
const links = () => [...list.querySelectorAll("a.row-link")].map((a) => /** @type {HTMLAnchorElement} */ (a));

/** Lets exactly one row be reached by Tab: the one that is shown, or the first. */
function settle() {
  const all = links();
  const chosen = all.find((a) => a.classList.contains("selected")) ?? all[0];
  for (const a of all) a.tabIndex = a === chosen ? 0 : -1;
  const total = Number(document.getElementById("unread-total")?.dataset.count ?? 0);
  document.title = `${total > 0 ? `(${total}) ` : ""}${document.body.dataset.title} · Dyad`;
}

let busy = false;
let again = false;

/** Fetches the list anew; several wishes at once become one. */
export async function refresh() {
  if (busy) {
    again = true;
    return;
  }
  busy = true;
  try {
    const query = new URLSearchParams();
    const open = document.getElementById("conversation")?.dataset.id;
    if (open) query.set("selected", open);
    if (list.dataset.archive === "true") query.set("archive", "1");
    const fresh = await part(`/list?${query}`, true);
    const focused = document.activeElement instanceof HTMLElement && list.contains(document.activeElement)
      ? document.activeElement.id : "";
    const top = list.scrollTop;
    list.replaceChildren(fresh);
    settle();
    list.scrollTop = top;
    if (focused) document.getElementById(focused)?.focus({ preventScroll: true });
  } catch (error) {
    complain(error);
  } finally {
    busy = false;
    if (again) {
      again = false;
      refresh();
    }
  }
}

list.addEventListener("keydown", (event) => {
  const all = links();
  const place = all.indexOf(/** @type {HTMLAnchorElement} */ (document.activeElement));
  if (place < 0) return;
  const to = { ArrowDown: place + 1, ArrowUp: place - 1, Home: 0, End: all.length - 1 }[event.key];
  const target = to === undefined ? undefined : all[Math.max(0, Math.min(all.length - 1, to))];
  if (!target) return;
  event.preventDefault();
  for (const a of all) a.tabIndex = a === target ? 0 : -1;
  target.focus();
});

settle();
