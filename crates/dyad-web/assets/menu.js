// @ts-check
/** A menu that opens beside what it is about: arrows within, Escape leads back. */

/** @type {{menu: HTMLElement, back: HTMLElement | null, end: AbortController} | null} */
let open = null;

/** Closes the menu, if one is open. */
export function closeMenu(giveBack = true) {
  if (!open) return;
  const { menu, back, end } = open;
  open = null;
  end.abort();
  const inside = menu.contains(document.activeElement);
  menu.remove();
  back?.removeAttribute("aria-expanded");
  if (giveBack && inside) back?.focus({ preventScroll: true });
}

/**
 * @param {HTMLElement} menu
 * @param {{left: number, right: number, top: number, bottom: number}} beside
 */
function place(menu, beside) {
  const box = menu.getBoundingClientRect();
  const rtl = getComputedStyle(document.body).direction === "rtl";
  const left = rtl ? beside.left : beside.right - box.width;
  const below = beside.bottom + 4;
  const top = below + box.height > innerHeight - 8 ? beside.top - box.height - 4 : below;
  menu.style.left = `${Math.max(8, Math.min(left, innerWidth - box.width - 8))}px`;
  menu.style.top = `${Math.max(8, Math.min(top, innerHeight - box.height - 8))}px`;
}

/**
 * @param {HTMLElement} menu What is shown; removed when it closes.
 * @param {{left: number, right: number, top: number, bottom: number}} beside
 * @param {HTMLElement | null} back What has the focus afterwards.
 * @param {(chosen: HTMLElement) => void} choose
 */
export function openMenu(menu, beside, back, choose) {
  closeMenu();
  const items = () => [...menu.querySelectorAll("button")].filter((item) => !item.hidden);
  const end = new AbortController();
  const { signal } = end;
  open = { menu, back, end };
  document.body.append(menu);
  place(menu, beside);
  for (const item of items()) item.tabIndex = -1;
  items()[0]?.focus({ preventScroll: true });
  back?.setAttribute("aria-expanded", "true");

  menu.addEventListener("click", (event) => {
    const item = event.target instanceof Element ? event.target.closest("button") : null;
    if (!item) return;
    closeMenu();
    choose(item);
  });
  menu.addEventListener("keydown", (event) => {
    event.stopPropagation();
    const all = items();
    const here = all.indexOf(/** @type {HTMLButtonElement} */ (document.activeElement));
    const to = {
      ArrowDown: here + 1, ArrowRight: here + 1, ArrowUp: here - 1, ArrowLeft: here - 1, Home: 0, End: -1,
    }[event.key];
    if (to !== undefined) {
      event.preventDefault();
      all.at(to % all.length)?.focus();
    } else if (event.key === "Escape" || event.key === "Tab") {
      event.preventDefault();
      closeMenu();
    }
  });
  document.addEventListener("pointerdown", (event) => {
    if (event.target instanceof Node && !menu.contains(event.target)) closeMenu(false);
  }, { signal, capture: true });
  addEventListener("resize", () => closeMenu(), { signal });
  addEventListener("blur", () => closeMenu(), { signal });
}

/**
 * Whether a `contextmenu` event came from a key or a finger. The browser's own menu is left to the mouse.
 * @param {MouseEvent} event
 */
export const byKeyOrTouch = (event) => !(event instanceof PointerEvent) || event.pointerType !== "mouse";
