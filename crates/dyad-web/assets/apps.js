// @ts-check
/** Programs that ask appear while the person looks; nothing moves under what they are filling in. */
import { part } from "./net.js";

/** How often it is looked, milliseconds: the person has just started the program. */
const LOOK = 2000;

const asking = document.getElementById("asking");
let before = asking?.innerHTML.trim() ?? "";

async function look() {
  if (!asking || document.hidden || asking.contains(document.activeElement)) return;
  const fresh = await part("/me/apps/asking", true);
  const holder = document.createElement("div");
  holder.append(fresh);
  const now = holder.innerHTML.trim();
  const begun = [...asking.querySelectorAll("input")].some((field) => field.type === "checkbox" ? field.checked : field.type !== "hidden" && field.value !== "");
  if (now === before || begun) return;
  before = now;
  asking.replaceChildren(...holder.childNodes);
}

setInterval(() => { look().catch(() => {}); }, LOOK);
