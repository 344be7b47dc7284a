// @ts-check
/** Settings: whoever turns notifications on is asked for leave by the browser there and then. */
import { askLeave, supported } from "./notify.js";

const group = document.getElementById("notifications");
const state = document.getElementById("notify-state");

/** Says how it stands, if there is something to say. */
function tell() {
  const chosen = document.querySelector('input[name="notifications"]:checked');
  const on = chosen instanceof HTMLInputElement && chosen.value !== "off";
  const leave = supported() ? Notification.permission : "denied";
  if (!state || !on || leave === "granted") return;
  state.textContent = (leave === "denied" ? state.dataset.denied : state.dataset.ask) ?? "";
}

group?.addEventListener("change", async () => {
  tell();
  const chosen = document.querySelector('input[name="notifications"]:checked');
  const on = chosen instanceof HTMLInputElement && chosen.value !== "off";
  if (on) {
    await askLeave();
    tell();
  }
});
tell();
