// @ts-check
/** A picture that was chosen is seen as contacts will see it, before it is kept. */

for (const form of document.querySelectorAll("form[data-picture]")) {
  const field = /** @type {HTMLInputElement | null} */ (form.querySelector('input[type="file"]'));
  const shown = /** @type {HTMLImageElement | null} */ (form.querySelector("img"));
  if (!field || !shown) continue;
  const before = shown.getAttribute("src");
  let chosen = "";
  const back = () => {
    if (before) shown.src = before;
    shown.hidden = !before;
  };
  // What is no picture has none; keeping it says why.
  shown.addEventListener("error", back);
  field.addEventListener("change", () => {
    if (chosen) URL.revokeObjectURL(chosen);
    const file = field.files?.[0];
    chosen = file ? URL.createObjectURL(file) : "";
    if (!chosen) {
      back();
      return;
    }
    shown.src = chosen;
    shown.hidden = false;
  });
}
