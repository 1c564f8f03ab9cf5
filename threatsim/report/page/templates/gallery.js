"use strict";
// Lays the altered image of each case over the original: a slider uncovers it, blinking changes between the two, a larger view magnifies.
(() => {
  const STEP = 700; // milliseconds: below three flashes a second
  const EXAGGERATED = 10;
  const still = matchMedia("(prefers-reduced-motion: reduce)");

  function element(name, text, className) {
    const made = document.createElement(name);
    if (text) { made.textContent = text; }
    if (className) { made.className = className; }
    return made;
  }

  function button(text, spoken, act) {
    const made = element("button", text);
    made.type = "button";
    made.setAttribute("aria-pressed", "false");
    made.append(element("span", ": " + spoken, "unseen"));
    made.addEventListener("click", () => act(made));
    return made;
  }

  function pixels(image) {
    const canvas = document.createElement("canvas");
    canvas.width = image.naturalWidth;
    canvas.height = image.naturalHeight;
    const drawing = canvas.getContext("2d", { willReadFrequently: true });
    drawing.drawImage(image, 0, 0);
    return [canvas, drawing, drawing.getImageData(0, 0, canvas.width, canvas.height)];
  }

  // The submitted image with its change ten times as large; only of pictures that are here to the bit.
  function exaggerated(original, altered) {
    const [canvas, drawing, after] = pixels(altered);
    const before = pixels(original)[2].data;
    for (let i = 0; i < after.data.length; i += 4) {
      for (let c = i; c < i + 3; c += 1) { after.data[c] = before[c] + EXAGGERATED * (after.data[c] - before[c]); }
    }
    drawing.putImageData(after, 0, 0);
    return canvas;
  }

  // The controls of a pair, which becomes one picture: the altered image covers so many per cent of it, from the left.
  function controls(pair, spoken) {
    pair.classList.add("slides");
    const bar = element("div", undefined, "tools");
    const slider = element("input");
    Object.assign(slider, { type: "range", min: 0, max: 100, value: 100, autocomplete: "off" });
    slider.setAttribute("aria-label", "How much of the submitted image lies over the captured one: " + spoken);
    const line = element("label");
    line.append(element("span", "captured"), slider, element("span", "submitted"));
    let clock = 0;
    const put = (at) => { slider.value = at; pair.style.setProperty("--at", at + "%"); };
    const swap = () => put(Number(slider.value) > 0 ? 0 : 100);
    const stop = () => { clearInterval(clock); clock = 0; blink.setAttribute("aria-pressed", "false"); };
    const blink = button("Blink", spoken, () => {
      if (clock) { stop(); return; }
      swap();
      if (!still.matches) { clock = setInterval(swap, STEP); blink.setAttribute("aria-pressed", "true"); }
    });
    slider.addEventListener("input", () => { stop(); put(slider.value); });
    put(100);
    bar.append(line, blink);
    if ("exact" in pair.dataset) {
      bar.append(button("Change ×" + EXAGGERATED, spoken, (pressed) => {
        const there = pair.querySelector("canvas");
        if (there) { there.remove(); } else {
          const made = exaggerated(pair.querySelector("img"), pair.querySelector(".after img"));
          made.setAttribute("role", "img");
          made.setAttribute("aria-label", "Image as submitted, its change ten times as large");
          pair.querySelector(".after").append(made);
        }
        pressed.setAttribute("aria-pressed", String(!there));
      }));
    }
    return { bar, stop };
  }

  const larger = document.createElement("dialog");
  larger.className = "magnified";
  document.body.append(larger);

  function magnify(pair, spoken) {
    const title = element("h2", spoken);
    title.id = "magnified-title";
    larger.setAttribute("aria-labelledby", title.id);
    const copy = pair.cloneNode(true);
    for (const one of copy.querySelectorAll("canvas")) { one.remove(); }
    const { bar, stop } = controls(copy, spoken);
    const view = element("div", undefined, "view");
    view.tabIndex = 0;
    view.setAttribute("role", "region");
    view.setAttribute("aria-label", "The picture, magnified");
    view.append(copy);
    const zoom = element("input");
    Object.assign(zoom, { type: "range", min: 1, max: 8, step: 0.5, value: 1, autocomplete: "off" });
    const enlarge = () => {
      const [x, y] = [(view.scrollLeft + view.clientWidth / 2) / view.scrollWidth, (view.scrollTop + view.clientHeight / 2) / view.scrollHeight];
      copy.style.width = 100 * zoom.value + "%";
      view.scrollTo(x * view.scrollWidth - view.clientWidth / 2, y * view.scrollHeight - view.clientHeight / 2);
    };
    zoom.addEventListener("input", enlarge);
    const line = element("label");
    line.append(element("span", "Magnify"), zoom);
    const close = element("button", "Close");
    close.type = "button";
    close.addEventListener("click", () => larger.close());
    bar.append(line, close);
    larger.replaceChildren(title, bar, view);
    larger.addEventListener("close", stop, { once: true });
    larger.showModal();
  }

  for (const pair of document.querySelectorAll(".case .pair")) {
    const spoken = pair.dataset.name;
    const { bar } = controls(pair, spoken);
    const open = element("button", "Magnify");
    open.type = "button";
    open.append(element("span", ": " + spoken, "unseen"));
    open.addEventListener("click", () => magnify(pair, spoken));
    bar.append(open);
    pair.after(bar);
  }
})();
