"""Synthetic fundus photographs; the finding is referable diabetic retinopathy.

Referable is moderate non-proliferative retinopathy or worse on the International Clinical Diabetic
Retinopathy scale (Wilkinson et al., Ophthalmology 2003): more than microaneurysms alone, that is
haemorrhages, hard exudates, cotton wool spots.

Retina coordinates: the fovea is (0, 0), x runs toward the nose, y down, 1 is the radius of a 45-degree field.
Blood absorbs light (Beer-Lambert), so vessels and haemorrhages add up in one map of optical density. Colours
and the fall of light were set beside IDRiD photographs (Porwal et al., Data 2018).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from statistics import NormalDist

import torch

from threatsim.cases.synthetic import canvas
from threatsim.cases.synthetic.canvas import Strokes, grid, grow_strokes, inside, mesh_noise, paint, spots
from threatsim.cases.synthetic.case_draws import CaseDraws
from threatsim.cases.synthetic.generator import Generator

SEVERITY_AUROC = 0.935  # of severity itself as a score for the label: what a perfect reader could reach

_SPREAD = 1.1  # of the severity's logit within a class
_SHIFT = NormalDist().inv_cdf(SEVERITY_AUROC) / math.sqrt(2)  # of a class's mean logit, in units of _SPREAD
_BLOOD = (0.3, 1.0, 0.8)  # optical density by colour channel, relative to green


def severity(draws: CaseDraws, positive: torch.Tensor) -> torch.Tensor:
    """Draw (N,) severity in [0, 1] given the label (N,) bool; logit-normal, so the classes overlap."""
    side = torch.where(positive, _SHIFT, -_SHIFT)
    return torch.sigmoid(_SPREAD * (side + draws.normal("severity")))


def render(draws: CaseDraws, severity: torch.Tensor, *, size: int) -> torch.Tensor:
    """Draw (N, 3, size, size) photographs in [0, 1]: microaneurysms come first, other lesions from 0.36 on."""
    view, base = _view(draws), _base_colour(draws)
    y, x = view.to_retina(*grid(size, draws.device))
    images = base[:, :, None, None] * _retina(draws, y, x, size)
    images = _disc(draws, images, base, y - view.disc_y, x - view.disc_x)
    clarity = draws.uniform("clarity", 1, 1, low=0.75, high=1.15)
    blood = clarity * (_vessels(draws, view, size) + _red_lesions(draws, view, severity, size))
    images = images * torch.exp(-torch.stack([share * blood for share in _BLOOD], 1))
    images = paint(images, _drusen(draws, view, size), _lit(base, 0.92, 0.72, 0.3))
    images = paint(images, _exudates(draws, view, severity, size), _lit(base, 1.0, 0.84, 0.25))
    images = paint(images, _cotton_wool(draws, view, severity, size), _lit(base, 0.95, 0.82, 0.6))
    return _photograph(draws, images, base)


def _lit(base: torch.Tensor, red: float, green: float, blue: float) -> torch.Tensor:
    """Return (N, 3) the colour that something pale has under the light of a retina of colour `base`."""
    share = (base / torch.tensor([0.72, 0.36, 0.08], device=base.device)) ** 0.45
    return (torch.tensor([red, green, blue], device=base.device) * share.clamp(max=1.3)).clamp(max=1)


@dataclass(frozen=True)
class _View:
    """How the eye sits in the frame, (N, 1, 1) each; `eye` is 1 for a right eye, -1 for a left."""

    eye: torch.Tensor
    roll: torch.Tensor
    zoom: torch.Tensor
    gaze_y: torch.Tensor
    gaze_x: torch.Tensor
    disc_y: torch.Tensor
    disc_x: torch.Tensor

    def to_retina(self, y: torch.Tensor, x: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """Return retina coordinates (N, H, W) of frame coordinates."""
        cos, sin = torch.cos(self.roll) / self.zoom, torch.sin(self.roll) / self.zoom
        return cos * y - sin * x + self.gaze_y, self.eye * (sin * y + cos * x) + self.gaze_x

    def splat(self, marks: torch.Tensor, size: int, *, widest: float) -> torch.Tensor:
        """Sum spots (4, N, K) given in retina coordinates: (N, size, size)."""
        y, x, height, radius = marks
        cos, sin = (torch.cos(self.roll) * self.zoom)[:, 0], (torch.sin(self.roll) * self.zoom)[:, 0]
        y, x = y - self.gaze_y[:, 0], self.eye[:, 0] * (x - self.gaze_x[:, 0])
        framed = spots(cos * y + sin * x, cos * x - sin * y, height, radius * self.zoom[:, 0])
        return canvas.splat(framed, size, widest=widest)


def _view(draws: CaseDraws) -> _View:
    # The disc is 15.5 degrees nasal of the fovea and a little above it (Rohrschneider, IOVS 2004).
    disc_x = 0.68 + 0.035 * draws.normal("disc x", 1, 1)
    return _View(
        eye=torch.where(draws.choice("right eye", 0.5, 1, 1), 1.0, -1.0),
        roll=torch.deg2rad(4 * draws.normal("roll", 1, 1).clamp(-2.5, 2.5)),
        zoom=draws.uniform("zoom", 1, 1, low=0.88, high=1.05),
        gaze_y=0.08 * draws.normal("gaze y", 1, 1) - 0.02,
        gaze_x=draws.uniform("gaze x", 1, 1, low=-0.12, high=0.3),
        disc_y=-disc_x * torch.tan(torch.deg2rad(5.6 + 2.5 * draws.normal("disc rise", 1, 1))),
        disc_x=disc_x,
    )


def _base_colour(draws: CaseDraws) -> torch.Tensor:
    """Draw (N, 3) mean colour of the retina: log-normal, with about the mean and covariance measured in IDRiD."""
    exposure, hue, blue = draws.normal("base colour", 3).clamp(-2, 2).unbind(1)
    exposure = torch.where(exposure < 0, 1.4 * exposure, 0.9 * exposure)
    log_green = -1.02 + 0.22 * exposure + 0.15 * hue
    log_blue = torch.minimum(-2.5 + 0.14 * exposure + 0.8 * hue + 0.4 * blue, log_green - 0.15)
    return torch.stack([-0.3 + 0.16 * exposure, log_green, log_blue], 1).exp()


def _retina(draws: CaseDraws, y: torch.Tensor, x: torch.Tensor, size: int) -> torch.Tensor:
    """Draw (N, 3, H, W) light that the retina gives back, about 1: pigment, choroid, macula, nerve-fibre sheen."""
    line = grid(size, draws.device)[0][:, :, 0]
    patches = mesh_noise(draws, "pigment", line, line, cells=4, octaves=3)
    from_fovea = torch.hypot(y, 0.9 * x)
    # Choroidal vessels run outward from the posterior pole and show through where pigment is thin.
    bend = 0.06 * mesh_noise(draws, "bend", line, line, cells=4)
    around = torch.atan2(y.abs(), x) / math.pi * 2 - 1 + bend
    streaks = canvas.noise_at(draws, "choroid", 0.25 * from_fovea + bend, around, cells=30, octaves=2)
    bare = 0.09 * draws.uniform("choroid", 1, 1) ** 2 * torch.sigmoid(6 * (from_fovea - 0.5))
    choroid = bare * (1 + 0.4 * patches) * torch.tanh(1.5 * streaks)
    spread = draws.uniform("macula size", 1, 1, low=0.13, high=0.24)
    dark = 0.05 * patches
    dark += draws.uniform("macula", 1, 1, low=0.1, high=0.4) * torch.exp(-0.5 * (from_fovea / spread) ** 2)
    dark += draws.uniform("fovea", 1, 1, low=0.05, high=0.35) * torch.exp(-0.5 * (from_fovea / 0.055) ** 2)
    arcs = torch.exp(-0.5 * ((torch.hypot(1.15 * y, x - 0.1) - 0.42) / 0.13) ** 2)
    sheen = 0.35 * draws.uniform("sheen", 1, 1) ** 3 * arcs * torch.sigmoid(6 * (x - 0.1))
    shares = ((1.0, 0.7, 0.3), (0.9, 1.0, 0.6), (0.5, 1.0, 0.7))  # of choroid, dark and sheen in each channel
    return torch.stack([c * choroid - d * dark + s * sheen for c, d, s in shares], 1).exp()


def _disc(
    draws: CaseDraws, images: torch.Tensor, base: torch.Tensor, down: torch.Tensor, across: torch.Tensor
) -> torch.Tensor:
    """Paint the optic disc, `down` and `across` (N, H, W) from its centre: halo, crescent, rim, paler cup."""
    size = images.shape[-1]
    radius = 0.118 + 0.009 * draws.normal("disc radius", 1, 1)
    down = down / draws.uniform("disc height", 1, 1, low=1.0, high=1.16)  # usually taller than wide
    distance = torch.hypot(down, across)
    halo = draws.uniform("halo", 1, 1, high=0.25) * torch.exp(-((distance / (2.4 * radius)) ** 2))
    images = images * (1 + torch.stack([share * halo for share in (0.2, 0.8, 1.0)], 1))
    pale = _lit(base, 1.0, 0.8, 0.32)
    rim = torch.lerp(1.4 * base, pale, draws.uniform("rim", 1, low=0.45, high=0.95))
    cup = torch.lerp(pale, _lit(base, 1.0, 0.95, 0.6), draws.uniform("cup", 1, low=0.2, high=0.9))
    crescent = torch.hypot(down, across + 0.35 * radius) - 1.05 * radius
    crescent_share = 0.6 * draws.uniform("crescent", 1, 1) ** 4
    images = paint(images, inside(crescent, size, softness=2.5) * crescent_share, rim)
    images = paint(images, inside(distance - radius, size, softness=0.4 + size / 200), rim)
    cup_radius = radius * draws.uniform("cup radius", 1, 1, low=0.35, high=0.68)
    cup_edge = torch.hypot(down, across + 0.12 * radius) - cup_radius
    return paint(images, inside(cup_edge, size, softness=1 + size / 45), cup)


# Main vessels of the upper half: heading at the disc and at the end (degrees from the temporal direction,
# upward), length, width. The first follows the parabola of Foracchia et al. (IEEE TMI 2004).
_UPPER = ((98, -6, 1.55, 1.0), (125, 165, 0.75, 0.7), (62, -12, 0.62, 0.42))
_TRUNKS = _UPPER + tuple((-first, -last, length, width) for first, last, length, width in _UPPER)
_TRUNK_SPREAD = (11, 13, 0.1, 0.06)
_WIDEST = 0.0085  # sigma of the widest vein, which is about 125 of the 1,800 micrometres of a disc wide
_WAVINESS = (0.08, 0.22)


def _vessels(draws: CaseDraws, view: _View, size: int) -> torch.Tensor:
    """Draw (N, size, size) optical density of veins and arteries; arteries are 2/3 as wide, and brighter."""
    marks = []
    for name, width, density in (("vein", 1.0, 0.7), ("artery", 0.68, 0.48)):
        trunks = _trunks(draws, view, name, width, points=8 + int(0.9 * size))
        branches = _branches(draws, f"{name} branch", trunks, 4, points=4 + int(0.38 * size))
        twigs = _branches(draws, f"{name} twig", branches, 2, points=4 + int(0.16 * size))
        for lines in (trunks, branches, twigs):
            end = torch.linspace(6, 0, lines.y.shape[2], device=draws.device).clamp(max=1)
            outside_fovea = ((torch.hypot(lines.y, lines.x) - 0.08) / 0.15).clamp(0, 1)
            marks.append(lines.spots(density * end * outside_fovea, taper=0.55))
    return view.splat(torch.cat(marks, 2), size, widest=_WIDEST)


def _trunks(draws: CaseDraws, view: _View, name: str, width: float, *, points: int) -> Strokes:
    table, spread = (torch.tensor(rows, device=draws.device) for rows in (_TRUNKS, _TRUNK_SPREAD))
    rows = table + spread * draws.normal(f"{name}/trunk", *table.shape)
    first, last, length, calibre = rows[:, :, :, None].unbind(2)
    pace = draws.uniform(f"{name}/pace", len(_TRUNKS), 1, low=1.7, high=3.0)
    heading = last + (first - last) * torch.linspace(1, 0, points, device=draws.device) ** pace
    start_y, start_x = (0.02 * draws.normal(f"{name}/start", 2, len(_TRUNKS), 1)).unbind(1)
    start, size = (view.disc_y + start_y, view.disc_x + 0.02 + start_x), (length, width * _WIDEST * calibre)
    return grow_strokes(draws, name, start, torch.deg2rad(heading), size, waviness=_WAVINESS)


def _branches(draws: CaseDraws, name: str, parent: Strokes, count: int, *, points: int) -> Strokes:
    """Draw `count` branches from each of the parent's vessels, to either side in turn, curving back along it."""
    k, m = parent.heading.shape[1:]
    order = torch.arange(count, device=draws.device).repeat(k)[:, None]
    along = 0.14 + 0.8 * (order + draws.uniform(f"{name}/along", k * count, 1)) / count
    at = (along * (m - 1)).round().to(torch.int64)
    start_y, start_x, heading = (
        values.repeat_interleave(count, 1).gather(2, at) for values in (parent.y, parent.x, parent.heading)
    )
    side = torch.where(draws.choice(f"{name}/side", 0.5, k, 1), 1, -1).repeat_interleave(count, 1)
    turn = side * (1 - 2 * (order % 2)) * draws.uniform(f"{name}/turn", k * count, 1, low=0.5, high=1.15)
    t = torch.linspace(0, 1, points, device=draws.device)
    heading = heading + turn * (1 - t * draws.uniform(f"{name}/return", k * count, 1, low=0.1, high=0.9))
    shrink = draws.uniform(f"{name}/length", k * count, 1, low=0.25, high=0.6)
    length = parent.length.repeat_interleave(count, 1) * shrink
    width = parent.sigma.repeat_interleave(count, 1) * (0.72 - 0.25 * along)
    return grow_strokes(draws, name, (start_y, start_x), heading, (length, width), waviness=_WAVINESS)


