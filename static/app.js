// What a page can do a little better with a script. Without it every page still works.
// Rule: nothing is fetched, nothing typed leaves the form, and no behaviour is needed to finish a task.
"use strict";

const all = (selector, run) => document.querySelectorAll(selector).forEach(run);

// One quiet voice for what is otherwise only seen, such as "Copied".
const voice = document.createElement("p");
voice.className = "sr";
voice.setAttribute("role", "status");
document.body.append(voice);

// The words of a button, beside its icon.
const wordsOf = (button) => [...button.childNodes].find((node) => node.nodeType === Node.TEXT_NODE && node.data.trim());

// data-copy="id": copies the text of that element; a list line by line. If the browser refuses, the text is selected.
function copies(button) {
  button.addEventListener("click", async () => {
    const source = document.getElementById(button.dataset.copy);
    if (!source) return;
    const lines = [...source.querySelectorAll("li")].map((line) => line.textContent.trim());
    const words = wordsOf(button);
    const before = words.data;
    try {
      await navigator.clipboard.writeText(lines.length ? lines.join("\n") : source.textContent.trim());
      words.data = voice.textContent = "Copied";
      // Back to its verb, so that it can be pressed again with the same meaning.
      setTimeout(() => { words.data = before; voice.textContent = ""; }, 2500);
    } catch {
      getSelection().selectAllChildren(source);
    }
  });
}

// data-print: the style sheet knows what of the page belongs on paper.
function prints(button) {
  button.addEventListener("click", () => print());
}

// data-reveal="id": shows what was typed into a password field, until the form is sent: managers and histories
// must meet a password field. Several lines are masked by their style.
function reveals(button) {
  const field = document.getElementById(button.dataset.reveal);
  const show = (yes) => {
    if (field.matches("textarea")) field.classList.toggle("masked", !yes);
    else field.type = yes ? "text" : "password";
    wordsOf(button).data = yes ? "Hide" : "Show";
  };
  button.addEventListener("click", () => show(field.matches(".masked, [type=password]")));
  field.form?.addEventListener("submit", () => show(false));
}

// data-least on a new password: how far it is from long enough. Whether it is easy to guess is the server's to say.
function measures(field) {
  const note = document.getElementById(field.id + "-strength");
  const bar = Object.assign(document.createElement("progress"), { max: 4 });
  const words = document.createElement("span");
  bar.setAttribute("aria-hidden", "true");
  const least = Number(field.dataset.least);
  const own = () => ["name", "username", "email"]
    .flatMap((name) => (field.form?.elements[name]?.value ?? "").toLowerCase().split(/[\s@.]+/))
    .filter((part) => part.length > 3);
  const judge = (text) => {
    const length = [...text].length;
    if (length < least) return [1, `${least - length} more ${least - length === 1 ? "character" : "characters"}`];
    if (new Set(text).size < 6) return [2, "Repeats itself"];
    if (own().some((part) => text.toLowerCase().includes(part))) return [2, "Has your name in it"];
    return length < least + 6 ? [3, "Long enough"] : [4, "Good length"];
  };
  let wait;
  field.addEventListener("input", () => {
    clearTimeout(wait);
    // After a pause only: a screen reader should not count along with every key.
    wait = setTimeout(() => {
      if (!field.value) return note.replaceChildren();
      const [level, text] = judge(field.value);
      note.dataset.level = bar.value = level;
      words.textContent = text;
      if (!bar.isConnected) note.append(bar, words);
    }, 300);
  });
}

