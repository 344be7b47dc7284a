// @ts-check
/**
 * One call, in a window of its own. Sound and pictures go from this browser to the other one; only what the two need to
 * find one another goes through the app.
 */
import { hear } from "./events.js";
import { Refused, data, keepIf, post } from "./net.js";
import { clock, framesSeen, localDescription, prefer } from "./peer.js";

/**
 * @typedef {{id: number, step: string, round: number, description: string | null, candidates: string[]}} Signal
 * @typedef {{id: number, state: string, words: string, over: boolean, instead: number | null, signals: Signal[]}} Standing
 */

/** How long candidates are gathered before they go out together, milliseconds. */
const GATHER = 300;
/** How often the app is told that this window is in the call. */
const ALIVE = 15_000;
/** How long a lost connection is tried again. */
const PATIENCE = 40_000;
/** How long a connection that falters may come back by itself: browsers give it up much later. */
const FALTERS = 4_000;
/** How long an offer of another way is waited for before the next: there are only so many in one call. */
const BETWEEN = 6_000;

const root = /** @type {HTMLElement} */ (document.getElementById("call"));
/** @param {string} id */
const element = (id) => /** @type {HTMLElement} */ (document.getElementById(id));
const remote = /** @type {HTMLVideoElement} */ (element("remote"));
const local = /** @type {HTMLVideoElement} */ (element("local"));
const mute = /** @type {HTMLButtonElement} */ (element("mute"));
const camera = /** @type {HTMLButtonElement} */ (element("camera"));
const of = root.dataset.of ?? "";

let id = Number(root.dataset.id ?? 0);
const ours = root.dataset.mode === "place";
let over = root.dataset.mode === "look";
let round = 0;
/** The last signal that was heeded. */
let after = 0;
let connectedAt = 0;
let lostAt = 0;
let offeredAt = 0;
/** @type {RTCPeerConnection | null} */
let connection = null;
/** Our own sound and picture. */
const media = new MediaStream();
/** Theirs that came before their description. @type {string[]} */
let early = [];
/** Ours that have not gone out. @type {string[]} */
let ready = [];
let sending = 0;
/** Whether this window has placed or taken the call: until then what they say waits. */
let mine = false;
/** Whether the app may know where this browser is reached: not before the call is placed or taken. */
let described = false;

/** @param {string} [text] */
function tell(text) {
  const state = element("state");
  if (text !== undefined && state.textContent !== text) state.textContent = text;
}

/** @param {string} [text] */
function problem(text) {
  const line = element("problem");
  line.textContent = text ?? "";
  line.hidden = !text;
}

/** @param {unknown} error */
function complain(error) {
  if (error instanceof Refused) problem(error.message);
  else throw error;
}

const wantsVideo = () => media.getVideoTracks().length > 0;

/**
 * Camera and microphone. Without a camera the call goes on with sound only; without a microphone there is none.
 * @param {boolean} video
 * @returns {Promise<boolean>}
 */
async function listen(video) {
  if (!navigator.mediaDevices || !("RTCPeerConnection" in window)) {
    problem(root.dataset.unable);
    return false;
  }
  try {
    for (const track of (await navigator.mediaDevices.getUserMedia({ audio: true, video })).getTracks()) media.addTrack(track);
  } catch (error) {
    if (video) {
      const heard = await listen(false);
      if (heard) problem(root.dataset.noCamera);
      return heard;
    }
    const refused = error instanceof DOMException && error.name === "NotAllowedError";
    problem(refused ? root.dataset.refused : root.dataset.noMicrophone);
    return false;
  }
  showOwn();
  return true;
}

function showOwn() {
  local.srcObject = media;
  local.hidden = !wantsVideo();
  mute.hidden = false;
  camera.hidden = false;
  press(camera, !wantsVideo());
}

/**
 * @param {HTMLButtonElement} button
 * @param {boolean} pressed
 */
function press(button, pressed) {
  button.setAttribute("aria-pressed", String(pressed));
}

