"""Bitewing films with or without caries between the teeth.

A bitewing shows the crowns of upper and lower teeth that meet in the middle, the necks of the teeth and the crest of
the bone. Caries between two teeth begins in the enamel just beyond their contact and spreads into the dentine as a
dark notch. What looks like it is drawn as well: the dark wedge at the neck of a sound tooth, where the film is
overexposed (cervical burn-out), and contacts that overlap; fillings are bright.

Coordinates: x to the right, y down, [-1, 1] over the film. Maps are (N, size, size); a case's scalars are (N, 1, 1).
"""

from __future__ import annotations

import torch
from torch import Tensor

from threatsim.cases.synthetic import canvas
from threatsim.cases.synthetic.case_draws import CaseDraws
from threatsim.cases.synthetic.generator import Generator

# Shapes of each class's Kumaraswamy distribution, a Beta with a closed inverse: the classes overlap.
_NEGATIVE, _POSITIVE = (1.2, 9.0), (3.0, 2.0)
_TEETH = 5  # in each jaw; the first and the last are cut off by the edge of the film
_LESIONS = 12  # inner teeth x two sides x two jaws
_JAWS = (-1.0, 1.0)


def severity(draws: CaseDraws, positive: Tensor) -> Tensor:
    """(N,) float32 depth of the caries in [0, 1], given whether it counts as caries (N,) bool."""
    a, b = (torch.where(positive, one, other) for one, other in zip(_POSITIVE, _NEGATIVE, strict=True))
    return (1 - (1 - draws.uniform("severity")) ** (1 / b)) ** (1 / a)


def render(draws: CaseDraws, severity: Tensor, *, size: int) -> Tensor:
    """(N, 3, size, size) float32, about in [0, 1]; the three channels are equal."""
    y, x = canvas.grid(size, draws.device)
    tilt = 0.06 * draws.normal("tilt", 1, 1).clamp(-2, 2)
    x, y = x + tilt * y, y - tilt * x + 0.06 * draws.normal("height", 1, 1).clamp(-2, 2)
    film = 0.08 + _bone(draws, y, x, size)
    for jaw, side in enumerate(_JAWS):
        film = _teeth(draws, film, severity[:, None, None], x, side * y, jaw, size)
    return _developed(draws, film, y, x, size)[:, None].repeat(1, 3, 1, 1)


def _bone(draws: CaseDraws, y: Tensor, x: Tensor, size: int) -> Tensor:
    """Draw the bone between the roots, with its trabeculae."""
    crest = 0.70 + 0.05 * draws.normal("crest", 1, 1).clamp(-2, 2) + 0.03 * torch.cos(12 * x)
    grain = canvas.mesh_noise(draws, "trabeculae", *_axes(size, draws), cells=16, octaves=2)
    return canvas.inside(crest - y.abs(), size, softness=2.0) * (0.30 + 0.05 * grain)


def _teeth(draws: CaseDraws, film: Tensor, severity: Tensor, x: Tensor, v: Tensor, jaw: int, size: int) -> Tensor:
    """Draw the film with the teeth of one jaw; v runs from where the jaws meet toward the roots."""

    def vary(name: str, mean: float, spread: float) -> Tensor:
        return mean + spread * draws.normal(f"{name}/{jaw}", 1, 1).clamp(-2, 2)

    first, width = vary("first", -0.98, 0.06), vary("width", 0.245, 0.012)
    gap, bite = vary("gap", 0.004, 0.006), vary("bite", 0.05, 0.015)
    bright, enamel = vary("dentine", 0.50, 0.03), vary("enamel", 0.24, 0.03)
    place = (draws.uniform("place", 1, 1) * _LESIONS).long()
    for tooth in range(_TEETH):
        centre = first + tooth * (2 * width + gap)
        u, down = (x - centre) / width, (v - bite - 0.30) / 0.30
        crown = (u.abs() ** 3.5 + down.abs() ** 3.5) ** (1 / 3.5) - 1
        narrow = 0.62 - 0.22 * ((v - bite - 0.55) / 0.5).clamp(0, 1)
        root = torch.maximum((u.abs() - narrow) * width, bite + 0.35 - v)
        within = canvas.inside(crown * width, size)
        core = canvas.inside((crown + 0.20) * width, size, softness=1.5)
        pulp = canvas.inside(torch.maximum(u.abs() - 0.16, (0.35 - down) * 0.3) * width, size, softness=2.0)
        cover = torch.maximum(within, canvas.inside(root, size))
        shade = bright + enamel * (within - core) * (down < 0.75) - 0.13 * pulp
        shade = shade + _filling(draws, u, down, size, f"{jaw}/{tooth}")
        for side in (-1, 1):
            shade = shade - _notch(draws, u * side, down, f"{jaw}/{tooth}/{side}")
            if 0 < tooth < _TEETH - 1:
                number = (jaw * (_TEETH - 2) + tooth - 1) * 2 + (side > 0)
                shade = shade - _lesion(draws, u * side, down, severity * (place == number))
        film = torch.lerp(film, torch.maximum(film, shade), cover)
    return film


def _lesion(draws: CaseDraws, u: Tensor, down: Tensor, depth: Tensor) -> Tensor:
    """How much a lesion from the contact toward the pulp takes from the shade; nothing where `depth` is 0."""
    height = 0.05 + 0.10 * draws.normal("lesion/height", 1, 1).clamp(-1.5, 1.5)
    inward, tall = 0.10 + 0.70 * depth, 0.10 + 0.28 * depth
    spot = torch.exp(-0.5 * (((u - 1.0) / inward) ** 2 + ((down - height) / tall) ** 2) * 2.0)
    return 0.55 * depth.sqrt() * spot


def _notch(draws: CaseDraws, u: Tensor, down: Tensor, name: str) -> Tensor:
    """Cervical burn-out: a faint dark wedge at the neck."""
    strength = 0.12 * draws.uniform(f"neck/{name}", 1, 1)
    return strength * torch.exp(-0.5 * (((u - 0.8) / 0.25) ** 2 + ((down - 0.95) / 0.16) ** 2))


def _filling(draws: CaseDraws, u: Tensor, down: Tensor, size: int, name: str) -> Tensor:
    """Draw a bright filling on the chewing surface of some teeth."""
    there = draws.choice(f"filling/{name}", 0.18, 1, 1).float()
    wide = draws.uniform(f"filling width/{name}", 1, 1, low=0.3, high=0.6)
    shape = torch.maximum(u.abs() - wide, (down + 0.72).abs() - 0.2)
    return 0.35 * there * canvas.inside(0.25 * shape, size, softness=1.5)


def _developed(draws: CaseDraws, film: Tensor, y: Tensor, x: Tensor, size: int) -> Tensor:
    """Exposure, the blur of the film and its grain."""
    exposure = 1.0 + 0.08 * draws.normal("exposure", 1, 1).clamp(-2, 2)
    fog = 0.03 * draws.normal("fog", 1, 1).clamp(-2, 2) + 0.03 * canvas.mesh_noise(
        draws, "cheek", *_axes(size, draws), cells=3, octaves=1
    )
    blurred = canvas.blur((exposure * film + fog)[:, None], size / 100)[:, 0]
    return blurred + 0.02 * draws.normal("grain", size, size)


def _axes(size: int, draws: CaseDraws) -> tuple[Tensor, Tensor]:
    """Return the coordinates of the rows and of the columns, each (1, size), as a mesh of noise takes them."""
    y, x = canvas.grid(size, draws.device)
    return y[:, :, 0], x[:, 0]


GENERATOR = Generator(severity=severity, render=render)
