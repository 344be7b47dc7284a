// @ts-check
/** Calls that ring: shown, said, heard and in the title of every open page, until they are taken or over. */
import { refresh } from "./list.js";
import { complain, part, post } from "./net.js";
import { announce } from "./notify.js";

const box = document.getElementById("ringing");

/** Of which the caller was told that they are shown here. */
const told = new Set();
/** What was announced of them. */
const announced = new Set();
let ticking = 0;
/** @type {AudioContext | null} */
let sound = null;

/** Two short tones; a browser that wants the person to touch the page first keeps silent. */
function tone() {
  try {
    sound ??= new AudioContext();
    if (sound.state === "suspended") sound.resume().catch(() => {});
    for (const [at, pitch] of [[0, 660], [0.25, 880]]) {
      const note = sound.createOscillator();
      const volume = sound.createGain();
      note.frequency.value = pitch ?? 660;
      volume.gain.value = 0.06;
      note.connect(volume).connect(sound.destination);
      note.start(sound.currentTime + (at ?? 0));
      note.stop(sound.currentTime + (at ?? 0) + 0.2);
    }
  } catch {
    // A machine without sound still shows it.
  }
}

let beats = 0;
function beat() {
  const ring = box?.querySelector(".ring");
  if (!(ring instanceof HTMLElement)) return;
  // Marks around a name are for text that is laid out, not for titles.
  document.title = `☎ ${(ring.dataset.title ?? "").replace(/[\u2068\u2069]/g, "")}`;
  if (beats % 3 === 0) tone();
  beats += 1;
}

/** Shows what rings now. */
async function look() {
  if (!box) return;
  const fresh = await part("/ring", true);
  const now = [...fresh.querySelectorAll(".ring")].map((ring) => /** @type {HTMLElement} */ (ring).dataset.call ?? "");
  const shown = [...box.querySelectorAll(".ring")].map((ring) => /** @type {HTMLElement} */ (ring).dataset.call ?? "");
  // Whoever is about to press a button shall not lose it.
  if (now.join() !== shown.join()) box.replaceChildren(fresh);
  box.hidden = now.length === 0;
  for (const call of now) {
    if (told.has(call)) continue;
    told.add(call);
    post(`/call/${call}/shown`, {}, true).catch(complain);
  }
  if (now.length > 0 && ticking === 0) {
    beats = 0;
    beat();
    ticking = window.setInterval(beat, 1000);
  } else if (now.length === 0 && ticking !== 0) {
    clearInterval(ticking);
    ticking = 0;
    refresh();
  }
}

/**
 * Something happened somewhere.
 * @param {import("./events.js").Change} change
 */
export function heard(change) {
  if (change.what !== "call" && change.what !== "all") return;
  look().catch(complain);
  if (change.what !== "call" || change.message === null || !["ringing", "missed"].includes(change.state)) return;
  const news = `${change.id} ${change.state}`;
  if (announced.has(news)) return;
  announced.add(news);
  announce(change.of, change.message).catch(complain);
}

box?.addEventListener("submit", (event) => {
  // The other form opens the window of the call.
  if (!(event.target instanceof HTMLFormElement) || !event.target.classList.contains("decline")) return;
  event.preventDefault();
  post(event.target.action, {}).catch(complain);
});

look().catch(complain);
