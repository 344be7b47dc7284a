// @ts-check
/** Notifications of the browser. What they say, and whether, the app decides each time. */
import { data } from "./net.js";

/** Whether this browser can show any. */
export const supported = () => "Notification" in window;

/**
 * Asks the browser for leave to show notifications; call it only when the person turns them on.
 * @returns {Promise<"granted" | "denied" | "default" | "unsupported">}
 */
export async function askLeave() {
  if (!supported()) return "unsupported";
  if (Notification.permission === "granted") return "granted";
  return Notification.requestPermission();
}

const looking = () => document.visibilityState === "visible" && document.hasFocus();

/** Other windows of the app: one that is being looked at makes the others keep quiet. */
const others = "BroadcastChannel" in window ? new BroadcastChannel("dyad-looking") : null;
let somebodyLooks = false;
others?.addEventListener("message", (event) => {
  if (event.data === "here") somebodyLooks = true;
  else if (looking()) others.postMessage("here");
});

async function lookedAtElsewhere() {
  if (!others) return false;
  somebodyLooks = false;
  others.postMessage("who");
  await new Promise((done) => { setTimeout(done, 150); });
  return somebodyLooks;
}

/**
 * Tells of a new message, if the person is elsewhere and wants to know.
 * @param {string} of
 * @param {number} message
 */
export async function announce(of, message) {
  if (!supported() || Notification.permission !== "granted" || looking()) return;
  if (await lookedAtElsewhere()) return;
  const notice = await data(`/c/${of}/m/${message}/notice`, true).catch(() => null);
  if (!notice) return;
  // One a conversation: the newest stands for those before it, also when several windows show it.
  const note = new Notification(notice.title, { body: notice.body, tag: of });
  note.addEventListener("click", () => {
    note.close();
    window.focus();
    location.assign(`/c/${of}`);
  });
}
