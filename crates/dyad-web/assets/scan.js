// @ts-check
/** Reads QR codes: from the camera or from a picture. The picture goes to the app on this machine, and nowhere else. */
import { complain, postBytes } from "./net.js";

/** Most pixels sent at once: what the app takes in one request. */
const MOST = 1_900_000;
/** Pause between two frames, ms. */
const PAUSE = 200;

/**
 * A code in what `source` shows, or an empty text.
 * @param {CanvasImageSource} source
 * @param {number} width
 * @param {number} height
 */
async function look(source, width, height) {
  const scale = Math.min(1, Math.sqrt(MOST / (width * height)), 4096 / Math.max(width, height));
  const w = Math.max(1, Math.floor(width * scale));
  const h = Math.max(1, Math.floor(height * scale));
  const canvas = document.createElement("canvas");
  canvas.width = w;
  canvas.height = h;
  const context = canvas.getContext("2d", { willReadFrequently: true });
  if (!context) return "";
  // What is transparent counts as light.
  context.fillStyle = "#fff";
  context.fillRect(0, 0, w, h);
  context.drawImage(source, 0, 0, w, h);
  const colours = context.getImageData(0, 0, w, h).data;
  const grey = new Uint8Array(w * h);
  for (let n = 0; n < grey.length; n += 1) {
    grey[n] = (colours[4 * n] * 77 + colours[4 * n + 1] * 150 + colours[4 * n + 2] * 29) >> 8;
  }
  const answer = await postBytes(`/qr?w=${w}&h=${h}`, grey);
  return answer.status === 204 ? "" : answer.text();
}

/**
 * A code in a picture file. Small ones are looked at enlarged as well.
 * @param {Blob} file
 */
export async function inPicture(file) {
  const url = URL.createObjectURL(file);
  try {
    const image = new Image();
    image.src = url;
    await image.decode();
    return await look(image, image.naturalWidth || 1024, image.naturalHeight || 1024);
  } catch (error) {
    if (error instanceof DOMException) return "";
    throw error;
  } finally {
    URL.revokeObjectURL(url);
  }
}

/**
 * Brings a scanner (the element with `data-scan`) to life. `found` gets the text of each code that is seen.
 * @param {HTMLElement} root
 * @param {(text: string) => void} found
 */
export function scanner(root, found) {
  const video = /** @type {HTMLVideoElement} */ (root.querySelector("video"));
  const button = /** @type {HTMLButtonElement} */ (root.querySelector("[data-scan-camera]"));
  const file = /** @type {HTMLInputElement} */ (root.querySelector("[data-scan-file]"));
  const says = /** @type {HTMLElement} */ (root.querySelector("[data-scan-says]"));
  const word = button.querySelector("span");
  const start = word?.textContent ?? "";
  /** @type {MediaStream | undefined} */
  let stream;

  /** @param {string} [text] */
  const say = (text) => { says.textContent = text ?? ""; };

  function stop() {
    for (const track of stream?.getTracks() ?? []) track.stop();
    stream = undefined;
    video.hidden = true;
    video.srcObject = null;
    if (word) word.textContent = start;
  }

  async function run() {
    try {
      stream = await navigator.mediaDevices.getUserMedia({ video: { facingMode: "environment", width: { ideal: 1280 } } });
    } catch {
      say(root.dataset.denied);
      return;
    }
    const mine = stream;
    video.srcObject = mine;
    video.hidden = false;
    if (word) word.textContent = button.dataset.stop ?? "";
    say(root.dataset.looking);
    await video.play();
    while (stream === mine) {
      if (video.videoWidth > 0) {
        const text = await look(video, video.videoWidth, video.videoHeight);
        if (text && stream === mine) {
          stop();
          say(root.dataset.found);
          found(text);
          return;
        }
      }
      await new Promise((done) => { setTimeout(done, PAUSE); });
    }
  }

  button.addEventListener("click", () => {
    if (stream) {
      stop();
      say();
    } else {
      run().catch((error) => { stop(); complain(error); });
    }
  });
  file.addEventListener("change", async () => {
    const chosen = file.files?.[0];
    if (!chosen) return;
    try {
      const text = await inPicture(chosen);
      say(text ? root.dataset.found : root.dataset.none);
      if (text) found(text);
    } catch (error) {
      complain(error);
    } finally {
      file.value = "";
    }
  });
  window.addEventListener("pagehide", stop);
  if (!("mediaDevices" in navigator)) button.hidden = true;
  root.hidden = false;
  return { say };
}
