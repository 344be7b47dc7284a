// @ts-check
/** The list of conversations: kept fresh, one stop for the Tab key, arrows within, a menu for each. */
import { byKeyOrTouch, openMenu } from "./menu.js";
import { complain, part, post } from "./net.js";

const list = /** @type {HTMLElement} */ (document.getElementById("list"));

/** @returns {HTMLAnchorElement[]} */
const links = () => [...list.querySelectorAll("a.row-link")].map((a) => /** @type {HTMLAnchorElement} */ (a));

const shown = () => document.getElementById("conversation")?.dataset.id ?? "";

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
    if (shown()) query.set("selected", shown());
    if (list.dataset.archive === "true") query.set("archive", "1");
    const fresh = await part(`/list?${query}`, true);
    const focused = document.activeElement instanceof HTMLElement && list.contains(document.activeElement)
      ? document.activeElement.id : "";
    const top = list.scrollTop;
    // A picture that is there already is not fetched again, and does not flicker.
    const there = new Map([...list.querySelectorAll("img.face")].map((img) => [img.getAttribute("src"), img]));
    /** @type {[Element, Element][]} */
    const stay = [];
    for (const img of fresh.querySelectorAll("img.face")) {
      const known = there.get(img.getAttribute("src"));
      if (!known) continue;
      img.removeAttribute("src");
      stay.push([img, known]);
    }
    list.replaceChildren(fresh);
    for (const [img, known] of stay) img.replaceWith(known);
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

/**
 * @param {HTMLAnchorElement} row
 * @param {{x: number, y: number} | null} point
 */
function rowMenu(row, point) {
  const template = document.getElementById("row-menu");
  const menu = template instanceof HTMLTemplateElement
    ? /** @type {HTMLElement | null} */ (template.content.firstElementChild?.cloneNode(true)) : null;
  if (!menu) return;
  const flags = (row.dataset.flags ?? "").split(" ");
  for (const item of menu.querySelectorAll("button")) {
    const set = flags.includes(item.dataset.flag ?? "");
    item.textContent = (set ? item.dataset.off : item.dataset.on) ?? "";
    item.value = set ? "0" : "1";
    // What is really new is read by opening it.
    if (item.dataset.flag === "unread") item.hidden = set && row.querySelector(".count:not(.dot)") !== null;
  }
  const box = row.getBoundingClientRect();
  const beside = point ? { left: point.x, right: point.x, top: point.y, bottom: point.y } : box;
  openMenu(menu, beside, row, (item) => {
    const flag = item.dataset.flag ?? "";
    const leaves = item.getAttribute("value") === "1" && (flag === "unread" || flag === "archived");
    post(`/c/${row.dataset.id}/flags`, { [flag]: item.getAttribute("value") ?? "" }).then(() => {
      if (leaves && row.dataset.id === shown()) location.assign("/");
    }).catch(complain);
  });
}

/** @param {Event} event */
const rowOf = (event) => {
  const row = event.target instanceof Element ? event.target.closest("a.row-link") : null;
  return row instanceof HTMLAnchorElement ? row : null;
};

list.addEventListener("contextmenu", (event) => {
  const row = rowOf(event);
  if (!row) return;
  event.preventDefault();
  rowMenu(row, byKeyOrTouch(event) ? null : { x: event.clientX, y: event.clientY });
});

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
