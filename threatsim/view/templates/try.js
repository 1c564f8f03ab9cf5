"use strict";
// A scenario's numbers in a form: checked as one types, run, and held beside the original. Text is only set as text.
const held = JSON.parse(document.getElementById("held").textContent);
const $ = (id) => document.getElementById(id);
const asked = new URLSearchParams(location.search);
let form = null, rows = [], checking = 0, timer = 0, blocked = false, shownJob = 0;

function element(name, text, className) {
  const made = document.createElement(name);
  if (text !== undefined) made.textContent = text;
  if (className) made.className = className;
  return made;
}
function post(address, body) {
  return fetch(address, { method: "POST", headers: { "x-threatsim-form": held.form, "content-type": "application/json" }, body: JSON.stringify(body) });
}
function words(name) { return name.replaceAll("_", " "); }
function changed() { return rows.filter((row) => row.input.value.trim() !== row.field.value); }
function typed() { return Object.fromEntries(changed().map((row) => [row.field.path, row.input.value])); }

async function choose() {
  const answer = await fetch("/try/bases.json");
  if (!answer.ok) { $("about").textContent = await answer.text(); return; }
  const found = await answer.json();
  $("about").textContent = "Choose one. What you change is run beside it; no file of yours is altered.";
  for (const key of found.bases) {
    const item = element("li"), link = element("a", words(key.slice(key.indexOf("/") + 1)));
    link.href = "/try?base=" + encodeURIComponent(key);
    item.append(link);
    if (key.startsWith("own/")) item.append(element("span", " yours", "faint"));
    $("bases").append(item);
  }
  $("bases").hidden = false;
}
async function open() {
  const answer = await fetch("/try/form.json?" + asked);
  if (!answer.ok) { $("about").textContent = await answer.text(); return; }
  form = await answer.json();
  $("title").textContent = "Try: " + form.title;
  document.title = "Try " + form.name + ": threatsim";
  $("question").textContent = form.question;
  $("about").textContent = form.fields.length + " fields of " + form.name + "; arms: " + form.arms.join(", ") + ". Reports go into " + form.out + ".";
  build();
  for (const row of rows) if (row.field.path in form.set) row.input.value = form.set[row.field.path];
  rows.forEach(mark);
  $("save").hidden = !form.saves;
  $("form").hidden = $("bar").hidden = false;
  if (Object.keys(form.set).length) check();
  tell();
}
function build() {
  const sections = new Map();
  for (const field of form.fields) {
    const parts = field.path.split("."), top = parts.length > 1 ? parts[0] : "run";
    const group = parts.length > 1 ? parts.slice(0, -1).map(words).join(" \u203a ") : "The run";
    if (!sections.has(top)) sections.set(top, new Map());
    const groups = sections.get(top);
    if (!groups.has(group)) groups.set(group, []);
    groups.get(group).push(field);
  }
  for (const [top, groups] of sections) {
    const box = element("details"), head = element("summary", top === "run" ? "The run" : words(top)[0].toUpperCase() + words(top).slice(1));
    const count = element("span", "", "faint");
    head.append(count);
    box.append(head);
    box.count = count;
    for (const [group, fields] of groups) {
      const set = element("fieldset");
      if (depth(fields) > 1) set.append(element("legend", group)); else set.setAttribute("aria-label", group);
      for (const field of fields) { const row = rowOf(field, box, set); rows.push(row); set.append(row.line); }
      box.append(set);
    }
    box.open = top === "run";
    $("fields").append(box);
  }
}
function depth(fields) { return fields[0].path.split(".").length; }
function rowOf(field, box, set) {
  const line = element("div", undefined, "field"), id = "f-" + field.path, parts = field.path.split(".");
  const label = element("label", words(parts[parts.length - 1]));
  label.htmlFor = id;
  const head = element("div");
  head.append(label);
  const kind = element("span", field.evidence, "kind");
  if (field.evidence) head.append(document.createTextNode(" "), kind);
  const what = element("div", field.what, "what"), from = element("div", [field.source, field.note, field.written && "Written in " + field.written + "."].filter(Boolean).join(" "), "from");
  const given = element("div", undefined, "given"), unit = [field.unit, field.allowed].filter(Boolean).join(", ");
  let input;
  if (field.choices.length) {
    input = element("select");
    if (field.value === "") input.append(new Option("not set", ""));
    for (const choice of field.choices) input.append(new Option(words(choice), choice));
    input.value = field.value;
  } else {
    input = element("input");
    input.value = field.value;
    input.spellcheck = false;
    if (field.value === "") input.placeholder = "not set";
  }
  input.id = id;
  const limits = element("div", unit, "faint"), was = element("div", undefined, "was"), said = element("p", "", "said");
  limits.id = id + "-unit"; said.id = id + "-said"; said.hidden = true;
  input.setAttribute("aria-describedby", limits.id + " " + said.id);
  given.append(input, limits, was);
  line.append(head, what, from, given, said);
  const row = { field, line, input, kind, was, said, box, set, text: (field.path + " " + words(field.path) + " " + field.what + " " + field.source).toLowerCase() };
  input.addEventListener("input", () => { mark(row); later(); });
  return row;
}
function mark(row) {
  const other = row.input.value.trim() !== row.field.value;
  row.line.classList.toggle("changed", other);
  row.was.replaceChildren();
  row.kind.textContent = other && row.field.evidence ? "assumed by you" : row.field.evidence;
  if (other) {
    const undo = element("button", "Undo");
    undo.type = "button";
    undo.setAttribute("aria-label", "Undo " + row.field.path);
    undo.addEventListener("click", () => { row.input.value = row.field.value; mark(row); row.input.focus(); later(); });
    row.was.append(element("span", "was " + (row.field.value || "not set")), undo);
  }
}
let readied = false;
function ready() { if (!readied && !going) { readied = true; post("/try/ready", {}); } }
function later() { ready(); clearTimeout(timer); blocked = true; buttons(); tell(); timer = setTimeout(check, 300); }
function tell() {
  for (const box of document.querySelectorAll("#fields details")) {
    const count = changed().filter((row) => row.box === box).length;
    box.count.textContent = count ? " " + count + " changed" : "";
  }
  if (!changed().length) $("verdict").textContent = "Nothing is changed: it would run as it is.";
  filter();
}
async function check() {
  const mine = ++checking, sent = typed();
  $("verdict").textContent = "Checking.";
  const answer = await post("/try/check", { base: form.base, values: sent });
  if (mine !== checking) return;
  if (!answer.ok) { $("verdict").textContent = await answer.text(); return; }
  show(await answer.json());
}
function show(found) {
  for (const row of rows) { row.line.classList.remove("wrong"); row.said.hidden = true; row.said.textContent = ""; row.input.removeAttribute("aria-invalid"); }
  $("general").replaceChildren();
  for (const one of found.wrong) {
    const row = rows.find((each) => each.field.path === one.path), text = [one.text, one.hint].filter(Boolean).join(". ");
    if (row) {
      row.line.classList.add("wrong");
      row.said.hidden = false;
      row.said.textContent += (row.said.textContent ? " " : "") + text;
      row.input.setAttribute("aria-invalid", "true");
      row.box.open = true;
      const item = element("li"), link = element("a", one.text, "bad");
      link.href = "#f-" + one.path;
      link.addEventListener("click", (event) => { event.preventDefault(); $("find").value = ""; $("only").checked = false; filter(); row.box.open = true; row.input.focus(); row.input.scrollIntoView({ block: "center" }); });
      item.append(link);
      $("general").append(item);
    } else $("general").append(element("li", text, "bad"));
  }
  const notes = $("notes").querySelector("ul");
  notes.replaceChildren(...found.notes.map((note) => element("li", note)));
  $("notes").hidden = !found.notes.length;
  const count = found.changed + (found.changed === 1 ? " number changed" : " numbers changed");
  $("verdict").textContent = found.wrong.length ? count + "; " + (found.wrong.length === 1 ? "a mistake stands in the way:" : found.wrong.length + " mistakes stand in the way:")
    : found.changed ? count + "; nothing is wrong." : "Nothing is changed: it would run as it is.";
  blocked = found.wrong.length > 0;
  buttons();
}
let unfolded = null;  // which sections were open before one searched
function filter() {
  const wanted = $("find").value.toLowerCase().split(/\s+/).filter(Boolean), only = $("only").checked;
  const boxes = document.querySelectorAll("#fields details"), searching = wanted.length > 0 || only;
  let any = false;
  if (searching && !unfolded) unfolded = new Map([...boxes].map((box) => [box, box.open]));
  for (const row of rows) {
    const fits = wanted.every((word) => row.text.includes(word)) && (!only || row.line.classList.contains("changed"));
    row.line.hidden = !fits;
    any = any || fits;
  }
  for (const set of document.querySelectorAll("#fields fieldset")) set.hidden = ![...set.querySelectorAll(".field")].some((line) => !line.hidden);
  for (const box of boxes) {
    box.hidden = ![...box.querySelectorAll(".field")].some((line) => !line.hidden);
    if (searching) box.open = !box.hidden;
    else if (unfolded) box.open = unfolded.get(box) || box.querySelector(".wrong") !== null;
  }
  if (!searching) unfolded = null;
  $("none").hidden = any;
}
let going = false;
function buttons() { $("run").disabled = blocked || going; $("save").disabled = blocked; $("stop").hidden = !going; }

