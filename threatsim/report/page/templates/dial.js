"use strict";
// Turns the dial of a sweep: the emulator's answer at the levers' values, beside the nearest simulated point.
(() => {
  const holder = document.getElementById("dial-content");
  const box = document.querySelector(".dial");
  if (!holder || !box) { return; }
  const { levers, terms, points, arms, order, figures, surfaces, command, same } = JSON.parse(holder.textContent);
  const part = (name) => box.querySelector("." + name);
  const [figureChoice, armChoice] = box.querySelectorAll("select");
  const sliders = Array.from(box.querySelectorAll("input[type=range]"));
  const STEPS = 100;

  // Where a value lies in its range, from -1 to 1, as the surfaces were fitted.
  function place(lever, value) {
    const [low, high, at] = [lever.low, lever.high, value].map((one) => (lever.log ? Math.log(one) : one));
    return (at - low) / (high - low) * 2 - 1;
  }

  // The value at a share of the range: so many digits that neighbouring steps differ, three at least.
  function valueAt(lever, share) {
    if (share <= 0) { return lever.low; }
    if (share >= 1) { return lever.high; }
    const value = lever.log ? lever.low * (lever.high / lever.low) ** share : lever.low + (lever.high - lever.low) * share;
    if (lever.whole) { return Math.round(value); }
    const narrow = Math.log10(Math.max(Math.abs(lever.low), Math.abs(lever.high)) / (lever.high - lever.low));
    const digits = Math.min(6, 3 + Math.max(0, Math.round(narrow)));
    return Math.min(lever.high, Math.max(lever.low, Number(value.toPrecision(digits))));
  }

  const steps = (lever) => (lever.whole && !lever.log ? Math.min(STEPS, lever.high - lever.low) : STEPS);
  const first = (lever) => (lever.stands !== null ? lever.stands : valueAt(lever, 0.5));
  let values = levers.map(first);

  function inUnit(x, unit) {
    return unit === "share" ? percent(100 * x) : number(x);
  }

  function withInterval([value, low, high], unit) {
    const text = inUnit(value, unit) + " (" + inUnit(low, unit) + " to " + inUnit(high, unit) + ")";
    return unit === "share" ? text : text + " " + unit;
  }

  // A value of a lever as it is set, to the digits that it has.
  const plain = (value) => String(Number(value.toPrecision(6)));
  const told = (lever, value) => plain(value) + (lever.unit ? " " + lever.unit : "");

  // The surface at places, and around it the intervals of the points, the nearer the heavier, and what it errs by.
  function answer(surface, figure, at) {
    const value = terms.reduce((sum, term, i) => sum + surface.coefficients[i] * term.reduce((product, lever) => product * at[lever], 1), 0);
    let [total, below, above, nearest, least] = [0, 0, 0, null, Infinity];
    for (const level of surface.levels) {
      const there = points[level[0]].map((one, i) => place(levers[i], one));
      const distance = there.reduce((sum, one, i) => sum + (one - at[i]) ** 2, 0);
      const weight = 1 / (distance + 1e-9);
      total += weight;
      below += weight * (level[1] - level[2]);
      above += weight * (level[3] - level[1]);
      if (distance < least) { [nearest, least] = [level, distance]; }
    }
    const cut = (x) => Math.min(figure.most ?? Infinity, Math.max(figure.least ?? -Infinity, x));
    const [down, up] = [below, above].map((sum) => Math.hypot(sum / total, surface.reach));
    return { told: [value, value - down, value + up].map(cut), nearest };
  }

  const setting = (lever, value) => "--set '" + (lever.path + "=" + plain(value)).replace(/'/g, "'\\''") + "'";

  function show() {
    const figure = figures.find((one) => one.name === figureChoice.value);
    const surface = surfaces.find((one) => one.figure === figure.name && one.arm === armChoice.value);
    const found = answer(surface, figure, values.map((value, i) => place(levers[i], value)));
    const [point, ...simulated] = found.nearest;
    part("emulated").textContent = withInterval(found.told, figure.unit);
    part("errs").textContent = "It errs by " + inUnit(surface.error, figure.unit) + " on points left out; allowed is " + inUnit(surface.tolerated, figure.unit) + ".";
    part("simulated").textContent = withInterval(simulated, figure.unit);
    part("where").textContent = "Point " + point + ", at " + levers.map((lever, i) => lever.path + " " + told(lever, points[point][i])).join(", ") + ".";
    part("command").textContent = [command, ...levers.map((lever, i) => setting(lever, values[i])), same].join(" ");
    sliders.forEach((slider, i) => {
      const text = told(levers[i], values[i]);
      slider.setAttribute("aria-valuetext", text);
      slider.closest("label").querySelector("output").textContent = text;
    });
  }

  // The arms of a figure that have a surface; the arm that was chosen stays, if it is among them.
  function fillArms() {
    const kept = armChoice.value;
    const there = order.filter((arm) => surfaces.some((one) => one.figure === figureChoice.value && one.arm === arm));
    armChoice.replaceChildren(...there.map((arm) => new Option(arms[arm], arm)));
    if (there.includes(kept)) { armChoice.value = kept; }
  }

  function setSliders() {
    sliders.forEach((slider, i) => {
      slider.max = String(steps(levers[i]));
      slider.value = String(Math.round((place(levers[i], values[i]) + 1) / 2 * steps(levers[i])));
    });
  }

  sliders.forEach((slider, i) => {
    const lever = levers[i];
    const ends = slider.closest("label").querySelector(".ends");
    ends.textContent = plain(lever.low) + " to " + plain(lever.high) + (lever.log ? ", logarithmic" : "") + (lever.stands !== null ? "; the scenario has " + plain(lever.stands) : "");
    slider.addEventListener("input", () => {
      values[i] = valueAt(lever, Number(slider.value) / steps(lever));
      show();
    });
  });
  figureChoice.replaceChildren(...figures.map((one) => new Option(one.title, one.name)));
  figureChoice.addEventListener("change", () => { fillArms(); show(); });
  armChoice.addEventListener("change", show);
  part("again").addEventListener("click", () => { values = levers.map(first); setSliders(); show(); });
  fillArms();
  setSliders();
  show();
  box.hidden = false;
})();
