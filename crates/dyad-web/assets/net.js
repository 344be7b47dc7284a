// @ts-check
/** Asking the app: every request says that a script asks, so that it is told where to go instead of being led there blindly. */

/** A refusal, in words for the person. */
export class Refused extends Error {}

/** @type {() => boolean} */
let stays = () => false;

/**
 * Lets a page that holds something unsaved stay when it would be left because the app is locked.
 * @param {() => boolean} reason Says whether it stays, and sees to it that nothing is shown that should not be.
 */
export function keepIf(reason) {
  stays = reason;
}

/**
 * Goes elsewhere, unless there is a reason to stay.
 * @param {string} to
 * @returns {boolean}
 */
export function leave(to) {
  if (document.body.classList.contains("locked") || stays()) return false;
  // Back to here, once it is open.
  location.assign(to === "/unlock" ? `${to}?next=${encodeURIComponent(location.pathname + location.search)}` : to);
  return true;
}

/**
 * @param {string} url
 * @param {RequestInit} init
 * @returns {Promise<Response>}
 */
async function ask(url, init) {
  let response;
  try {
    response = await fetch(url, init);
  } catch {
    throw new Refused(document.body.dataset.away ?? "");
  }
  const go = response.headers.get("X-Dyad-Go");
  if (go) {
    if (leave(go)) return new Promise(() => {});
    throw new Refused("");
  }
  if (response.status === 403) location.reload();
  if (!response.ok) {
    const plain = response.headers.get("Content-Type")?.startsWith("text/plain");
    throw new Refused(plain ? await response.text() : (document.body.dataset.failed ?? ""));
  }
  return response;
}

/**
 * A part of a page, as HTML from the app itself.
 * @param {string} url
 * @param {boolean} [automatic] Nobody asked for it: it does not keep the page from locking itself.
 * @returns {Promise<DocumentFragment>}
 */
export async function part(url, automatic = false) {
  const response = await ask(url, { headers: { "X-Dyad-Fetch": automatic ? "auto" : "yes" } });
  const template = document.createElement("template");
  template.innerHTML = await response.text();
  return template.content;
}

/**
 * Data; null if there is none.
 * @param {string} url
 * @param {boolean} [automatic]
 * @returns {Promise<any>}
 */
export async function data(url, automatic = false) {
  const response = await ask(url, { headers: { "X-Dyad-Fetch": automatic ? "auto" : "yes" } });
  return response.status === 204 ? null : response.json();
}

/**
 * Plain text that nobody asked for.
 * @param {string} url
 * @returns {Promise<string>}
 */
export async function plain(url) {
  return (await ask(url, { headers: { "X-Dyad-Fetch": "auto" } })).text();
}

/**
 * Does something.
 * @param {string} url
 * @param {Record<string, string>} fields
 * @param {boolean} [automatic]
 * @returns {Promise<Response>}
 */
export function post(url, fields, automatic = false) {
  return ask(url, {
    method: "POST",
    headers: { "X-Dyad-Fetch": automatic ? "auto" : "yes" },
    body: new URLSearchParams(fields),
  });
}

/**
 * Sends bytes as they are.
 * @param {string} url
 * @param {BodyInit} body
 * @returns {Promise<Response>}
 */
export function postBytes(url, body) {
  return ask(url, {
    method: "POST",
    headers: { "X-Dyad-Fetch": "yes", "Content-Type": "application/octet-stream" },
    body,
  });
}

/**
 * Sends a form with files.
 * @param {string} url
 * @param {FormData} form
 * @returns {Promise<Response>}
 */
export function postForm(url, form) {
  return ask(url, { method: "POST", headers: { "X-Dyad-Fetch": "yes" }, body: form });
}

/** Something that no other form has. */
export function fresh() {
  return [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

let hiding = 0;

/**
 * Says something at the bottom of the page, for a while.
 * @param {string} text
 */
export function say(text) {
  const toast = document.getElementById("toast");
  if (!toast || text === "") return;
  toast.textContent = text;
  toast.hidden = false;
  clearTimeout(hiding);
  hiding = window.setTimeout(() => { toast.hidden = true; }, 6000);
}

/**
 * For the end of a chain: what was refused is said, anything else is a defect and goes to the console.
 * @param {unknown} error
 */
export function complain(error) {
  if (error instanceof Refused) say(error.message);
  else throw error;
}
