"""Frontal chest x-rays with or without a pneumothorax.

The image is a sum of attenuations (soft tissue, less the air of the chest, plus lung, vessels, heart, bone)
seen through a film curve. A pneumothorax is what it is in the body: on one side the lung fills less of the
cavity than it should, first at the apex, then laterally (upright patient), so a thin line of visceral pleura
runs along the chest wall and the air beyond has no lung markings (BTS guideline, Thorax 2010; 65: ii18-31).

Body coordinates: x to the patient's left (right in the image), v down, about [-1, 1] over the film. Masks and
maps are (N, size, size); a case's scalars are (N, 1, 1).
"""

from __future__ import annotations

import math

import torch
import torch.nn.functional as F
from torch import Tensor

from threatsim.cases.synthetic import canvas
from threatsim.cases.synthetic.case_draws import CaseDraws
from threatsim.cases.synthetic.generator import Generator

# Shapes of each class's Kumaraswamy distribution, a Beta with a closed inverse.
_NEGATIVE, _POSITIVE = (1.3, 8.2), (2.6, 2.2)
_SLICE_PIXELS = 2**20  # drawing more at a time only costs memory traffic
# Generations of vessels: half the fan (radians), its scatter (radians), length, branches of each parent.
_BRANCHING = ((1.25, 0.12, 0.26, 7), (0.30, 0.16, 0.22, 2), (0.34, 0.20, 0.18, 2), (0.40, 0.25, 0.13, 2))
_LETTERS = ("1110 1001 1001 1110 1100 1010 1001", "1000 1000 1000 1000 1000 1000 1111")  # R, L


def severity(draws: CaseDraws, positive: Tensor) -> Tensor:
    """Draw (N,) float32 severity in [0, 1] given the label (N,) bool; the two classes overlap."""
    a, b = (torch.where(positive, one, other) for one, other in zip(_POSITIVE, _NEGATIVE, strict=True))
    return (1 - (1 - draws.uniform("severity")) ** (1 / b)) ** (1 / a)


