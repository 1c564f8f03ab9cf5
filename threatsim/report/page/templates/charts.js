"use strict";
// Draws every chart again, live: its series can be switched on and off, and its marks say what they are (report.js).
(() => {
  const holder = document.getElementById("charts");
  if (!holder) { return; }
  const { figures: charts, plotting } = JSON.parse(holder.textContent);
  const hidden = {};
  const views = new Map();

  function tooltip(template, row) {
    return template.replace(/\{(\w+)(?:\|(.))?\}/g, (_, field, form) => {
      const value = row[field];
      return form === "%" ? percent(value) : form === "#" ? number(value) : String(value);
    });
  }

  function rowsOf(packed, form) {
    const columns = Object.entries(packed.columns);
    const rows = [];
    for (let i = 0; i < packed.n; i += 1) {
      const row = {};
      for (const [name, [kind, values]] of columns) {
        const value = values[i];
        if (value !== null) { row[name] = kind === "text" ? packed.texts[value] : value; } else { row[name] = null; }
      }
      if (form) { row.tooltip = tooltip(form, row); }
      rows.push(row);
    }
    return rows;
  }

  function shownRows(figure) {
    const chart = charts[figure.dataset.chart];
    const off = hidden[chart.series] || new Set();
    const chosen = Array.from(figure.querySelectorAll(".choices select"), (part) => [part.dataset.field, part.value]);
    const wanted = (row) => !off.has(row[chart.series]) && chosen.every(([field, value]) => !(field in row) || row[field] === value);
    const shown = {};
    for (const [name, packed] of Object.entries(chart.rows)) {
      shown[name] = rowsOf(packed, chart.templates[name]).filter(wanted);
    }
    return shown;
  }

  // The plots of a chart, row by row: what is beside them (names, numbers) keeps its size when they are fitted.
  function plots(spec) {
    if (spec.vconcat) { return spec.vconcat.map((part) => [part]); }
    if (!spec.concat) { return [[spec]]; }
    const rows = [];
    for (let i = 0; i < spec.concat.length; i += spec.columns) { rows.push(spec.concat.slice(i, i + spec.columns)); }
    return rows;
  }

  function plotWidth(spec) {
    return Math.max(...plots(spec).map((row) => row.reduce((sum, part) => sum + part.width, 0)));
  }

  function scaled(spec, factor) {
    const copy = JSON.parse(JSON.stringify(spec));
    for (const part of plots(copy).flat()) {
      if (part.width === part.height) { part.height = Math.round(part.height * factor); }
      part.width = Math.max(60, Math.floor(part.width * factor));
    }
    return copy;
  }

  const options = { mode: "vega-lite", renderer: "svg", actions: false, ast: true, tooltip: false, defaultStyle: false, logLevel: 1 };

  // The plotting library, packed: inflated here, and run because the page's policy names its hash.
  async function inflated() {
    const bytes = Uint8Array.from(atob(plotting), (character) => character.charCodeAt(0));
    const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
    const script = document.createElement("script");
    script.textContent = await new Response(stream).text();
    document.head.append(script);
    return typeof vegaEmbed === "function";
  }

  // Of a browser that cannot: the drawings as they are printed, and why they stay so.
  function staysStill() {
    const first = document.querySelector("figure.chart figcaption");
    const told = document.createElement("p");
    told.className = "note";
    told.textContent = "Charts as they are printed: this browser cannot make them live. Browsers since 2023 can.";
    if (first) { first.append(told); }
  }

  async function draw(figure) {
    const chart = charts[figure.dataset.chart];
    const target = figure.querySelector(".live");
    const old = views.get(figure);
    if (old) { old.finalize(); }
    target.hidden = false;
    const room = figure.clientWidth;
    const spec = chart[room >= 640 ? "wide" : "narrow"];
    const embed = (one) => vegaEmbed(target, Object.assign({}, one, { datasets: shownRows(figure) }), options);
    let made = await embed(spec);
    // A still chart has one width; this one takes the room that there is, its letters staying as large as they are.
    const drawn = Number(target.querySelector("svg").getAttribute("width"));
    const factor = (room - drawn + plotWidth(spec)) / plotWidth(spec);
    if (Math.abs(factor - 1) > 0.02 && factor > 0) {
      made.view.finalize();
      made = await embed(scaled(spec, factor));
    }
    hush(target);
    views.set(figure, made.view);
    figure.classList.add("is-live");
    for (const part of figure.querySelectorAll(".switches, .legend, .choices")) { part.hidden = false; }
  }

  async function update(wanted) {
    const work = [];
    for (const [figure, view] of views) {
      if (wanted(figure)) {
        for (const [name, rows] of Object.entries(shownRows(figure))) { view.data(name, rows); }
        work.push(view.runAsync().then(() => hush(figure)));
      }
    }
    await Promise.all(work);
    counted("updated");
  }

  // A group of marks that has none at the moment is nothing to speak of.
  function hush(target) {
    for (const group of target.querySelectorAll("g[role=graphics-symbol]")) {
      if (group.childElementCount) { group.removeAttribute("aria-hidden"); } else { group.setAttribute("aria-hidden", "true"); }
    }
  }

  // How often all charts were drawn or updated, for who waits for them.
  function counted(what) {
    const seen = document.documentElement.dataset;
    seen[what] = String(Number(seen[what] || 0) + 1);
  }

  function toggled(series, name, on) {
    hidden[series] = hidden[series] || new Set();
    if (on) { hidden[series].delete(name); } else { hidden[series].add(name); }
  }

  function show(series) {
    for (const part of document.querySelectorAll(".switches")) {
      if (part.dataset.series === series) {
        for (const box of part.querySelectorAll("input")) { box.checked = !hidden[series].has(box.value); }
        part.querySelector("button").disabled = !hidden[series].size;
      }
    }
    return update((figure) => charts[figure.dataset.chart].series === series);
  }

  for (const part of document.querySelectorAll(".choices")) {
    const chosen = part.closest("figure");
    part.addEventListener("change", () => update((figure) => figure === chosen));
  }

  for (const part of document.querySelectorAll(".switches")) {
    const series = part.dataset.series;
    hidden[series] = hidden[series] || new Set();
    part.addEventListener("change", (event) => { toggled(series, event.target.value, event.target.checked); show(series); });
    part.querySelector("button").addEventListener("click", (event) => {
      const box = part.querySelector("input");
      hidden[series].clear();
      show(series);
      box.focus();
      event.preventDefault();
    });
  }

  // One after the other, so that the page can be read and scrolled meanwhile.
  async function drawAll() {
    for (const figure of document.querySelectorAll("figure.chart")) {
      if (figure.closest("details:not([open])")) { continue; } // it has no width yet: `toggle` draws it
      try { await draw(figure); } catch (error) { console.error("chart " + figure.dataset.chart + ": " + error); }
      await new Promise((done) => { setTimeout(done, 0); });
    }
    counted("drawn");
  }

  // What opens later is drawn when it does, and all of it anew in a window of another width.
  function start() {
    for (const part of document.querySelectorAll("details")) {
      part.addEventListener("toggle", async () => {
        const figures = part.open ? part.querySelectorAll("figure.chart:not(.is-live)") : [];
        for (const figure of figures) {
          try { await draw(figure); } catch (error) { console.error("chart " + figure.dataset.chart + ": " + error); }
        }
      });
    }

    let width = document.documentElement.clientWidth;
    let waiting = 0;
    addEventListener("resize", () => {
      clearTimeout(waiting);
      waiting = setTimeout(() => {
        if (document.documentElement.clientWidth !== width) { width = document.documentElement.clientWidth; drawAll(); }
      }, 200);
    });
    return drawAll();
  }

  inflated().catch(() => false).then((can) => (can ? start() : staysStill()));
})();
