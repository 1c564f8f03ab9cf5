"use strict";
// The list: sorted, filtered and ticked here, since all rows are small. Text is only ever set as text.
const held = JSON.parse(document.getElementById("held").textContent);
const STEP = 100;
const COLUMNS = {
  title: { title: "Report", of: (row) => row.label || row.title || row.path },
  kind: { title: "Kind", of: (row) => kindOf(row).title },
  written: { title: "Written", of: (row) => row.written },
  state: { title: "State", of: (row) => row.state },
  changed: { title: "Set or varied", of: (row) => [...row.changed, ...row.about].join(" ") },
  replicates: { title: "Replicates", of: (row) => row.replicates || 0 },
  seed: { title: "Seed", of: (row) => row.seed || 0 },
  run: { title: "Run", of: (row) => row.run_id },
  figures: { title: "Figures", of: (row) => best(row) },
};
const HIDDEN = ["seed", "run"];
let rows = [], shown = STEP, sorted = { key: "written", down: true };
const ticked = new Set();
const kept = (name, value) => {
  try {
    if (value === undefined) return JSON.parse(localStorage.getItem("threatsim." + name));
    localStorage.setItem("threatsim." + name, JSON.stringify(value));
  } catch { /* kept nowhere: a file opened from a disk may have no storage */ }
  return null;
};
let hidden = new Set(kept("hidden") || HIDDEN);
const metric = document.getElementById("metric"), find = document.getElementById("find"), state = document.getElementById("state"), kind = document.getElementById("kind");
const kindOf = (row) => held.kinds[row.kind] || { title: "", text: "", most: 0, scenario: false };