def _presence(draws: CaseDraws, name: str, severity: torch.Tensor, count: int, first: float) -> torch.Tensor:
    """Return (N, count, 1) how far each of `count` lesions has come, 0 to 1: one by one from severity `first`."""
    rank = (torch.arange(count, device=draws.device) + draws.uniform(name, count)) / count
    return ((severity[:, None] - first - (1 - first) * rank) / 0.06 + 0.5).clamp(0, 1)[:, :, None]


def _places(draws: CaseDraws, name: str, count: int, near: float, far: float) -> list[torch.Tensor]:
    """Draw places y and x, (N, count, 1) each, between two distances from the fovea, denser on one side."""
    angle = draws.uniform(f"{name}/angle", count, 1, high=2 * math.pi)
    side = draws.uniform(f"{name}/side", 1, 1, high=2 * math.pi)
    angle = angle + draws.uniform(f"{name}/onesided", 1, 1, high=0.9) * torch.sin(angle - side)
    distance = (near**2 + (far**2 - near**2) * draws.uniform(f"{name}/distance", count, 1)).sqrt()
    return [distance * torch.sin(angle), distance * torch.cos(angle)]


# Red lesions: name, how many at most, severity at which the first comes, parts, sigma, spread of the parts.
_RED = (
    ("microaneurysm", 28, 0.05, 1, 0.0092, 0.0),
    ("blot", 22, 0.36, 5, 0.012, 0.011),
    ("flame", 8, 0.48, 7, 0.010, 0.05),
)


