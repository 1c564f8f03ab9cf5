"use strict";
// Numbers as reports write them, for all scripts of a page.

// As `numbers.number` in Python: three significant digits, k, M, B or T for zeros.
function number(x) {
  if (x === 0) { return "0"; }
  const [mantissa, power] = Math.abs(x).toExponential(2).split("e");
  const sign = x < 0 ? "−" : "";
  const exponent = Number(power);
  if (exponent < -4 || exponent > 14) { return sign + mantissa + "e" + exponent; }
  const step = Math.max(0, Math.floor(exponent / 3));
  const shift = exponent - 3 * step;
  return sign + (Number(mantissa) * 10 ** shift).toFixed(Math.max(0, 2 - shift)) + ["", "k", "M", "B", "T"][step];
}

// As `numbers.value` of a share: at most two decimals below 1 %.
function percent(x) {
  if (x > 0 && x < 0.005) { return "<0.01%"; }
  return (x > 0 && x < 1 ? x.toFixed(2) : number(x)) + "%";
}