function connect() {
  const made = new RTCPeerConnection({
    iceServers: JSON.parse(root.dataset.servers ?? "[]"),
    iceTransportPolicy: "relayOnly" in root.dataset ? "relay" : "all",
    bundlePolicy: "max-bundle",
  });
  made.addEventListener("icecandidate", ({ candidate }) => {
    if (candidate && candidate.candidate !== "" && candidate.protocol !== "tcp") {
      ready.push(candidate.candidate);
      sendSoon();
    }
  });
  made.addEventListener("track", ({ track }) => {
    const stream = remote.srcObject instanceof MediaStream ? remote.srcObject : new MediaStream();
    stream.addTrack(track);
    remote.srcObject = stream;
    remote.hidden = false;
    remote.play().catch(() => {});
  });
  made.addEventListener("connectionstatechange", changed);
  connection = made;
  return made;
}

function sendSoon() {
  if (!described || sending !== 0) return;
  sending = window.setTimeout(() => {
    sending = 0;
    const candidates = ready.splice(0).join("\n");
    if (candidates !== "" && !over) post(`/call/${id}/say`, { candidates }, true).catch(complain);
  }, GATHER);
}

/**
 * What this browser would like, with the ways to it that are found in a moment.
 * @param {RTCPeerConnection} made
 */
async function describe(made) {
  const description = await localDescription(made);
  // Those that stand in the description need not be said again.
  ready = [];
  return description;
}

/** @param {Record<string, string>} fields */
const withVideo = (fields) => (wantsVideo() ? { ...fields, video: "1" } : fields);

async function place() {
  if (root.dataset.noRelay) {
    problem(root.dataset.noRelay);
    return finish();
  }
  if (!(await listen("video" in root.dataset))) return finish("");
  const made = connect();
  for (const kind of ["audio", "video"]) {
    const track = media.getTracks().find((one) => one.kind === kind);
    prefer(made.addTransceiver(track ?? kind, { direction: "sendrecv", streams: [media] }));
  }
  const description = await describe(made);
  if (over) return undefined;
  const placed = /** @type {Standing} */ (await (await post(`/c/${of}/call`, withVideo({ description }))).json());
  id = placed.id;
  described = true;
  mine = true;
  history.replaceState(null, "", `/call/${id}`);
  stand(placed);
  sendSoon();
  return undefined;
}

async function take() {
  if (root.dataset.noRelay) {
    problem(root.dataset.noRelay);
    return finish();
  }
  // As long as camera and microphone are not there, it goes on ringing elsewhere.
  if (!(await listen("video" in root.dataset))) return finish("");
  const taken = /** @type {Standing} */ (await (await post(`/call/${id}/take`, {})).json());
  history.replaceState(null, "", `/call/${id}`);
  tell(root.dataset.connecting);
  mine = true;
  stand(taken);
  return undefined;
}

/** @param {Signal} offer */
async function answer(offer) {
  const made = connection ?? connect();
  await made.setRemoteDescription({ type: "offer", sdp: offer.description ?? "" });
  for (const transceiver of made.getTransceivers()) {
    const kind = transceiver.receiver.track.kind;
    transceiver.direction = "sendrecv";
    prefer(transceiver);
    const track = media.getTracks().find((one) => one.kind === kind);
    if (track && transceiver.sender.track !== track) await transceiver.sender.replaceTrack(track);
  }
  await heedEarly(made);
  round = offer.round;
  const description = await describe(made);
  await post(`/call/${id}/say`, withVideo({ description, round: String(round) }));
  described = true;
  sendSoon();
}

/** The connection is lost: the caller offers another way. */
async function again() {
  if (!connection || over || !ours || connection.signalingState !== "stable") return;
  if (Date.now() - offeredAt < BETWEEN) return;
  offeredAt = Date.now();
  round += 1;
  connection.restartIce();
  const description = await describe(connection);
  await post(`/call/${id}/say`, withVideo({ description, round: String(round) }));
}