def _red_lesions(draws: CaseDraws, view: _View, severity: torch.Tensor, size: int) -> torch.Tensor:
    """Draw (N, size, size) optical density of microaneurysms, dot and blot haemorrhages and flames."""
    marks = []
    for name, count, first, parts, radius, spread in _RED:
        y, x = _places(draws, name, count, 0.08, 0.85)
        scale = torch.exp(0.35 * draws.normal(f"{name}/scale", count, 1).clamp(-2, 2.5))
        part_y, part_x = draws.normal(f"{name}/parts", 2, count, parts).unbind(1)
        if name == "flame":  # flames lie along the nerve fibres, which leave the disc
            along = torch.atan2(y - view.disc_y, x - view.disc_x)
            line = draws.uniform("flame/line", count, parts, low=-1)
            part_y, part_x = line * along.sin() + 0.12 * part_y, line * along.cos() + 0.12 * part_x
        depth = draws.uniform(f"{name}/depth", count, 1, low=0.7, high=1.3) * (1.3 if parts == 1 else 0.65)
        height = depth * _presence(draws, name, severity, count, first)
        marks.append(spots(y + spread * scale * part_y, x + spread * scale * part_x, height, radius * scale))
    return 1.2 * torch.tanh(view.splat(torch.cat(marks, 2), size, widest=0.03))


