// @ts-check
/**
 * The messages that are shown: a stretch of the conversation that grows where it is scrolled to and shrinks at its
 * other end, so that a page stays light however long the history is.
 */
import { tell as aloud } from "./live.js";
import { complain, part, post } from "./net.js";

const root = document.getElementById("conversation");
const id = root?.dataset.id ?? "";
const scroller = /** @type {HTMLElement} */ (document.getElementById("messages"));
const entries = /** @type {HTMLElement} */ (document.getElementById("entries"));
const end = document.getElementById("to-end");

/** Messages in the page at most; what is beyond is fetched again when it is scrolled to. */
const MOST = 200;
/** Messages asked for again at once. */
const BATCH = 50;

/** @returns {HTMLElement[]} */
const messages = () => [...entries.querySelectorAll("[data-id]")].map((e) => /** @type {HTMLElement} */ (e));

/**
 * A message, if it is shown.
 * @param {string | number | undefined} number
 * @returns {HTMLElement | null}
 */
export const find = (number) => entries.querySelector(`[data-id="${Number(number)}"]`);

/** @param {"older" | "newer"} side */
const edge = (side) => /** @type {HTMLElement | null} */ (entries.querySelector(`.edge.${side}`));

/** Whether the newest message is in sight. */
const atEnd = () => !edge("newer") && scroller.scrollHeight - scroller.scrollTop - scroller.clientHeight < 80;

function showEnd() {
  scroller.scrollTop = scroller.scrollHeight;
}

/** All fetching is done one after the other, so that parts fit together. */
let fetching = Promise.resolve();

/** @param {() => Promise<void>} work */
function inTurn(work) {
  fetching = fetching.then(work).catch(complain);
  return fetching;
}

/**
 * Changes the page without anything moving under the person's eyes.
 * @param {() => void} work
 */
function still(work) {
  const top = scroller.getBoundingClientRect().top;
  const seen = messages().find((e) => e.getBoundingClientRect().bottom > top);
  const was = seen?.getBoundingClientRect().top ?? 0;
  work();
  const now = seen?.isConnected ? seen : find(seen?.dataset.id);
  if (now) scroller.scrollTop += now.getBoundingClientRect().top - was;
}

/**
 * Takes away what is too much at one end and leaves a mark there.
 * @param {"older" | "newer"} side
 */
function shorten(side) {
  const all = messages();
  const over = all.length - MOST;
  if (over <= 0) return;
  const kept = side === "older" ? all[over] : all[all.length - over - 1];
  if (!kept) return;
  edge(side)?.remove();
  const next = side === "older" ? "previousElementSibling" : "nextElementSibling";
  // The line with its day stays with the first message that is kept.
  let last = side === "older" && kept.previousElementSibling?.classList.contains("day") ? kept.previousElementSibling : kept;
  while (last[next]) {
    if (last[next].contains(document.activeElement)) scroller.focus({ preventScroll: true });
    last[next].remove();
  }
  const mark = document.createElement("li");
  mark.className = `edge ${side}`;
  mark.dataset[side === "older" ? "before" : "since"] = kept.dataset.id;
  const link = document.createElement("a");
  link.className = "button quiet";
  link.href = side === "older" ? `/c/${id}/before/${kept.dataset.id}` : `/c/${id}/after/${kept.dataset.id}`;
  link.textContent = root?.dataset[side] ?? "";
  mark.append(link);
  if (side === "older") entries.prepend(mark);
  else entries.append(mark);
}

/**
 * Goes on at one end.
 * @param {"older" | "newer"} side
 */
function more(side) {
  const asked = edge(side);
  if (!asked || asked.dataset.busy) return Promise.resolve();
  asked.dataset.busy = "1";
  return inTurn(async () => {
    const query = side === "older" ? `before=${asked.dataset.before}` : `since=${asked.dataset.since}`;
    try {
      const fresh = await part(`/c/${id}/messages?${query}`);
      if (!asked.isConnected) return;
      still(() => {
        asked.replaceWith(fresh);
        shorten(side === "older" ? "newer" : "older");
      });
      watch();
    } finally {
      delete asked.dataset.busy;
    }
  });
}

/**
 * Older messages, for whoever goes up by key.
 * @returns {Promise<void>}
 */
export const older = () => more("older");

/** @param {Element[]} added */
function tell(added) {
  for (const entry of added) {
    if (entry.classList.contains("theirs")) aloud(entry.getAttribute("aria-label") ?? "");
  }
}

/** Fetches what is newer than what is shown. Whoever reads far above is told that there is something. */
export function newer() {
  return inTurn(async () => {
    if (edge("newer")) {
      offerEnd(true);
      return;
    }
    const newest = Math.max(0, ...messages().map((e) => Number(e.dataset.id)));
    const stay = atEnd();
    const fresh = await part(`/c/${id}/messages?since=${newest}`, true);
    const added = [...fresh.querySelectorAll(".entry")];
    if (!fresh.querySelector("[data-id]")) return;
    document.getElementById("no-messages")?.remove();
    still(() => {
      entries.append(fresh);
      if (stay) shorten("older");
    });
    tell(added);
    if (stay) showEnd();
    else if (added.some((entry) => entry.classList.contains("theirs"))) offerEnd(true);
    watch();
  });
}

/** @type {Set<string>} */
const stale = new Set();

/**
 * Shows a message as it is now, and those that quote it.
 * @param {number | string} number
 */
