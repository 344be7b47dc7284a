// @ts-check
/** What is done to a message: its menu, keys, and the questions before. */
import * as history from "./history.js";
import { byKeyOrTouch, openMenu } from "./menu.js";
import { complain, part, post, Refused, say } from "./net.js";
import * as writing from "./writing.js";

const root = document.getElementById("conversation");
const id = root?.dataset.id ?? "";
const scroller = document.getElementById("messages");
const entries = document.getElementById("entries");

/** @param {HTMLElement} message */
const url = (message) => `/c/${id}/m/${message.dataset.id}`;

/** @param {HTMLElement} message */
const textOf = (message) => message.querySelector(".text")?.textContent ?? "";

/**
 * @param {HTMLElement} message
 * @param {string} what
 */
function can(message, what) {
  if (what === "text") return !("deleted" in message.dataset);
  if (what === "quote") return message.querySelector(".quote[data-of]") !== null;
  if (what === "why") return message.querySelector(".state") !== null;
  return (message.dataset.can ?? "").split(" ").includes(what);
}

/** @param {EventTarget | null} target */
const messageOf = (target) => /** @type {HTMLElement | null} */ (target instanceof Element ? target.closest(".entry") : null);

/** @param {HTMLElement} message */
const ourReaction = (message) => message.querySelector(".reaction.mine")?.textContent?.trim() ?? "";

/**
 * @param {string} name
 * @returns {HTMLDialogElement}
 */
const dialog = (name) => /** @type {HTMLDialogElement} */ (document.getElementById(name));

/**
 * Asks in a dialog; what was chosen, or nothing.
 * @param {HTMLDialogElement} box
 * @returns {Promise<string>}
 */
function ask(box) {
  box.returnValue = "";
  box.showModal();
  return new Promise((done) => { box.addEventListener("close", () => done(box.returnValue), { once: true }); });
}

/**
 * @param {HTMLElement} message
 * @param {string} sign
 */
const react = (message, sign) => post(`${url(message)}/react`, { emoji: sign === ourReaction(message) ? "" : sign });

/** @type {Record<string, (message: HTMLElement, value: string) => unknown>} */
const deeds = {
  reply: writing.reply,
  edit: writing.edit,
  react,
  again: (message) => post(`${url(message)}/again`, {}),
  jump: (message) => {
    const quote = message.querySelector(".quote[data-of]");
    return quote instanceof HTMLElement ? history.jump(quote.dataset.of ?? "") : undefined;
  },
  copy: async (message) => {
    try {
      await navigator.clipboard.writeText(textOf(message));
    } catch {
      throw new Refused(root?.dataset.notCopied ?? "");
    }
    say(root?.dataset.copied ?? "");
  },
  "react-own": async (message) => {
    const field = /** @type {HTMLInputElement} */ (document.getElementById("react-own"));
    field.value = ourReaction(message);
    const chosen = ask(dialog("react-dialog"));
    field.select();
    if (await chosen !== "react") return;
    await post(`${url(message)}/react`, { emoji: field.value.trim() });
  },
  why: async (message) => {
    const body = document.getElementById("why-body");
    body?.replaceChildren(await part(`${url(message)}/why`));
    await ask(dialog("why-dialog"));
  },
  delete: async (message) => {
    const what = document.getElementById("delete-what");
    if (what) what.textContent = textOf(message).slice(0, 200);
    const both = document.getElementById("delete-both");
    if (both) both.hidden = !can(message, "both");
    const chosen = await ask(dialog("delete-dialog"));
    if (chosen === "") return;
    await post(`${url(message)}/delete`, chosen === "both" ? { both: "1" } : {});
  },
};

/**
 * @param {string} what
 * @param {HTMLElement} message
 * @param {string} [value]
 */
function act(what, message, value = "") {
  Promise.resolve(deeds[what]?.(message, value)).catch(complain);
}

/** @param {HTMLElement} message */
function menuOf(message) {
  const template = document.getElementById("message-menu");
  const menu = template instanceof HTMLTemplateElement
    ? /** @type {HTMLElement | null} */ (template.content.firstElementChild?.cloneNode(true)) : null;
  if (!menu) return;
  for (const item of menu.querySelectorAll("[data-needs]")) {
    if (!can(message, item.getAttribute("data-needs") ?? "")) item.remove();
  }
  for (const item of menu.querySelectorAll('[data-do="react"]')) {
    item.setAttribute("aria-checked", String(item.getAttribute("data-value") === ourReaction(message)));
  }
  const tool = message.querySelector(".tool");
  openMenu(menu, (tool ?? message).getBoundingClientRect(), message, (item) => {
    act(item.dataset.do ?? "", message, item.dataset.value);
  });
}

