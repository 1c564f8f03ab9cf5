"""Pictures of attacked cases as one PNG: original, what was changed, what was sent, and the classifier's score."""

from __future__ import annotations

import base64
import html
import io
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import vl_convert
from numpy.typing import NDArray
from PIL import Image

from threatsim.outcomes.lab.attack_run import Example
from threatsim.report.charts.drawing import FONT
from threatsim.report.words import numbers

SIDE: Final = 256  # pixels of a picture in the panel
_GAP: Final = 16
_LINE: Final = 21
INK: Final = "#1b1f24"
_FAINT: Final = "#57606a"
_BEFORE: Final = "#0072b2"
_AFTER: Final = "#d55e00"


@dataclass(frozen=True)
class Shown:
    """A case as it is shown.

    Attributes:
        pictures: original, magnified change, attacked; (3, H, W) uint8.
        magnification: of the change.
        title: name, truth and outcome.
        scores: p(finding) before and after.
        changed: what was changed, in words.
    """

    pictures: tuple[NDArray[np.uint8], NDArray[np.uint8], NDArray[np.uint8]]
    magnification: int
    title: str
    scores: str
    changed: str


def shown(example: Example, *, threshold: float) -> Shown:
    """Return a case in pictures and words."""
    factor = magnification(example)
    change = example.attacked.astype(np.int16) - example.original.astype(np.int16)
    magnified = np.clip(128 + factor * change, 0, 255).astype(np.uint8)
    truth = "With the finding" if example.truth else "Without the finding"
    outcome = ("hidden" if example.truth else "lifted") if example.success else "withstood"
    return Shown(
        (example.original, magnified, example.attacked),
        factor,
        f"{truth}: {outcome}",
        f"p(finding) {numbers.number(example.before)} → {numbers.number(example.after)}, "
        f"operating point {numbers.number(threshold)}",
        change_in_words(example),
    )


def magnification(example: Example) -> int:
    """Return how many times the change can be magnified around mid-grey with room to spare: 1, 2, 5, 10, 20 or 40."""
    change = np.abs(example.attacked.astype(np.int16) - example.original.astype(np.int16))
    greatest = max(1, int(np.quantile(change, 0.99)))
    return next((factor for factor in (40, 20, 10, 5, 2) if factor * greatest <= 128), 1)


def change_in_words(example: Example) -> str:
    """Return what was changed: how much, and of how much of the image."""
    change = np.abs(example.attacked.astype(np.int16) - example.original.astype(np.int16))
    greatest, share = int(change.max(initial=0)), float((change.max(0) > 0).mean())
    if greatest == 0:
        return "nothing was changed"
    levels = "grey level" if greatest == 1 else "grey levels"
    return f"{numbers.value(share, 'share')} of the pixels changed, by at most {greatest} {levels} of 255"


def panel_png(examples: Sequence[Example], *, threshold: float, heading: str) -> bytes:
    """Return all cases below one another as PNG."""
    rows = [shown(example, threshold=threshold) for example in examples]
    width, head, block = 3 * SIDE + 4 * _GAP, 2 * _GAP + _LINE, SIDE + 3 * _LINE + 2 * _GAP
    height = head + max(1, len(rows)) * block
    parts = [_text(_GAP, _GAP + _LINE // 2, heading, 17, INK, bold=True)]
    if not rows:
        parts.append(_text(_GAP, head + _LINE, "No case was rightly decided to begin with.", 14, _FAINT))
    for number, row in enumerate(rows):
        top = head + number * block
        labels = ("captured", f"change × {row.magnification}", "submitted")
        for column, (picture, label) in enumerate(zip(row.pictures, labels, strict=True)):
            left = _GAP + column * (SIDE + _GAP)
            parts.append(
                f'<image x="{left}" y="{top}" width="{SIDE}" height="{SIDE}" '
                f'href="{data_address(picture, smooth=column != 1)}"/>'
            )
            parts.append(_text(left, top + SIDE + 16, label, 13, _FAINT))
        parts.append(_text(_GAP, top + SIDE + 18 + _LINE, row.title, 15, INK, bold=True))
        parts.append(_scale(_GAP + 2 * (SIDE + _GAP), top + SIDE + 12 + _LINE, examples[number], threshold))
        parts.append(_text(_GAP, top + SIDE + 18 + 2 * _LINE, f"{row.scores}; {row.changed}", 13, _FAINT))
    drawn = f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" font-family="{FONT}">'
    drawn += f'<rect width="{width}" height="{height}" fill="#ffffff"/>{"".join(parts)}</svg>'
    png: bytes = vl_convert.svg_to_png(drawn)
    return png


def data_address(picture: NDArray[np.uint8], *, smooth: bool) -> str:
    """Return a picture (3, H, W) as the `data:` address of a PNG file, at least 256 pixels wide."""
    # Each pixel of a change is a decision of the attack and stays a square.
    image = Image.fromarray(np.ascontiguousarray(picture.transpose(1, 2, 0)))
    side = max(SIDE, picture.shape[2]) if not smooth else SIDE
    image = image.resize((side, side), Image.Resampling.LANCZOS if smooth else Image.Resampling.NEAREST)
    buffer = io.BytesIO()
    image.save(buffer, format="PNG")
    return "data:image/png;base64," + base64.b64encode(buffer.getvalue()).decode("ascii")


def _scale(x: int, y: int, example: Example, threshold: float) -> str:
    """Return p(finding) from 0 to 1 as a bar: before, after, and the operating point as a dark line."""
    marks = (
        (threshold, INK, 2, 20),
        (example.before, _BEFORE, 4, 14),
        (example.after, _AFTER, 4, 14),
    )
    drawn = f'<rect x="{x}" y="{y - 4}" width="{SIDE}" height="8" rx="4" fill="#dfe3e8"/>'
    for value, colour, width, height in marks:
        left = x + value * SIDE - width / 2
        drawn += f'<rect x="{left:.1f}" y="{y - height / 2}" width="{width}" height="{height}" rx="1" fill="{colour}"/>'
    return drawn


def _text(x: int, y: int, text: str, size: int, ink: str, *, bold: bool = False) -> str:
    weight = ' font-weight="bold"' if bold else ""
    return f'<text x="{x}" y="{y}" font-size="{size}" fill="{ink}"{weight}>{html.escape(text)}</text>'
