// @ts-check
/**
 * Hears what happens, once for all windows of the app: a browser keeps few connections to one address, and a
 * stream holds one for as long as it lasts. One window listens and tells the others; when it is closed, another does.
 */

/**
 * @typedef {{what: "message", of: string, id: number, new: boolean, incoming: boolean}
 *   | {what: "call", of: string, id: number, message: number | null, state: string} | {what: "contact", of: string} | {what: "notice", id: number} | {what: "all"} | {what: "locked"}
 *   | {what: "away"} | {what: "back"}} Change
 */

/**
 * @param {(change: Change) => void} heard
 */
export function hear(heard) {
  const others = "BroadcastChannel" in window ? new BroadcastChannel("dyad-events") : null;
  others?.addEventListener("message", (event) => heard(event.data));
  /** @param {Change} change */
  const tell = (change) => {
    others?.postMessage(change);
    heard(change);
  };
  /** @type {EventSource | null} */
  let events = null;
  let lost = false;
  let missing = 0;
  /** Until something is heard, what happens is missed: this looks for it. */
  let caughtUp = () => heard({ what: "all" });

  const listen = () => {
    events = new EventSource("/events");
    events.addEventListener("open", () => {
      clearTimeout(missing);
      caughtUp();
      caughtUp = () => {};
      if (lost) tell({ what: "back" });
      lost = false;
    });
    events.addEventListener("message", (event) => tell(JSON.parse(event.data)));
    events.addEventListener("error", () => {
      if (!lost) {
        lost = true;
        // A moment's gap is nobody's concern.
        missing = window.setTimeout(() => tell({ what: "away" }), 1500);
      }
      if (events?.readyState !== EventSource.CLOSED) return;
      // Refused rather than cut: whoever asks for the list is told why, and where to go.
      tell({ what: "all" });
      setTimeout(listen, 3000);
    });
  };

  const lead = () => new Promise((over) => {
    listen();
    addEventListener("pagehide", () => {
      events?.close();
      events = null;
      over(undefined);
    }, { once: true });
  });
  const stand = () => {
    if (!("locks" in navigator)) {
      lead();
      return;
    }
    navigator.locks.request("dyad-events", { ifAvailable: true }, (free) => {
      if (free) return lead();
      // Another window listens. When it is closed, all have missed what happens until this one does.
      heard({ what: "all" });
      caughtUp = () => tell({ what: "all" });
      navigator.locks.request("dyad-events", lead).catch(() => {});
      return undefined;
    }).catch(() => {});
  };
  // A page that the browser had put aside and shows again.
  addEventListener("pageshow", (event) => {
    if (!event.persisted) return;
    caughtUp = () => heard({ what: "all" });
    stand();
  });
  stand();
}