def render(draws: CaseDraws, severity: Tensor, *, size: int) -> Tensor:
    """Draw (N, 3, size, size) float32 in [0, 1]; the three channels are equal."""
    step = max(1, _SLICE_PIXELS // size**2)
    grey = []
    for rows in (slice(start, start + step) for start in range(0, len(draws), step)):
        part = CaseDraws(draws.seed, draws.indices[rows], stream=draws.stream)
        grey.append(_draw(part, severity[rows], size))
    return torch.cat(grey)[:, None].repeat(1, 3, 1, 1)


def _draw(draws: CaseDraws, severity: Tensor, size: int) -> Tensor:
    """Draw (N, size, size) grey values."""
    view = _View(draws, size)
    chest = _Chest(view, severity[:, None, None])
    heart = _heart(view, chest)
    film = _soft_tissue(view, chest) + (1 - 0.8 * heart) * _lungs(view, chest) + 0.07 * heart
    film = film + _midline(view) + _ribs(view, chest) + _shoulder_girdle(view)
    return _develop(view, film + _look_alikes(view, chest) + _devices(view) + _letter(view))


class _View:
    """How the patient stands before the film: the pose, and the body coordinates x, v of every pixel."""

    def __init__(self, draws: CaseDraws, size: int) -> None:
        tilt, right, down = (draws.normal(f"pose/{part}", 1, 1).clamp(-2, 2) for part in ("tilt", "x", "y"))
        cos, sin, zoom = torch.cos(0.045 * tilt), torch.sin(0.045 * tilt), draws.uniform("zoom", 1, 1)
        self.draws, self.size = draws, size
        self.pose = (cos, sin, 0.98 + 0.18 * zoom, 0.04 * right, 0.045 * down)
        y, x = canvas.grid(size, draws.device)
        dx, dy = (x - self.pose[3]) / self.pose[2], (y - self.pose[4]) / self.pose[2]
        self.x, self.v = cos * dx + sin * dy, cos * dy - sin * dx

    def on_film(self, x: Tensor, v: Tensor) -> tuple[Tensor, Tensor]:
        """Return image coordinates (y, x) of body coordinates, each (N, K)."""
        cos, sin, zoom, shift_x, shift_y = (part[:, :, 0] for part in self.pose)
        return shift_y + zoom * (cos * v + sin * x), shift_x + zoom * (cos * x - sin * v)

    def vary(self, name: str, mean: float, spread: float) -> Tensor:
        """Draw (N, 1, 1) a measure of the patient: normal, cut at two standard deviations."""
        return mean + spread * self.draws.normal(name, 1, 1).clamp(-2, 2)

    def vary_sides(self, name: str, mean: float, spread: float, *, lean: float = 0.0) -> Tensor:
        """Draw (N, size, size) a measure that differs between the sides; `lean` is added on the left."""
        right, left = self.vary(f"{name}/right", mean, spread), self.vary(f"{name}/left", mean + lean, spread)
        return torch.lerp(right, left, torch.sigmoid(self.x / 0.025))

    def some(self, name: str, probability: float) -> Tensor:
        """Draw (N, 1, 1) 1.0 in this share of the cases, else 0.0."""
        return self.draws.choice(name, probability, 1, 1).float()

    def edge(self, distance: Tensor, softness: float = 0.0) -> Tensor:
        """Return a mask that is 1 where `distance` < 0, at least a pixel soft."""
        return canvas.inside(distance, self.size, softness=max(1.0, softness * self.size / 2))

    def line(self, distance: Tensor, width: float) -> Tensor:
        """Draw a thin line at distance 0."""
        return canvas.ridge(distance, width, self.size)

    def wire(self, x: Tensor, v: Tensor, width: float) -> Tensor:
        """Draw a chain of blobs at (N, K) body coordinates."""
        sigma = torch.full_like(x, max(width, 1.0 / self.size))
        return canvas.blobs(*self.on_film(x, v), sigma, torch.full_like(x, width) / sigma, self.size)


class _Chest:
    """The thoracic cavity and the lungs in it; distances are negative inside."""

    def __init__(self, view: _View, extent: Tensor) -> None:
        collapse = extent * (1 - 2 * view.some("side", 0.55))
        affected = (view.x * collapse > 0).float()
        ax, width = view.x.abs(), view.vary_sides("width", 0.74, 0.035)
        centre, middle = view.vary("apex-x", 0.35, 0.02), view.vary("girth", 0.30, 0.05)
        height, power = middle - view.vary("apex", -0.80, 0.035), view.vary("dome", 2.25, 0.12)
        apical = extent**1.15 * view.vary("apical", 0.60, 0.06) * affected
        sideways = extent**1.25 * view.vary("sideways", 0.42, 0.03) * affected
        reach, down, lateral, fallen = ax - centre, view.v - middle, width - centre, extent**2 * affected
        cage = (lateral, centre, height, torch.full_like(height, 1.25))
        cavity, fullness = canvas.super_ellipse(reach, down, cage, power)
        axes = (lateral - 0.4 * sideways, centre - 0.6 * sideways, height - apical, 1.25 - 0.65 * fallen)
        lung, lung_fullness = canvas.super_ellipse(reach + 0.6 * sideways, down + 0.10 * fallen, axes, power)
        floor = view.vary_sides("floor", 0.44, 0.03, lean=0.07) + view.vary("inspiration", 0.0, 0.05)
        sulcus = view.vary("sulcus", 0.24, 0.04) * ((ax - 0.32).clamp(min=0) / 0.42) ** 2.2
        self.below = below = view.v - floor - sulcus - 0.5 * (0.32 - ax).clamp(min=0) ** 2  # the diaphragm
        above = view.edge(below, 0.015)
        self.cavity, self.lung = torch.maximum(cavity, below), torch.maximum(lung, below)
        self.fullness, self.lung_fullness = fullness * above, lung_fullness * above  # of 1 on the ray's way
        along = (down.abs() / torch.where(down < 0, height, 1.25)).clamp(max=1) ** power
        self.across = ax / (centre + lateral * (1 - along) ** (1 / power))  # 1 at the wall of the cage
        self.caged = view.edge(self.across - 1.03, 0.03) * view.edge(0.05 - height - down, 0.05)
        self.collapse = collapse  # (N, 1, 1) the severity, negative if the patient's right side has it


def _soft_tissue(view: _View, chest: _Chest) -> Tensor:
    """Draw torso, neck and shoulders, breasts, the abdomen with the gastric bubble; the air outside is 0."""
    ax, v, bulk = view.x.abs(), view.v, view.vary("bulk", 0.0, 1.0)
    top = view.vary("shoulder", -0.93, 0.04) + 0.36 * (ax - 0.2).clamp(min=0) ** 1.5 - v
    torso = torch.maximum(ax - (0.90 + 0.05 * bulk + 0.03 * torch.sin(3 * v + 1)), top)
    arms = torch.maximum(top, v - view.vary("axilla", -0.22, 0.08) - 0.9 * (ax - 0.9))
    body = torch.minimum(torch.minimum(torso, arms), ax - view.vary("neck", 0.24, 0.02))
    depth = (1 - torch.exp(body.clamp(max=0) / 0.10)) * (0.92 - 0.16 * (ax - 0.2).clamp(min=0))
    bust = 1 - ((ax - 0.52) / 0.34) ** 2 - ((v - view.vary("breast-v", 0.34, 0.06)) / 0.30) ** 2
    breasts = view.some("breasts", 0.42) * view.vary("breast", 0.13, 0.04) * bust.clamp(min=0).sqrt()
    gas = 1 - ((view.x - 0.42) / 0.2) ** 2 - ((chest.below - 0.17) / view.vary("gas", 0.10, 0.03)) ** 2
    stomach = 0.12 - 0.22 * view.some("gas?", 0.5) * gas.clamp(min=0).sqrt()
    abdomen = view.edge(-chest.below, 0.025) * view.edge(chest.cavity - 0.2, 0.1) * stomach
    return view.edge(body) * (depth + abdomen + breasts + 0.05 * bulk)


def _lungs(view: _View, chest: _Chest) -> Tensor:
    """Draw the cavity's air (negative), the lung in it with its vessels, the pleural line where they part."""
    crowding = 1 + 1.1 * (chest.collapse * view.x.sign()).clamp(min=0) ** 2
    y, x = canvas.grid(view.size, view.draws.device)
    grain = canvas.mesh_noise(view.draws, "grain", y[:, :, 0], x[:, 0], cells=20, octaves=2)
    tissue = view.vary("tissue", 0.18, 0.02) * crowding + view.vary("grain", 0.019, 0.004) * grain
    vessels = view.vary("vessels", 1.0, 0.15) * _vessels(view, chest)
    gap = (chest.lung - chest.cavity) * view.size / 3
    parted = (1 - torch.exp(-(gap**2))) * view.edge(chest.below + 0.02)
    pleura = 0.16 * view.line(chest.lung, 1.1 / view.size) * parted * (chest.cavity < 0)
    lung = view.edge(chest.lung) * (tissue * chest.lung_fullness + vessels)
    return lung + pleura - view.vary("air", 0.80, 0.03) * chest.fullness


def _vessels(view: _View, chest: _Chest) -> Tensor:
    """Draw generations of vessels branching from each hilum, each narrower than the last."""
    draws, device = view.draws, view.draws.device
    side, level = torch.tensor(((-1.0, 1.0), (-0.02, -0.07)), device=device)[..., None, None]
    stay = 1 - 0.5 * (chest.collapse[..., None] * side).clamp(min=0)
    x = 0.12 + 0.03 * draws.normal("hilum-x", 2, 7, 1)
    v = level + 0.10 * draws.normal("hilum-v", 2, 7, 1).clamp(-1.5, 1.5)
    angle, calibre = torch.full((len(draws), 2, 1), 0.12, device=device), torch.ones(1, 1, 1, device=device)
    film = torch.zeros_like(view.x)
    for generation, (fan, scatter, length, children) in enumerate(_BRANCHING):
        count, name = angle.shape[2] * children, f"vessel/{generation}"
        fans = torch.linspace(-fan, fan, children, device=device)
        angle = (angle[..., None] + fans).flatten(2) + scatter * draws.normal(f"{name}/angle", 2, count)
        thinner = draws.uniform(f"{name}/calibre", 2, count, low=0.6, high=0.9)
        calibre = calibre.repeat_interleave(count // calibre.shape[2], 2) * thinner
        steps = math.ceil(length * view.size) + 2
        t = torch.linspace(0, 1, steps, device=device)
        turn = angle[..., None] + 0.5 * draws.normal(f"{name}/bend", 2, count)[..., None] * t
        stride = draws.uniform(f"{name}/length", 2, count, low=0.6, high=1.3)[..., None] * length / steps
        twigs = count // x.shape[2]
        x = x.repeat_interleave(twigs, 2) + (stride * torch.cos(turn)).cumsum(3)
        v = v.repeat_interleave(twigs, 2) + (stride * (1.4 * torch.sin(turn))).cumsum(3)
        mass = 5.0 * (0.034 * calibre[..., None] * (1 - 0.25 * t)) ** 2 * stride * (view.size / 2) ** 2
        at_x, at_v = side * (0.13 + (x - 0.13) * stay), level + (v - level) * stay
        drawn = canvas.deposit(*view.on_film(at_x.flatten(1), at_v.flatten(1)), mass.flatten(1), view.size)
        sigma = 0.006 * 0.75 ** (generation + 1) * view.size
        film = film + (canvas.blur(drawn[:, None], sigma)[:, 0] if sigma > 0.3 else drawn)
        x, v, angle = x[..., -1:], v[..., -1:], turn[..., -1]
    return film


def _heart(view: _View, chest: _Chest) -> Tensor:
    """Draw the heart and great vessels' share of a ray's way, 0 to 1; a large pneumothorax pushes them away."""

    def bump(name: str, height: float, centre: float, spread: float) -> Tensor:
        at = (view.v - view.vary(f"{name}-v", centre, 0.03)) / spread
        return view.vary(name, height, 0.18 * height) * torch.exp(-(at**2))

    x = view.x - view.vary("turn", 0.0, 0.03) + 0.09 * F.softshrink(chest.collapse, 0.55)
    neck = 0.25 * torch.sigmoid((-0.78 - view.v) / 0.05)
    ventricle = bump("ventricle", 0.32, 0.45, 0.33) * torch.sigmoid((view.v + 0.05) / 0.08)
    left = 0.12 + neck + bump("knob", 0.07, -0.34, 0.10) + bump("hilum", 0.05, -0.10, 0.10) + ventricle
    right = 0.125 + neck + bump("cava", 0.03, -0.35, 0.2) + bump("atrium", 0.12, 0.33, 0.22)
    offset = (2 * x - left + right) / (left + right)
    return (1 - offset**2).clamp(min=0).sqrt() * view.edge((offset.abs() - 1) * (left + right) / 2, 0.02)


def _midline(view: _View) -> Tensor:
    """Draw the spine, and the air of the trachea down to the carina."""
    ax = view.x.abs()
    disc = 0.5 + 0.5 * torch.cos(2 * math.pi * view.v / view.vary("vertebra", 0.155, 0.008))
    spine = view.edge(ax - view.vary("spine", 0.085, 0.008), 0.02) * (0.08 + 0.05 * disc)
    return spine - 0.15 * view.edge(ax - 0.042, 0.02) * view.edge(view.v + 0.22, 0.06)


def _ribs(view: _View, chest: _Chest) -> Tensor:
    """Draw posterior ribs arching out from the spine, anterior ribs falling from the wall to the cartilage."""
    u = chest.across.clamp(0, 1)
    bow = (1 - u**2).clamp(min=0).sqrt()  # a rib is a tilted hoop: both halves meet the wall steeply
    rise = view.vary("rib-rise", 0.24, 0.04) * bow - 0.10 * torch.exp(-((u / 0.24) ** 2))
    fall = view.vary("rib-fall", 0.42, 0.04) * bow
    back = _rib_bands(view, view.v + rise, 0.028) * torch.sigmoid((u - 0.18) / 0.03)
    bony = torch.sigmoid((u - 0.42) / 0.06) * torch.sigmoid((0.55 - view.v) / 0.08)
    front = _rib_bands(view, view.v - fall, 0.031) * bony  # cartilage casts no shadow
    bone = view.vary("bone", 0.13, 0.02) * back + view.vary("bone-front", 0.075, 0.015) * front
    return chest.caged * (1 - 0.55 * view.edge(-chest.below, 0.04)) * bone


def _rib_bands(view: _View, height: Tensor, half: float) -> Tensor:
    """Draw bands at regular steps of `height`, closer together higher up, with a bright cortex."""
    spacing = view.vary("rib-gap", 0.168, 0.008)
    phase = (height - 0.10 * height**2) / spacing
    number = phase.round()
    shift = 0.10 * view.draws.normal("rib-shift", 24).clamp(-2, 2)  # no two ribs alike
    index = (number + 12).long().clamp(0, 23)
    phase = phase + shift.gather(1, index.flatten(1)).view_as(phase)
    steepness = torch.hypot(*torch.gradient(height, dim=(1, 2))) * view.size / 2
    distance = ((phase - number) * spacing / steepness.clamp(0.5, 3)).abs()
    return 0.7 * view.edge(distance - half) + 0.5 * view.line(distance - half, 0.007)


def _shoulder_girdle(view: _View) -> Tensor:
    """Draw clavicles, shoulder blades (the medial border sometimes across the lung), humeral heads."""
    ax, v, u = view.x.abs(), view.v, (view.x.abs() - 0.09).clamp(min=0)
    course = view.vary_sides("clavicle", -0.54, 0.03) - view.vary("clavicle-rise", 0.24, 0.05) * u
    off = (v - course + 0.035 * torch.sin(7 * u)).abs() - 0.030 - 0.015 * torch.exp(-((u / 0.12) ** 2))
    ends = torch.sigmoid((ax - 0.10) / 0.012) * torch.sigmoid((0.92 - ax) / 0.02)
    clavicle = view.vary("bone", 0.13, 0.02) * (1.05 * view.edge(off) + 0.7 * view.line(off, 0.008))
    border = view.vary_sides("scapula", 0.70, 0.06) + 0.18 * (v + 0.35) ** 2 - 0.10 * (v + 0.35)
    span = torch.sigmoid((v + 0.72) / 0.04) * torch.sigmoid((view.vary("scapula-tip", 0.02, 0.05) - v) / 0.03)
    blade = view.edge(border - ax) * torch.exp((border - ax).clamp(max=0) / 0.16)
    head = 1 - ((ax - 1.02) / 0.13) ** 2 - ((v + 0.64) / 0.13) ** 2
    scapula = 0.07 * span * (blade + view.line(ax - border, 0.010))
    return clavicle * ends + scapula + 0.16 * head.clamp(min=0).sqrt()


def _look_alikes(view: _View, chest: _Chest) -> Tensor:
    """Draw what is mistaken for the finding, in either class: skin folds (markings go on beyond) and apical bullae."""
    x, v = view.x * (1 - 2 * view.some("fold-side", 0.5)), view.v
    past = x - view.vary("fold-x", 0.56, 0.08) - view.vary("fold-lean", 0.0, 0.12) * v + 0.12 * v**2
    span = torch.sigmoid((v - view.vary("fold-top", -0.5, 0.15)) / 0.08) * view.edge(v - 0.6, 0.1)
    fold = 0.09 * view.some("fold", 0.15) * view.edge(past) * torch.exp(past.clamp(max=0) / 0.10) * span
    centre = torch.hypot(x - view.vary("bulla-x", 0.38, 0.08), v - view.vary("bulla-v", -0.50, 0.08))
    ring = centre - view.vary("bulla-r", 0.12, 0.025)
    bulla = (0.07 * view.line(ring, 0.008) - 0.10 * view.edge(ring, 0.02)) * view.edge(chest.cavity)
    return fold + view.some("bulla", 0.06) * bulla


def _devices(view: _View) -> Tensor:
    """Draw a monitoring lead with its electrode and a tube down the midline, each in some patients."""
    t = torch.linspace(0, 1, 64, device=view.draws.device)
    start, end, sag, lift = view.draws.uniform("lead", 4, 1, low=-1, high=1).unbind(1)
    lead_x = 0.75 * start * (1 - t) + 0.5 * end * t + 0.25 * sag * torch.sin(math.pi * t)
    lead_v = 0.35 * lift - 0.33 + 1.43 * t
    lead = 0.16 * view.wire(lead_x, lead_v, 0.011) + 0.35 * view.wire(lead_x[:, :1], lead_v[:, :1], 0.03)
    tube_v = t * view.vary("tube-end", 1.0, 0.25)[:, :, 0] - 1.1
    tube = 0.13 * view.wire(0.012 * torch.sin(4 * tube_v + 3 * start), tube_v, 0.011)
    return lead * view.some("lead?", 0.18) + tube * view.some("tube?", 0.12)


def _letter(view: _View) -> Tensor:
    """Draw a lead R at the upper left or L at the upper right of the film, in most images."""
    left = view.some("letter-left", 0.4)
    rows = [[[float(dot) for dot in row] for row in letter.split()] for letter in _LETTERS]
    shapes = F.pad(torch.tensor(rows, device=view.draws.device), (1, 1, 1, 1))[left.flatten().long()]
    y, x = view.vary("letter-y", -0.80, 0.08), (2 * left - 1) * view.vary("letter-x", 0.86, 0.04)
    letter = canvas.stamp(shapes, y, x, view.vary("letter-size", 0.060, 0.008), view.size)
    return 1.1 * view.some("letter?", 0.7) * letter


def _develop(view: _View, film: Tensor) -> Tensor:
    """Develop (N, size, size) grey values: scatter, quantum noise, the window and the film curve."""
    haze = canvas.blur(F.adaptive_avg_pool2d(film[:, None], 16), 2.0)
    haze = F.interpolate(haze, size=film.shape[-2:], mode="bilinear")[:, 0]
    film = torch.lerp(film, haze, view.vary("scatter", 0.16, 0.05))
    film = film + view.draws.normal("noise", view.size, view.size) * view.vary("mottle", 0.012, 0.004)
    grey = (film - view.vary("black", 0.04, 0.03)) * view.vary("contrast", 1.0, 0.08)
    return (1.12 * torch.tanh(grey.clamp(min=0.001))).pow(view.vary("gamma", 1.30, 0.18)).clamp(0.012, 1)


GENERATOR = Generator(severity, render)
"""Draws the cases of this modality."""
