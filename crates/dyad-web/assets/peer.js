// @ts-check
/** What is asked of a connection between two browsers, and knows nothing of calls. */

/** How long an offer or an answer waits for the first ways to this browser, milliseconds. */
const FIRST = 1000;
/** Sounds and pictures as most browsers know them: more would not fit into a message. */
const CODECS = ["audio/opus", "video/vp8", "video/h264", "video/rtx"];

/** @param {RTCRtpTransceiver} transceiver */
export function prefer(transceiver) {
  const known = RTCRtpReceiver.getCapabilities(transceiver.receiver.track.kind)?.codecs ?? [];
  const wanted = known.filter((codec) => CODECS.includes(codec.mimeType.toLowerCase()));
  if (wanted.length > 0) transceiver.setCodecPreferences(wanted);
}

/**
 * An offer or an answer, whichever is due, with the ways to this browser that are found in a moment.
 * @param {RTCPeerConnection} made
 */
export async function localDescription(made) {
  await made.setLocalDescription();
  await new Promise((done) => {
    if (made.iceGatheringState === "complete") done(undefined);
    made.addEventListener("icegatheringstatechange", () => {
      if (made.iceGatheringState === "complete") done(undefined);
    });
    setTimeout(done, FIRST);
  });
  return made.localDescription?.sdp ?? "";
}

/**
 * How many pictures have come in.
 * @param {RTCPeerConnection} connection
 */
export async function framesSeen(connection) {
  let seen = 0;
  for (const report of (await connection.getStats()).values()) {
    if (report.type === "inbound-rtp" && report.kind === "video") seen += report.framesDecoded ?? 0;
  }
  return seen;
}

/** @param {number} seconds */
export function clock(seconds) {
  const two = (/** @type {number} */ n) => String(n).padStart(2, "0");
  const [hours, minutes] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60];
  return hours > 0 ? `${hours}:${two(minutes)}:${two(seconds % 60)}` : `${minutes}:${two(seconds % 60)}`;
}