// data-crop="file field": the square of a chosen photo, as crop_x, crop_y and crop_size in pixels of the upright image.
// Three sliders do all of it, by keyboard too; dragging and the wheel only move the sliders.
function crops(box) {
  const file = document.getElementById(box.dataset.crop);
  const canvas = box.querySelector("canvas");
  const [across, down, zoom] = ["across", "down", "zoom"].map((part) => box.querySelector(`[data-part=${part}]`));
  const hidden = (name) => box.querySelector(`[name=crop_${name}]`);
  let image = null;
  const size = () => Math.min(image.width, image.height) * 100 / zoom.value;
  const square = () => ({
    x: (image.width - size()) * across.value / 100, y: (image.height - size()) * down.value / 100, size: size(),
  });
  const draw = () => {
    const cut = square();
    const pen = canvas.getContext("2d");
    pen.imageSmoothingQuality = "high";
    pen.clearRect(0, 0, canvas.width, canvas.height);
    pen.drawImage(image, cut.x, cut.y, cut.size, cut.size, 0, 0, canvas.width, canvas.height);
    for (const part of ["x", "y", "size"]) hidden(part).value = Math.floor(cut[part]);
  };
  const none = () => {
    image = null;
    box.hidden = true;
    // Empty means: the server takes the middle.
    for (const part of ["x", "y", "size"]) hidden(part).value = "";
  };
  file.addEventListener("change", async () => {
    none();
    if (!file.files[0]) return;
    try {
      image = await createImageBitmap(file.files[0]);
    } catch {
      return; // Not a picture the browser can read. The server says what is wrong with it.
    }
    [across.value, down.value, zoom.value] = [50, 50, 100];
    box.hidden = false;
    draw();
  });
  for (const slider of [across, down, zoom]) slider.addEventListener("input", draw);
  // Moving by pixels of the screen, whatever room there is to move in.
  const move = (slider, room, pixels) => {
    if (room > 0) slider.value = Number(slider.value) - pixels * size() / canvas.clientWidth / room * 100;
  };
  canvas.addEventListener("pointerdown", (event) => canvas.setPointerCapture(event.pointerId));
  canvas.addEventListener("pointermove", (event) => {
    if (!image || !canvas.hasPointerCapture(event.pointerId)) return;
    move(across, image.width - size(), event.movementX);
    move(down, image.height - size(), event.movementY);
    draw();
  });
  canvas.addEventListener("wheel", (event) => {
    event.preventDefault();
    zoom.value = Number(zoom.value) - Math.sign(event.deltaY) * 5;
    draw();
  }, { passive: false });
}

// data-unsaved: asks before a page is left with changes that were not saved. A form that came back with errors
// holds some already.
function guards(form) {
  let changed = Boolean(document.querySelector(".errors"));
  form.addEventListener("input", () => { changed = true; });
  form.addEventListener("submit", () => { changed = false; });
  addEventListener("beforeunload", (event) => { if (changed) event.preventDefault(); });
}

// A second press while the first is on its way is ignored. The button is not disabled: then its name and value
// would not be sent, and a failed connection would leave it dead.
function sendsOnce(form) {
  const ready = () => {
    delete form.dataset.sent;
    form.querySelectorAll("[aria-disabled]").forEach((button) => button.removeAttribute("aria-disabled"));
  };
  form.addEventListener("submit", (event) => {
    if (form.dataset.sent) return event.preventDefault();
    form.dataset.sent = "yes";
    event.submitter?.setAttribute("aria-disabled", "true");
    setTimeout(ready, 10000);
  });
  // Coming back by the browser's own button finds the page as it was left.
  addEventListener("pageshow", ready);
}

// data-pick-all: ticks every row of its table, or none.
function picksAll(box) {
  const rows = () => [...box.closest("table").querySelectorAll("td.pick input")];
  box.addEventListener("change", () => rows().forEach((row) => { row.checked = box.checked; }));
  box.closest("table").addEventListener("change", () => {
    const picked = rows().filter((row) => row.checked).length;
    box.checked = picked > 0 && picked === rows().length;
    box.indeterminate = picked > 0 && !box.checked;
  });
}

all("[data-copy]", copies);
all("[data-print]", prints);
all("[data-reveal]", reveals);
all("[data-least]", measures);
all("[data-crop]", crops);
all("form[data-unsaved]", guards);
all("form[method=post]", sendsOnce);
all("[data-pick-all]", picksAll);

// Some browsers honour autofocus only on fields. A frame later: those that do complain when they are overtaken.
addEventListener("load", () => requestAnimationFrame(() => {
  if (document.activeElement === document.body) document.querySelector(".errors")?.focus();
}));