def _drusen(draws: CaseDraws, view: _View, size: int) -> torch.Tensor:
    """Draw (N, size, size) share of drusen, a finding of age that is no part of retinopathy."""
    y, x = _places(draws, "druse", 40, 0.0, 0.4)
    shown = draws.choice("drusen", 0.25, 1, 1) * draws.uniform("druse/shown", 40, 1)
    radius = draws.uniform("druse/radius", 40, 1, low=0.006, high=0.015)
    return 0.5 * torch.tanh(view.splat(spots(y, x, shown, radius), size, widest=0.02))


def _exudates(draws: CaseDraws, view: _View, severity: torch.Tensor, size: int) -> torch.Tensor:
    """Draw (N, size, size) share of hard exudates: clusters of specks, some circinate (arcs round a leak)."""
    clusters, specks = 6, 26
    y, x = _places(draws, "exudate", clusters, 0.1, 0.55)
    extent = draws.uniform("exudate/extent", clusters, 1, low=0.03, high=0.1)
    parts = draws.normal("exudate/parts", 2, clusters, specks)
    arc, first = draws.uniform("exudate/arc", 2, clusters, 1, high=6.28).unbind(1)
    angle = first + arc * draws.uniform("exudate/along", clusters, specks)
    circle = torch.stack([angle.sin(), angle.cos()], 1)
    ring = draws.choice("exudate/circinate", 0.4, 1, clusters, 1)
    part_y, part_x = torch.where(ring, 1.4 * circle + 0.25 * parts, 0.8 * parts).unbind(1)
    radius = 0.0062 * torch.exp(0.4 * draws.normal("exudate/radius", clusters, specks).clamp(-2, 2))
    full = draws.choice("exudate/full", draws.uniform("exudate", clusters, 1, low=0.3), clusters, specks)
    height = full * _presence(draws, "exudate/presence", severity, clusters, 0.4)
    marks = spots(y + extent * part_y, x + extent * part_x, height, radius)
    return torch.tanh(1.4 * view.splat(marks, size, widest=0.015))