export function changed(number) {
  const quoting = [...entries.querySelectorAll(`.quote[data-of="${Number(number)}"]`)].map((quote) => quote.closest("[data-id]"));
  for (const message of [find(number), ...quoting]) {
    if (message instanceof HTMLElement && message.dataset.id) stale.add(message.dataset.id);
  }
  if (stale.size > 0) inTurn(renew);
}

async function renew() {
  const ids = [...stale].slice(0, BATCH);
  if (ids.length === 0) return;
  for (const one of ids) stale.delete(one);
  const fresh = await part(`/c/${id}/messages?only=${ids.join(",")}`, true);
  const stay = atEnd();
  still(() => {
    for (const one of ids) {
      const old = find(one);
      const now = fresh.querySelector(`[data-id="${one}"]`);
      if (old && !(now && bare(old).isEqualNode(bare(now)))) exchange(old, now);
    }
  });
  if (stay) showEnd();
  watch();
  if (stale.size > 0) await renew();
}

/**
 * A message without what this page did to it.
 * @param {Element} entry
 */
function bare(entry) {
  const copy = /** @type {Element} */ (entry.cloneNode(true));
  copy.classList.remove("new", "pointed");
  for (const part of [copy, ...copy.querySelectorAll("*")]) {
    for (const name of ["tabindex", "aria-expanded", "aria-selected"]) part.removeAttribute(name);
  }
  return copy;
}

/**
 * @param {HTMLElement} old
 * @param {Element | null} fresh None: it is gone.
 */
function exchange(old, fresh) {
  const focused = old.contains(document.activeElement);
  const before = old.previousElementSibling;
  const after = old.nextElementSibling;
  const next = fresh ?? (after?.matches("[data-id]") ? after : before);
  if (fresh) old.replaceWith(fresh);
  else old.remove();
  // A day without messages is not announced; what followed the message that is gone begins anew.
  if (!fresh && before?.classList.contains("day") && !after?.matches("[data-id]")) before.remove();
  if (!fresh) after?.classList.remove("joined");
  if (focused && next instanceof HTMLElement) next.focus({ preventScroll: true });
}

/** After a pause in which nothing was heard: all that is shown, and what is new. */
export function lookAgain() {
  for (const message of messages()) stale.add(message.dataset.id ?? "");
  inTurn(renew);
  newer();
}

/** @param {boolean} news */
function offerEnd(news) {
  if (!end) return;
  end.hidden = false;
  if (news) end.textContent = end.dataset.new ?? "";
}

/** Shows the newest messages. */
export function toEnd() {
  if (!edge("newer")) {
    showEnd();
    return Promise.resolve();
  }
  return inTurn(async () => {
    entries.replaceChildren(await part(`/c/${id}/messages`));
    showEnd();
    watch();
  });
}

/**
 * Shows a message, wherever it is, and chooses it.
 * @param {string} number
 */
export function jump(number) {
  if (find(number)) {
    point(number);
    return Promise.resolve();
  }
  return inTurn(async () => {
    entries.replaceChildren(await part(`/c/${id}/messages?at=${number}`));
    point(number);
    watch();
  });
}

/** @param {string} number */
function point(number) {
  const message = find(number);
  if (!message) return;
  message.scrollIntoView({ block: "center" });
  message.focus({ preventScroll: true });
  message.classList.remove("pointed");
  requestAnimationFrame(() => message.classList.add("pointed"));
}

/** @type {Set<string>} */
const seen = new Set();
let telling = 0;

/** Messages that were on the screen of a person who is there are read. A long one is read when it fills the screen. */
const eye = new IntersectionObserver((sights) => {
  for (const sight of sights) {
    const enough = sight.intersectionRatio >= 0.5 || sight.intersectionRect.height >= scroller.clientHeight * 0.4;
    if (!sight.isIntersecting || !enough || document.visibilityState !== "visible") continue;
    if (!(sight.target instanceof HTMLElement)) continue;
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
}, { root: scroller, threshold: [0, 0.1, 0.25, 0.5] });

/** More is fetched before the end is reached. */
const horizon = new IntersectionObserver((sights) => {
  for (const sight of sights) {
    if (sight.isIntersecting) more(sight.target.classList.contains("older") ? "older" : "newer");
  }
}, { root: scroller, rootMargin: "800px 0px" });

/** What has come into the page is looked after. */
function watch() {
  for (const entry of entries.querySelectorAll(".entry.new")) {
    eye.unobserve(entry);
    eye.observe(entry);
  }
  // All that these do can be done from the menu of a message: one stop for the Tab key less for each.
  for (const tool of entries.querySelectorAll(".tool, .state, .reaction, a.quote")) tool.setAttribute("tabindex", "-1");
  horizon.disconnect();
  for (const mark of entries.querySelectorAll(".edge")) horizon.observe(mark);
  if (atEnd() && end) {
    end.hidden = true;
    end.textContent = end.dataset.plain ?? "";
  }
}

/** Empties the page: it is locked. */
export function hide() {
  entries.replaceChildren();
}

/** The stretch that the page came with. */
export function begin() {
  const at = root?.dataset.at;
  const first = entries.querySelector(".entry.new");
  if (at && find(at)) point(at);
  else if (first) first.scrollIntoView({ block: "center" });
  else showEnd();
  scroller.addEventListener("scroll", () => {
    if (!end) return;
    if (atEnd()) {
      end.hidden = true;
      end.textContent = end.dataset.plain ?? "";
    } else if (scroller.scrollHeight - scroller.scrollTop > 3 * scroller.clientHeight) {
      end.hidden = false;
    }
  }, { passive: true });
  end?.addEventListener("click", (event) => {
    event.preventDefault();
    toEnd();
  });
  document.addEventListener("visibilitychange", watch);
  watch();
}
