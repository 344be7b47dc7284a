// @ts-check
/** A game of chess: moves by click and by key, and what the other does as it comes. */
import { complain, part, post } from "./net.js";

const root = /** @type {HTMLElement} */ (document.getElementById("game"));
const status = /** @type {HTMLElement} */ (document.getElementById("game-status"));
const promotion = /** @type {HTMLDialogElement} */ (document.getElementById("game-promote"));
const { id, number } = root.dataset;

/** The square whose piece is chosen. */
let chosen = "";
let busy = false;

const board = () => /** @type {HTMLElement} */ (root.querySelector(".board"));
/** @returns {HTMLButtonElement[]} */
const squares = () => [...root.querySelectorAll("[data-square]")].map((e) => /** @type {HTMLButtonElement} */ (e));
/** @param {string} name */
const square = (name) => squares().find((one) => one.dataset.square === name);
/** @param {HTMLElement | undefined} one */
const targets = (one) => (one?.dataset.to ?? "").split(" ").filter((name) => name !== "");

/** Marks what is chosen and where it may go, for the eye and the ear. */
function paint() {
  const to = targets(square(chosen));
  for (const one of squares()) {
    const name = one.dataset.square ?? "";
    const here = to.includes(name);
    one.classList.toggle("chosen", name === chosen);
    one.classList.toggle("target", here);
    const words = [one.dataset.label ?? ""];
    if (name === chosen) words.push(root.dataset.chosen ?? "");
    else if (here) words.push(root.dataset.here ?? "");
    else if (chosen === "" && targets(one).length > 0) words.push(root.dataset.movable ?? "");
    one.setAttribute("aria-label", words.join(", "));
    one.setAttribute("aria-selected", String(name === chosen));
    one.classList.toggle("movable", targets(one).length > 0);
  }
}

/** @param {string} name */
function choose(name) {
  chosen = name;
  paint();
}

/**
 * The Tab key leads to one square, the arrow keys to all.
 * @param {HTMLElement | undefined} one
 */
function stand(one) {
  if (!one) return;
  for (const other of squares()) other.tabIndex = other === one ? 0 : -1;
  one.focus();
}

/** @returns {Promise<string>} What the pawn becomes; nothing: it stays. */
function become() {
  promotion.returnValue = "";
  promotion.showModal();
  return new Promise((done) => {
    promotion.addEventListener("close", () => done(promotion.returnValue), { once: true });
  });
}

/** @param {Record<string, string>} fields */
async function act(fields) {
  if (busy) return;
  busy = true;
  board().setAttribute("aria-busy", "true");
  try {
    await post(`/c/${id}/g/${number}/do`, fields);
  } finally {
    busy = false;
    board().removeAttribute("aria-busy");
  }
  await renew();
}

/** @param {HTMLElement} one */
async function press(one) {
  const name = one.dataset.square ?? "";
  const from = square(chosen);
  if (!from || !targets(from).includes(name)) {
    choose(name !== chosen && targets(one).length > 0 ? name : "");
    return;
  }
  let uci = `${chosen}${name}`;
  if ("promotes" in from.dataset) {
    const piece = await become();
    if (piece === "") return;
    uci += piece;
  }
  const offer = document.getElementById("game-offer");
  choose("");
  await act({
    what: "move", text: uci, ...(offer instanceof HTMLInputElement && offer.checked ? { offer: "1" } : {}),
  });
}

let renewing = Promise.resolve();

/** The game as it is now; whoever stands on a square still does. */
function renew() {
  renewing = renewing.then(async () => {
    const seen = document.visibilityState === "visible" ? "?seen=1" : "";
    const fresh = (await part(`/c/${id}/g/${number}/part${seen}`, true)).querySelector(".game");
    const old = root.querySelector(".game");
    if (!(fresh instanceof HTMLElement) || !old || old.isEqualNode(fresh)) return;
    const focused = document.activeElement instanceof HTMLElement && old.contains(document.activeElement)
      ? document.activeElement.dataset.square ?? document.activeElement.id : "";
    const typed = document.getElementById("game-move");
    const begun = typed instanceof HTMLInputElement ? typed.value : "";
    const moved = fresh.dataset.status !== /** @type {HTMLElement} */ (old).dataset.status;
    old.replaceWith(fresh);
    if (moved) {
      chosen = "";
      const words = document.createElement("bdi");
      words.textContent = fresh.dataset.status ?? "";
      status.replaceChildren(words);
    } else {
      const field = document.getElementById("game-move");
      if (field instanceof HTMLInputElement) field.value = begun;
    }
    show();
    if (focused !== "") stand(square(focused) ?? document.getElementById(focused) ?? undefined);
  }).catch(complain);
  return renewing;
}

/** What has come into the page is made ready. */
function show() {
  paint();
  const moves = root.querySelector(".moves");
  if (moves) moves.scrollTop = moves.scrollHeight;
}

root.addEventListener("click", (event) => {
  const one = event.target instanceof Element ? event.target.closest("[data-square]") : null;
  if (!(one instanceof HTMLElement)) return;
  stand(one);
  press(one).catch(complain);
});

/** @type {Record<string, [number, number]>} */
const WAYS = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] };

root.addEventListener("keydown", (event) => {
  const one = event.target instanceof HTMLButtonElement && event.target.dataset.square ? event.target : null;
  if (!one || event.ctrlKey || event.altKey || event.metaKey) return;
  const all = squares();
  const at = all.indexOf(one);
  const way = WAYS[event.key];
  if (way) {
    event.preventDefault();
    const row = Math.floor(at / 8) + way[0];
    const column = at % 8 + way[1];
    if (row >= 0 && row < 8 && column >= 0 && column < 8) stand(all[row * 8 + column]);
  } else if (event.key === "Home" || event.key === "End") {
    event.preventDefault();
    stand(all[at - at % 8 + (event.key === "Home" ? 0 : 7)]);
  } else if (event.key === "Escape" && chosen !== "") {
    event.preventDefault();
    choose("");
  }
});

root.addEventListener("submit", (event) => {
  const form = event.target;
  if (!(form instanceof HTMLFormElement) || !("gameAct" in form.dataset)) return;
  event.preventDefault();
  const data = new FormData(form, event.submitter);
  act(Object.fromEntries([...data].map(([name, value]) => [name, String(value)]))).catch(complain);
});

document.addEventListener("dyad-change", (event) => {
  const change = event instanceof CustomEvent ? event.detail : null;
  if (change?.what === "all" || (change?.what === "message" && change.of === id)) renew();
});
document.addEventListener("visibilitychange", () => {
  if (document.visibilityState === "visible") renew();
});

show();
