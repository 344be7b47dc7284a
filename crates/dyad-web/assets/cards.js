// @ts-check
/** Cards within a conversation: a secret is copied without being typed. */
import { say } from "./net.js";

/**
 * @param {HTMLElement} root
 */
export function begin(root) {
  root.classList.add("scripted");
  root.addEventListener("click", async (event) => {
    const button = event.target instanceof Element ? event.target.closest("[data-copy-secret]") : null;
    const secret = button?.closest(".secret")?.querySelector("code");
    if (!secret) return;
    try {
      await navigator.clipboard.writeText(secret.textContent ?? "");
      say(root.dataset.copied ?? "");
    } catch {
      // Not allowed here: it is marked, so that the keyboard can copy it.
      getSelection()?.selectAllChildren(secret);
    }
  });
}