function number(x, unit) {
  if (x === null) return "undefined";
  if (unit === "share") return (100 * x).toPrecision(3) + "%";
  const rounded = Number(x.toPrecision(3)), size = Math.abs(rounded);
  const at = size < 1000 ? 0 : Math.min(4, Math.floor(Math.log10(size) / 3));
  const text = size === 0 ? "0" : (rounded / 1000 ** at).toPrecision(3) + ["", "k", "M", "B", "T"][at];
  return text.replace("-", "\u2212");
}
function signed(x, unit) {
  if (x === null) return "undefined";
  const text = unit === "share" ? (100 * x).toPrecision(2).replace("-", "\u2212") + " pp" : number(x, unit);
  return x > 0 ? "+" + text : text;
}
function best(row) {
  const found = row.arms.map((arm) => arm.figures[metric.value]).filter((figure) => figure && figure[0] !== null).map((figure) => figure[0]);
  return found.length > 1 ? Math.max(...found.slice(1)) : found.length ? found[0] : -Infinity;
}
function element(name, text, className) {
  const made = document.createElement(name);
  if (text !== undefined) made.textContent = text;
  if (className) made.className = className;
  return made;
}
function joined(made, text) { // a long name goes on after its joints
  text.split(/(?<=[A-Za-z*)][._/+=])(?=[A-Za-z*])/).forEach((part, place) => { if (place) made.append(document.createElement("wbr")); made.append(part); });
  return made;
}
function labelled(cell, name) { if (cell.textContent) cell.dataset.label = name; return cell; }
function matching() {
  const words = find.value.toLowerCase().split(/\s+/).filter(Boolean);
  const found = rows.filter((row) => {
    if (state.value && row.state !== state.value || kind.value && row.kind !== kind.value) return false;
    const text = [row.label, row.title, row.scenario, row.run_id, row.path, row.problem, kindOf(row).title, ...row.tags, ...row.changed, ...row.about, ...row.answer, ...row.arms.map((arm) => arm.title)].join(" ").toLowerCase();
    return words.every((word) => text.includes(word));
  });
  const of = COLUMNS[sorted.key].of;
  found.sort((a, b) => { const x = of(a), y = of(b); return (x < y ? -1 : x > y ? 1 : a.path < b.path ? -1 : 1) * (sorted.down ? -1 : 1); });
  return found;
}
function address(row) { return held.rows ? "report/" + row.id + ".html" : "/report/" + row.id; }
const CELLS = {
  title(row) {
    const cell = element("td", undefined, "what");
    const name = row.label || row.title || row.scenario || row.path;
    const link = joined(element(row.state === "finished" ? "a" : "span", undefined, "name"), name);
    if (row.state === "finished") { link.href = address(row); if (!held.rows) link.target = "_blank"; }
    cell.append(link);
    if (row.label && row.title) cell.append(element("div", row.title, "faint"));
    if (row.scenario) cell.append(joined(element("div", undefined, "faint"), row.scenario));
    row.tags.forEach((tag) => cell.append(element("span", tag, "tag")));
    if (held.form) {
      const button = element("button", "Label");
      button.type = "button";
      button.setAttribute("aria-label", "Label " + name);
      button.addEventListener("click", () => ask(row));
      cell.append(element("div"), button);
      if (row.state === "finished" && kindOf(row).scenario) {
        for (const [word, place] of [["Try", "/try?run="], ["Brief", "/brief/"]]) {
          const more = element("a", word, "act");
          more.href = place + row.id;
          more.setAttribute("aria-label", word + ": " + name);
          if (word === "Brief") more.target = "_blank";
          cell.append(more);
        }
      }
    }
    return cell;
  },
  kind(row) {
    const cell = labelled(element("td", kindOf(row).title, "kind"), "Kind");
    cell.title = kindOf(row).text;
    return cell;
  },
  written(row) {
    const cell = element("td", undefined, "when");
    if (row.written) cell.append(element("div", row.written.slice(0, 10)), " ", element("div", row.written.slice(11, 16) + " UTC"));
    return labelled(cell, "Written");
  },
  state(row) {
    const cell = element("td", row.state, row.state === "finished" || row.state === "running" ? "state" : "state bad");
    if (row.problem) cell.append(joined(element("div", undefined, "faint"), row.problem));
    return cell;
  },
  changed(row) {
    const cell = element("td", undefined, "set");
    row.changed.forEach((one) => { const line = element("div"); line.append(element("code", one)); cell.append(line); });
    row.about.forEach((one) => cell.append(joined(element("div"), one)));
    return cell;
  },
  replicates: (row) => labelled(element("td", row.replicates === null ? "" : String(row.replicates)), "Replicates"),
  seed: (row) => labelled(element("td", row.seed === null ? "" : String(row.seed)), "Seed"),
  run(row) { const cell = element("td"); cell.append(element("code", row.run_id)); return cell; },
  figures(row) {
    const cell = element("td", undefined, "figures"), list = element("dl", undefined, "arms"), what = held.metrics[metric.value];
    row.answer.forEach((one) => cell.append(joined(element("p"), one)));
    const ranges = row.arms.some((arm) => arm.figures[metric.value] && arm.figures[metric.value][0] === null && arm.figures[metric.value][1] !== null);
    if (ranges) cell.append(element("p", what.title + ", the least and the most of all points:", "faint"));
    row.arms.forEach((arm, place) => {
      const figure = arm.figures[metric.value];
      if (!figure) return;
      const form = place ? signed : number;
      const [value, low, high] = figure;
      if (value === null && low !== null) { // of a sweep: the least and the most of all its points
        list.append(element("dt", arm.title), element("dd", number(low, what.unit) + (low === high ? "" : " to " + number(high, what.unit))));
        return;
      }
      const told = element("dd", form(value, what.unit) + (low === null ? "" : " (" + form(low, what.unit) + " to " + form(high, what.unit) + ")"));
      if (place && low !== null && (low > 0 || high < 0) && what.good !== "neither") told.className = (value > 0) === (what.good === "higher") ? "good" : "bad";
      list.append(element("dt", arm.title), told);
    });
    cell.append(list);
    return cell;
  },
};
function draw() {
  const columns = Object.keys(COLUMNS).filter((key) => !hidden.has(key));
  const head = document.querySelector("thead tr");
  head.replaceChildren(element("th", "", "narrow"));
  for (const key of columns) {
    const cell = element("th"), button = element("button", COLUMNS[key].title + (sorted.key === key ? (sorted.down ? " \u2193" : " \u2191") : ""));
    button.type = "button";
    cell.setAttribute("aria-sort", sorted.key === key ? (sorted.down ? "descending" : "ascending") : "none");
    button.addEventListener("click", () => { sorted = { key, down: sorted.key === key ? !sorted.down : true }; draw(); });
    cell.append(button);
    head.append(cell);
  }
  head.firstChild.append(element("span", ""));
  const found = matching(), body = document.querySelector("tbody");
  body.replaceChildren(...found.slice(0, shown).map((row) => {
    const line = element("tr"), cell = element("td", undefined, "narrow"), box = element("input");
    box.type = "checkbox";
    box.checked = ticked.has(row.id);
    box.disabled = row.state !== "finished" || !kindOf(row).most || Boolean(held.rows);
    box.setAttribute("aria-label", "Compare " + (row.label || row.title || row.path));
    box.addEventListener("change", () => { if (box.checked) ticked.add(row.id); else ticked.delete(row.id); choose(); });
    if (!held.rows && kindOf(row).most) cell.append(box);
    line.append(cell, ...columns.map((key) => CELLS[key](row)));
    return line;
  }));
  const more = document.getElementById("more");
  more.hidden = found.length <= shown;
  more.textContent = "Show " + Math.min(STEP, found.length - shown) + " more of " + (found.length - shown);
  document.getElementById("count").textContent = found.length === rows.length ? rows.length + " reports" : found.length + " of " + rows.length + " reports";
  if (!rows.length && !reading) document.getElementById("count").textContent = "There is no report in these folders yet: threatsim run writes one.";
  if (reading) document.getElementById("count").textContent += "; " + reading + " more are being read";
}
function choose() {
  const button = document.getElementById("compare"), chosen = rows.filter((row) => ticked.has(row.id));
  const kinds = new Set(chosen.map((row) => row.kind)), most = kinds.size === 1 ? kindOf(chosen[0]).most : held.kinds.run.most;
  button.disabled = chosen.length < 2 || chosen.length > most || kinds.size > 1;
  button.textContent = kinds.size > 1 ? "Compare (tick one kind)"
    : chosen.length < 2 || chosen.length > most ? "Compare (tick " + (most > 2 ? "2 to " : "") + most + ")" : "Compare " + chosen.length;
}
function ask(row) {
  const dialog = document.getElementById("label"), form = dialog.querySelector("form"), wrong = dialog.querySelector("[role=alert]");
  form.label.value = row.label; form.tags.value = row.tags.join(", "); wrong.textContent = "";
  dialog.onclose = async () => {
    if (dialog.returnValue !== "keep") return;
    const answer = await fetch("/label/" + row.id, {
      method: "POST", headers: { "x-threatsim-form": held.form },
      body: new URLSearchParams({ label: form.label.value, tags: form.tags.value }),
    });
    if (answer.ok) { await read(); return; }
    dialog.showModal();
    wrong.textContent = await answer.text();
  };
  dialog.returnValue = "";
  dialog.showModal();
}
let reading = 0;
async function read() {
  if (held.rows) { rows = held.rows; draw(); return; }
  const answer = await fetch("/rows.json");
  if (!answer.ok) { document.getElementById("count").textContent = await answer.text(); return; }
  const found = await answer.json();
  rows = found.rows; reading = found.reading;
  draw();
  const running = rows.some((row) => row.state === "running") | await readRun();
  if (reading || running) setTimeout(read, reading ? 700 : 2000);
}

