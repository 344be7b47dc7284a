// @ts-check
/** What a screen reader says of new messages. */

/** How long a line stays for it to be said, milliseconds. Then it goes: the message may be deleted, or vanish. */
const SAID = 10_000;

/** @param {string} text */
export function tell(text) {
  const line = document.createElement("p");
  line.textContent = text;
  document.getElementById("live")?.append(line);
  setTimeout(() => line.remove(), SAID);
}