/** Keys on a chosen message: what they do, and what has to be possible for it. */
const KEYS = /** @type {Record<string, [string, string]>} */ ({
  r: ["reply", "reply"], e: ["edit", "edit"], d: ["delete", ""], Delete: ["delete", ""], "+": ["react-own", "react"], c: ["copy", "text"], w: ["why", "why"],
});

/**
 * From message to message.
 * @param {HTMLElement} message
 * @param {string} key
 */
async function walk(message, key) {
  const all = () => [...(entries?.querySelectorAll(".entry") ?? [])].map((e) => /** @type {HTMLElement} */ (e));
  let place = all().indexOf(message);
  if (key === "ArrowUp" && place === 0) {
    await history.older();
    place = all().indexOf(message);
  }
  const list = all();
  const to = { ArrowUp: place - 1, ArrowDown: place + 1, Home: 0, End: list.length - 1 }[key];
  const target = to === undefined ? undefined : list[to];
  if (target) target.focus();
  else if (key === "ArrowDown") writing.focus();
}

/** @param {KeyboardEvent} event */
function key(event) {
  const message = document.activeElement instanceof HTMLElement && document.activeElement.matches(".entry")
    ? document.activeElement : null;
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.key === "Escape") {
    writing.focus();
    return;
  }
  if (!message) {
    if (event.key === "ArrowUp" && event.target === scroller) {
      event.preventDefault();
      /** @type {HTMLElement | null} */ (entries?.querySelector(".entry:last-of-type") ?? null)?.focus();
    }
    return;
  }
  const deed = KEYS[event.key] ?? KEYS[event.key.toLowerCase()];
  if (["ArrowUp", "ArrowDown", "Home", "End"].includes(event.key)) {
    event.preventDefault();
    walk(message, event.key).catch(complain);
  } else if (event.key === "Enter" || event.key === "ContextMenu" || (event.key === "F10" && event.shiftKey)) {
    event.preventDefault();
    menuOf(message);
  } else if (deed && (deed[1] === "" || can(message, deed[1]))) {
    event.preventDefault();
    act(deed[0], message);
  }
}

/** @param {MouseEvent} event */
function click(event) {
  const target = event.target instanceof Element ? event.target : null;
  const message = messageOf(target);
  if (!target || !message || event.ctrlKey || event.metaKey || event.shiftKey) return;
  const quote = target.closest(".quote[data-of]");
  const deed = target.closest(".tool") ? "menu" : target.closest(".state") ? "why" : quote ? "jump" : "";
  if (deed === "") return;
  event.preventDefault();
  if (deed === "menu") menuOf(message);
  else act(deed, message);
}

export function begin() {
  scroller?.addEventListener("keydown", key);
  entries?.addEventListener("click", click);
  entries?.addEventListener("contextmenu", (event) => {
    const message = messageOf(event.target);
    if (!message || !byKeyOrTouch(event) || !getSelection()?.isCollapsed) return;
    event.preventDefault();
    menuOf(message);
  });
  // Reactions and “send again” are forms; here they are done without leaving.
  root?.addEventListener("submit", (event) => {
    const form = event.target;
    if (!(form instanceof HTMLFormElement) || !form.matches(".reactions, .again, #why-body form")) return;
    event.preventDefault();
    const pressed = event.submitter instanceof HTMLButtonElement && event.submitter.name
      ? { [event.submitter.name]: event.submitter.value } : {};
    post(form.action, pressed).then(() => dialog("why-dialog").close()).catch(complain);
  });
  document.getElementById("text")?.addEventListener("keydown", (event) => {
    if (event.key !== "ArrowUp" || !(event.target instanceof HTMLTextAreaElement) || event.target.value !== "") return;
    const last = [...(entries?.querySelectorAll(".entry") ?? [])].at(-1);
    if (!(last instanceof HTMLElement)) return;
    event.preventDefault();
    last.focus();
  });
}