const falters = () => connection?.connectionState === "disconnected" && Date.now() - lostAt > FALTERS;

/** @param {RTCPeerConnection} made */
async function heedEarly(made) {
  for (const candidate of early.splice(0)) {
    await made.addIceCandidate({ candidate, sdpMLineIndex: 0 }).catch(() => {});
  }
}

/** @param {Signal} signal */
async function heed(signal) {
  if (signal.step === "offer" && !ours && (signal.round > round || !connection)) {
    await answer(signal);
  } else if (signal.step === "answer" && connection?.signalingState === "have-local-offer" && signal.round === round) {
    await connection.setRemoteDescription({ type: "answer", sdp: signal.description ?? "" });
    await heedEarly(connection);
  } else if (signal.step === "candidates") {
    early.push(...signal.candidates);
    if (connection?.remoteDescription) await heedEarly(connection);
  }
}

/**
 * Both called: theirs is taken in this window.
 * @param {number} call
 */
function takeInstead(call) {
  const form = document.createElement("form");
  form.method = "post";
  form.action = `/call/${call}`;
  const how = document.createElement("input");
  how.name = "take";
  how.value = wantsVideo() ? "video" : "audio";
  form.append(how);
  form.hidden = true;
  document.body.append(form);
  for (const track of media.getTracks()) track.stop();
  connection?.close();
  form.submit();
}

/** Signals are heeded one after the other. */
let turn = Promise.resolve();

/**
 * Where the app says that the call stands.
 * @param {Standing} standing
 */
function stand(standing) {
  if (over) return;
  if (standing.state === "crossed" && standing.instead !== null) {
    over = true;
    takeInstead(standing.instead);
    return;
  }
  if (standing.over) {
    finish(standing.words);
    return;
  }
  if (!mine) return;
  if (standing.state === "calling" || standing.state === "ringing_there") tell(standing.words);
  else if (standing.state === "connecting" && connectedAt === 0) {
    tell(root.dataset.connecting);
    // It is looked for a way as long as for a lost one.
    if (lostAt === 0) lostAt = Date.now();
  }
  for (const signal of standing.signals.filter((one) => one.id > after)) {
    after = signal.id;
    turn = turn.then(() => (over ? undefined : heed(signal))).catch((error) => {
      if (error instanceof Refused) problem(error.message);
      else fail();
    });
  }
}

let looking = false;
let lookAgain = false;
async function look() {
  if (over || id === 0) return;
  if (looking) {
    lookAgain = true;
    return;
  }
  looking = true;
  try {
    stand(/** @type {Standing} */ (await data(`/call/${id}/signals?after=${after}`, true)));
  } finally {
    looking = false;
    if (lookAgain) {
      lookAgain = false;
      await look();
    }
  }
}

function changed() {
  const state = connection?.connectionState;
  if (over || !state) return;
  if (state === "connected") {
    lostAt = 0;
    tell(root.dataset.talking);
    if (connectedAt === 0) {
      connectedAt = Date.now();
      element("time").hidden = false;
      post(`/call/${id}/connected`, {}).catch(complain);
    }
  } else if (state === "disconnected" || state === "failed") {
    if (lostAt === 0) lostAt = Date.now();
    tell(connectedAt === 0 ? root.dataset.connecting : root.dataset.lost);
    if (state === "failed") again().catch(complain);
  }
}

/** No way was found, the one there was is gone for good, or what they said makes no sense. */
function fail() {
  problem(connectedAt === 0 ? root.dataset.noWay : root.dataset.gone);
  hangUp();
}

function hangUp() {
  if (over) return;
  const asked = id;
  finish();
  if (asked !== 0) {
    post(`/call/${asked}/end`, {}).then((answered) => answered.json()).then((standing) => tell(standing.words)).catch(complain);
  }
}

/**
 * It is over: camera and microphone are let go.
 * @param {string} [words]
 */
