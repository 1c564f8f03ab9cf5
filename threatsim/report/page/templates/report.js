"use strict";
// Tooltips: every mark of a chart says what it is in its aria-label.
const tip = document.getElementById("tip");
function show(event) {
  const mark = event.target.closest && event.target.closest("svg [aria-label][aria-roledescription]");
  const isMark = mark && !/axis|legend|title|group/.test(mark.getAttribute("aria-roledescription"));
  if (!isMark || mark.tagName === "g") { tip.hidden = true; return; }
  tip.textContent = mark.getAttribute("aria-label");
  tip.hidden = false;
  const room = document.documentElement.clientWidth - tip.offsetWidth - 8;
  tip.style.left = Math.max(8, Math.min(event.clientX + 12, room)) + "px";
  const below = event.clientY + 16;
  const fits = below + tip.offsetHeight < document.documentElement.clientHeight;
  tip.style.top = (fits ? below : event.clientY - tip.offsetHeight - 10) + "px";
}
document.addEventListener("pointermove", show);
document.addEventListener("pointerdown", show);
document.addEventListener("scroll", () => { tip.hidden = true; }, { passive: true });
