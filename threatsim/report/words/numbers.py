"""Numbers in words, one way for the terminal, the page and the charts: three significant digits, never more.

Money carries k, M, B or T in place of zeros; shares are percentages, their differences percentage points
("pp"); what is missing is a word. Minus is the real minus sign, so that it is not taken for a dash.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from typing import Final

from threatsim.catalogue.access import ACCESSES
from threatsim.catalogue.distributions import FAMILIES
from threatsim.catalogue.modalities import MODALITIES
from threatsim.report.plain_text import visible
from threatsim.statistics.estimate import Estimate

MINUS: Final = "\N{MINUS SIGN}"
NOT_REACHED: Final = "not reached"
UNDEFINED: Final = "undefined"
UNKNOWN: Final = "unknown"
_SUFFIXES: Final = ("", "k", "M", "B", "T")
_ACRONYMS: Final = {"pgd": "PGD", "ai": "AI", "id": "ID", "uap": "UAP"}
# What a tactic's name may end in, which is set apart: the access, or that a patch is a natural one.
_KINDS: Final = (*(access for access in ACCESSES if access != "none"), "natural")
# Direction overrides could reorder the text around a title; the letters of right-to-left scripts stay.


def number(x: float) -> str:
    """Return `x` to three significant digits with a suffix: 0.123, 12.3, 1.23k; below 0.0001 in powers of ten."""
    if math.isnan(x):
        return UNDEFINED
    sign = MINUS if x < 0 else ""
    x = abs(x)
    if math.isinf(x):
        return f"{sign}∞"
    if x == 0:
        return "0"
    # Rounding first decides 999.6 -> 1.00k before the suffix is chosen.
    mantissa, power = f"{x:.2e}".split("e")
    exponent = int(power)
    if exponent < -4 or exponent >= 3 * len(_SUFFIXES):
        return f"{sign}{mantissa}e{exponent}".replace("-", MINUS)
    step = max(0, exponent // 3)
    shift = exponent - 3 * step
    return f"{sign}{float(f'{mantissa}e{shift}'):.{max(0, 2 - shift)}f}{_SUFFIXES[step]}"


def _figure(x: float) -> str:
    """Return a result: three significant digits, but no more than three decimals."""
    if 0 < abs(x) < 0.0005:
        return "<0.001" if x > 0 else f"{MINUS}0.000"
    if abs(x) < 0.1:
        return f"{x:.3f}".replace("-", MINUS) if x else "0"
    return number(x)


def count(n: int) -> str:
    """Return an exact count with thousands separated: 12,345."""
    return f"{n:,}".replace("-", MINUS)


def _percent(x: float) -> str:
    """Return 100 times `x` to three significant digits and at most two decimals, without the % sign."""
    hundredfold = abs(x) * 100
    if 0 < hundredfold < 0.005:
        return "<0.01" if x > 0 else f"{MINUS}0.00"
    text = number(hundredfold)
    if hundredfold < 1:
        text = f"{hundredfold:.2f}" if hundredfold else "0"
    return f"{MINUS}{text}" if x < 0 else text


def value(x: float | None, unit: str) -> str:
    """Return a figure without its interval, in `unit`; a missing one is `undefined`, of weeks `not reached`."""
    if x is None or math.isnan(x):
        return NOT_REACHED if unit == "weeks" else UNDEFINED
    return f"{_percent(x)}%" if unit == "share" else _figure(x)


def point(estimate: Estimate, unit: str) -> str:
    """Return the figure of an estimate; a median time without observations is undefined, not unreached."""
    if estimate.value is None and estimate.n == 0:
        return UNDEFINED
    return value(estimate.value, unit)


def interval(estimate: Estimate, unit: str) -> str:
    """Return the 95 % interval, "0.900k to 1.50k"; open above "45.0 or more"; empty if there is none."""
    return _range(estimate, "%" if unit == "share" else "", unit, signed=False)


def in_words(estimate: Estimate, unit: str) -> str:
    """Return a figure with its interval: "1.20k (900 to 1.50k)"."""
    return _joined(point(estimate, unit), interval(estimate, unit))


def change(x: float | None, unit: str) -> str:
    """Return a signed difference: "+1.20k", "−3.40 pp" for shares.

    A missing one is undefined; of weeks it is unknown, because a median is not reached on a side.
    """
    if x is None or math.isnan(x):
        return UNKNOWN if unit == "weeks" else UNDEFINED
    return f"{_signed(x, unit)} pp" if unit == "share" else _signed(x, unit)


def change_interval(estimate: Estimate, unit: str) -> str:
    """Return the 95 % interval of a difference, signed; empty if there is none."""
    return _range(estimate, "", unit, signed=True)


def change_in_words(estimate: Estimate, unit: str) -> str:
    """Return a difference with its interval: "−1.20k (−1.50k to −900)"."""
    return _joined(change(estimate.value, unit), change_interval(estimate, unit))


def money(estimate: Estimate) -> str:
    """Return a sum in words: "USD 1.20k (900 to 1.50k)"."""
    return f"USD {in_words(estimate, 'USD')}"


def arrow(difference: Estimate) -> str:
    """Return ↓ or ↑ where the difference is told from zero, else empty."""
    if not difference.detected:
        return ""
    told = [end for end in (difference.value, difference.low) if end]
    return "↑" if told and told[0] > 0 else "↓"


def listed(items: list[str]) -> str:
    """Return items as a phrase: "a", "a and b", "a, b and c"."""
    return items[0] if len(items) == 1 else f"{', '.join(items[:-1])} and {items[-1]}" if items else ""


def title(name: str) -> str:
    """Return a short name of the scenario as a title: patch_white_box -> "Patch, white box"."""
    if name in MODALITIES:
        return MODALITIES[name].title
    stem, tail = name, ""
    for kind in _KINDS:
        if name.endswith(f"_{kind}"):
            stem, tail = name.removesuffix(f"_{kind}"), f", {kind.replace('_', ' ')}"
    parts = [_ACRONYMS.get(part, part) for part in stem.split("_")]
    text = " ".join(parts)
    return text[:1].upper() + text[1:] + tail


def setting(value: object) -> str:
    """Return a value that an arm sets: true, 0.95, "deny"; a number in full as value and unit, or its distribution."""
    if isinstance(value, Mapping):
        unit = f" {value['unit']}" if value.get("unit") else ""
        if "value" in value:
            return printable(f"{value['value']:g}{unit}")
        for family, parameters in value.items():
            if family in FAMILIES and isinstance(parameters, Mapping):
                listed = ", ".join(f"{name} {part:g}" for name, part in parameters.items())
                return printable(f"{family} ({listed}){unit}")
    return printable(json.dumps(value, ensure_ascii=False, default=str))


def printable(text: str) -> str:
    """Return text from a file, safe for a terminal: no control characters, direction overrides or line breaks."""
    return visible(" ".join(text.split()))


def _signed(x: float, unit: str) -> str:
    text = _percent(abs(x)) if unit == "share" else _figure(abs(x))
    if text.startswith("<"):  # which way it goes is said, and to how many decimals it is nothing
        text = text[1:].replace("1", "0")
    return f"{MINUS}{text}" if x < 0 else f"+{text}" if x > 0 else text


def _range(estimate: Estimate, mark: str, unit: str, *, signed: bool) -> str:
    def end(x: float) -> str:
        return _signed(x, unit) if signed else (_percent(x) if unit == "share" else _figure(x))

    low, high = estimate.low, estimate.high
    if low is None:
        return "" if high is None else f"{end(high)}{mark} or less"
    return f"{end(low)}{mark} or more" if high is None else f"{end(low)} to {end(high)}{mark}"


def _joined(figure: str, span: str) -> str:
    return f"{figure} ({span})" if span else figure