async function run() {
  $("outcome").textContent = "";
  $("run").disabled = true;
  const answer = await post("/try/run", { base: form.base, values: typed(), original: form.original, patterns: $("patterns").checked });
  if (answer.ok) { going = true; readied = false; buttons(); watch(); return; }
  const text = await answer.text();
  try { show(JSON.parse(text)); } catch { $("outcome").textContent = text; buttons(); }
}
async function watch() {
  const answer = await fetch("/try/state.json");
  if (!answer.ok) { $("outcome").textContent = await answer.text(); return; }
  const job = (await answer.json()).job;
  if (!job) return;
  going = job.state === "running" || job.state === "stopping";
  const stage = job.stage, meter = $("meter");
  $("progress").hidden = !going;
  if (stage.total) { meter.max = stage.total; meter.value = stage.done; } else meter.removeAttribute("value");
  $("stage").textContent = job.title + ": " + (job.state === "stopping" ? "stopping" : stage.title + (stage.total ? ", " + stage.done + " of " + stage.total + " " + stage.unit : ""));
  if (job.state === "stopped") $("outcome").textContent = "Stopped. What was finished is kept: the same numbers go on from there.";
  else if (job.state === "failed") $("outcome").textContent = "It failed: " + job.error;
  else if (job.there) $("outcome").textContent = "A report of these numbers was there already.";
  if (job.answer) sides(job);
  buttons();
  if (going) setTimeout(watch, 400);
}
function sides(job) {
  $("results").hidden = false;
  const before = form && form.before && job.original === form.original ? form.before : null;
  $("sides").replaceChildren(...(before ? [side("As it was", before, "")] : []), side(job.title, job.answer, "new"));
  $("links").replaceChildren();
  const add = (text, address) => { const link = element("a", text); link.href = address; link.target = "_blank"; link.rel = "noopener"; $("links").append(link); };
  if (job.report) {
    add("The report", "/report/" + job.report);
    if (job.original && job.original_there && job.original !== job.report) add("Both compared, figure by figure", "/compare?run=" + job.original + "&run=" + job.report);
    if (job.original && !job.original_there) $("links").append(element("span", "The report that it was held against is not there any more."));
  } else if (going) $("links").append(element("span", first(job.answer) ? "A first look; the rest of the market is being simulated." : "The report is being written.", "faint"));
  if (shownJob !== job.number) { shownJob = job.number; $("results").scrollIntoView({ block: "nearest" }); }
}
function first(answer) { return answer.replicates < answer.of; }
function side(title, answer, name) {
  const made = element("div", undefined, "side " + name);
  made.append(element("h3", title), ...answer.sentences.map((sentence) => element("p", sentence)));
  const scroll = element("div", undefined, "scroll"), table = element("table"), head = element("tr"), body = element("tbody"), top = element("thead");
  scroll.tabIndex = 0; scroll.setAttribute("role", "region"); scroll.setAttribute("aria-label", title);
  head.append(element("th", "Arm"), ...answer.heads.map((one) => element("th", one, "num")));
  top.append(head);
  for (const line of answer.lines) {
    const row = element("tr");
    row.append(element("td", line.title));
    for (const cell of line.cells) {
      const made = element("td", cell.text, "num " + cell.sense);
      if (cell.span) made.append(element("div", cell.span, "faint"));
      row.append(made);
    }
    body.append(row);
  }
  table.append(top, body);
  scroll.append(table);
  made.append(scroll, element("p", answer.replicates + (first(answer) ? " of " + answer.of : "") + " replicates of each arm", "faint"));
  return made;
}
function save() {
  const dialog = $("saving"), inside = dialog.querySelector("form"), wrong = dialog.querySelector("[role=alert]");
  if (!inside.elements.namedItem("name").value) { inside.elements.namedItem("name").value = form.name + "_tried"; inside.elements.namedItem("title").value = form.title + ", with other numbers"; }
  wrong.textContent = "";
  dialog.onclose = async () => {
    if (dialog.returnValue !== "save") return;
    const answer = await post("/try/save", { base: form.base, values: typed(), name: inside.elements.namedItem("name").value, title: inside.elements.namedItem("title").value });
    if (answer.ok) { $("outcome").textContent = "Saved as " + (await answer.json()).path + "."; return; }
    dialog.returnValue = "";
    dialog.showModal();
    wrong.textContent = await answer.text();
  };
  dialog.returnValue = "";
  dialog.showModal();
}
$("run").addEventListener("click", run);
$("stop").addEventListener("click", async () => { await post("/try/stop", {}); watch(); });
$("save").addEventListener("click", save);
$("find").addEventListener("input", filter);
$("only").addEventListener("change", filter);
$("reset").addEventListener("click", () => { for (const row of rows) { row.input.value = row.field.value; mark(row); } later(); });
$("form").addEventListener("submit", (event) => event.preventDefault());
(async () => {
  if (asked.has("run") || asked.has("base")) await open(); else await choose();
  $("bar").hidden = false;
  if (!form) { $("run").hidden = $("save").hidden = true; $("patterns").parentElement.hidden = true; $("verdict").textContent = "What runs here now, if anything does, stands below."; }
  await watch();
  if (!form && !going && $("results").hidden) $("bar").hidden = true;
})();