function finish(words) {
  over = true;
  tell(words);
  connection?.close();
  for (const track of media.getTracks()) track.stop();
  for (const video of [remote, local]) {
    video.srcObject = null;
    video.hidden = true;
  }
  for (const part of ["mute", "camera", "end", "time"]) element(part).hidden = true;
  element("who").hidden = false;
  const next = element("after");
  next.hidden = false;
  if (document.activeElement === document.body) next.querySelector("a")?.focus();
}

const sender = (/** @type {string} */ kind) => connection?.getTransceivers()
  .find((one) => one.receiver.track.kind === kind)?.sender;

mute.addEventListener("click", () => {
  const muted = mute.getAttribute("aria-pressed") !== "true";
  for (const track of media.getAudioTracks()) track.enabled = !muted;
  press(mute, muted);
});

/** Off means off: the camera is let go, not covered. */
async function toggleCamera() {
  const [track] = media.getVideoTracks();
  if (track) {
    track.stop();
    media.removeTrack(track);
    await sender("video")?.replaceTrack(null);
  } else {
    const fresh = (await navigator.mediaDevices.getUserMedia({ video: true })).getVideoTracks()[0];
    if (!fresh) return;
    if (over) {
      fresh.stop();
      return;
    }
    media.addTrack(fresh);
    await sender("video")?.replaceTrack(fresh);
    problem();
  }
  showOwn();
}

camera.addEventListener("click", () => {
  camera.disabled = true;
  toggleCamera().catch(() => problem(root.dataset.noCamera)).finally(() => { camera.disabled = false; });
});
element("end").addEventListener("click", hangUp);

/** @param {boolean} is */
function showPicture(is) {
  // Hidden from sight only: it is also what is heard.
  remote.classList.toggle("still", !is);
  element("who").hidden = is;
}

// The first picture, or one of another size.
remote.addEventListener("resize", () => {
  if (!over && remote.videoWidth > 0) showPicture(true);
});

let frames = 0;
/** A picture that stands still for seconds is none: their camera is off. */
async function watchPicture() {
  if (!connection || over) return;
  const seen = await framesSeen(connection);
  if (over) return;
  showPicture(seen !== frames);
  frames = seen;
}

setInterval(() => {
  if (over) return;
  if (connectedAt !== 0) element("time").textContent = clock(Math.floor((Date.now() - connectedAt) / 1000));
  if (lostAt !== 0 && Date.now() - lostAt > PATIENCE) fail();
  else if (connection?.connectionState === "failed" || falters()) again().catch(complain);
}, 1000);
setInterval(() => watchPicture().catch(() => {}), 2000);
setInterval(() => {
  if (over || id === 0) return;
  post(`/call/${id}/alive`, {}).then((answered) => answered.json()).then(stand)
    // Refused because it is over, perhaps: that is to be said.
    .catch(() => look().catch(() => {}));
}, ALIVE);

addEventListener("pagehide", () => {
  if (over || id === 0) return;
  over = true;
  fetch(`/call/${id}/end`, { method: "POST", headers: { "X-Dyad-Fetch": "auto" }, keepalive: true }).catch(() => {});
});

// A page that the app has locked cannot be led; the call is over.
keepIf(() => {
  if (!over) finish(root.dataset.locked);
  return true;
});

/** What has become of a call that this window only shows. */
async function watch() {
  tell(/** @type {Standing} */ (await data(`/call/${id}/signals?after=0`, true)).words);
}

hear((change) => {
  const concerns = change.what === "all" || change.what === "back" || (change.what === "call" && change.id === id);
  if (root.dataset.mode === "look") {
    if (concerns) watch().catch(complain);
  } else if (over) return;
  else if (change.what === "locked") finish(root.dataset.locked);
  else if (concerns) look().catch(complain);
});

/** One window for each call. @param {() => Promise<void>} begin */
async function alone(begin) {
  element("end").hidden = false;
  try {
    await begin();
  } catch (error) {
    finish();
    complain(error);
  }
}

if (root.dataset.mode === "place") alone(place);
else if (root.dataset.mode === "take") alone(take);