def _cotton_wool(draws: CaseDraws, view: _View, severity: torch.Tensor, size: int) -> torch.Tensor:
    """Draw (N, size, size) share of cotton wool spots, pale and fluffy, well away from the fovea."""
    y, x = _places(draws, "cotton wool", 4, 0.35, 0.8)
    part_y, part_x = (0.02 * draws.normal("cotton wool/parts", 2, 4, 5)).unbind(1)
    height = 0.3 * _presence(draws, "cotton wool", severity, 4, 0.6)
    marks = spots(y + part_y, x + part_x, height, torch.full_like(part_y, 0.02))
    return 0.75 * torch.tanh(view.splat(marks, size, widest=0.02))


def _photograph(draws: CaseDraws, images: torch.Tensor, base: torch.Tensor) -> torch.Tensor:
    """Add uneven light, dust, haze at the rim, focus, grain and the black surround of the field."""
    size = images.shape[-1]
    y, x = grid(size, draws.device)
    edge = draws.uniform("field radius", 1, 1, low=0.93, high=1.03)
    distance = torch.hypot(y, x) / edge
    light = 0.1 * mesh_noise(draws, "light", y[:, :, 0], x[:, 0], cells=2)
    light = torch.exp(light - draws.uniform("vignette", 1, 1, low=0.1, high=0.75) * distance**4)
    dust_y, dust_x = draws.uniform("dust", 2, 4, low=-0.85, high=0.85).unbind(1)
    dust_radius = draws.uniform("dust radius", 4, low=0.02, high=0.05)
    dust = canvas.splat(spots(dust_y, dust_x, draws.choice("dusty", 0.2, 4), dust_radius), size, widest=0.05)
    images = images * (light * (1 - 0.2 * dust))[:, None]
    side_y, side_x = draws.normal("haze side", 2, 1, 1).unbind(1)
    haze = torch.sigmoid(14 * (distance - 0.92)) * torch.sigmoid(3 * (side_y * y + side_x * x))
    haze_colour = 0.3 * base + torch.tensor([0.56, 0.52, 0.38], device=draws.device)
    images = paint(images, 0.8 * draws.uniform("haze", 1, 1) ** 3 * haze, haze_colour)
    spread = canvas.blur_matrix(size, size / 80, draws.device)
    images = torch.lerp(images, spread @ images @ spread, 0.15 + 0.5 * draws.uniform("focus", 1, 1, 1) ** 2)
    grain = draws.uniform("grain strength", 1, 1, low=0.002, high=0.009) * draws.normal("grain", size, size)
    crop = 0.8 + 0.1 * draws.uniform("crop", 1, 1) + draws.choice("whole", 0.4, 1, 1)
    field = inside(torch.hypot(y, x) - edge, size) * inside(y.abs() - crop, size)
    return ((images + grain[:, None]) * field[:, None]).clamp(0, 1)


GENERATOR = Generator(severity, render)
"""Draws the cases of this modality."""