async function readRun() {
  const answer = await fetch("/try/state.json"), line = document.getElementById("running");
  const job = answer.ok ? (await answer.json()).job : null, going = Boolean(job) && ["running", "stopping"].includes(job.state);
  line.hidden = !going;
  if (going) {
    const stage = job.stage, link = element("a", "Running: " + job.title);
    link.href = "/try";
    line.replaceChildren(link, document.createTextNode(". " + stage.title + (stage.total ? ", " + stage.done + " of " + stage.total + " " + stage.unit : "") + "."));

  }
  return going;
}
for (const [name, what] of Object.entries(held.metrics)) metric.append(new Option(what.title, name));
for (const [name, what] of Object.entries(held.kinds)) kind.append(new Option(what.title, name));
kind.addEventListener("change", () => { shown = STEP; draw(); });
metric.value = kept("metric") && held.metrics[kept("metric")] ? kept("metric") : "net_benefit";
metric.addEventListener("change", () => { kept("metric", metric.value); draw(); });
find.addEventListener("input", () => { shown = STEP; draw(); });
state.addEventListener("change", () => { shown = STEP; draw(); });
document.getElementById("filters").addEventListener("submit", (event) => event.preventDefault());
document.getElementById("more").addEventListener("click", () => { shown += STEP; draw(); });
document.getElementById("compare").addEventListener("click", () => {
  window.open("/compare?" + rows.filter((row) => ticked.has(row.id)).map((row) => "run=" + row.id).join("&"), "_blank", "noopener");
});
for (const [key, column] of Object.entries(COLUMNS)) {
  const label = element("label"), box = element("input");
  box.type = "checkbox"; box.checked = !hidden.has(key);
  box.addEventListener("change", () => { if (box.checked) hidden.delete(key); else hidden.add(key); kept("hidden", [...hidden]); draw(); });
  label.append(box, document.createTextNode(" " + column.title));
  document.querySelector("#columns div").append(label);
}
if (held.rows) document.getElementById("compare").hidden = true;
choose();
read();
