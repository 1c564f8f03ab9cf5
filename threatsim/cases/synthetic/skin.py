"""Dermoscopy of a pigmented skin lesion: nevus or melanoma.

What tells them apart follows the ABCD rule of dermatoscopy (Nachbar et al., J Am Acad Dermatol 1994):
asymmetry, a border that ends abruptly, the number of colours (light and dark brown, black, red, white,
blue-grey) and of structures (network, branched streaks, dots, globules). Colour is light absorbed by
pigment: melanin near the surface is brown to black, deep in the dermis blue-grey; blood is red.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor

from threatsim.cases.synthetic.canvas import arc, blobs, blur_matrix, grid, mesh_noise
from threatsim.cases.synthetic.case_draws import CaseDraws
from threatsim.cases.synthetic.generator import Generator

# Optical density of one unit of each pigment in red, green and blue light, chosen by eye against photographs.
_MELANIN = (0.46, 0.86, 1.15)
_DERMAL_MELANIN = (0.95, 0.68, 0.42)
_BLOOD = (0.08, 0.62, 0.50)

_SEPARATION = 1.50  # half the distance between the classes' mean severity, in logits
_SPREAD = 1.70  # their deviation, in logits: AUROC of severity itself = Phi(sqrt(2) * 1.50 / 1.70) = 0.894


def severity(draws: CaseDraws, positive: Tensor) -> Tensor:
    """Draw (N,) float32 severity in [0, 1] given the label (N,) bool; the two classes overlap."""
    centre = torch.where(positive, _SEPARATION, -_SEPARATION)
    return torch.sigmoid(centre + _SPREAD * draws.normal("severity"))


def render(draws: CaseDraws, severity: Tensor, *, size: int) -> Tensor:
    """Draw (N, 3, size, size) float32 in [0, 1]: severity shapes the lesion; all else is independent of it."""
    y, x = grid(size, draws.device)
    frame = _place(draws, y, x)
    level = _outline(draws, severity, frame)
    mask = _border(draws, severity, frame, level, pixel=2 / size)
    image = _light(draws, _fill(draws, severity, frame, level, mask), y, x)
    image = _ruler(draws, _hairs(draws, _bubbles(draws, image), y, x), y, x)
    return _photograph(draws, image, y, x)


@dataclass(frozen=True)
class _Frame:
    """The lesion's place in the image, and polar coordinates (N, H, W) in which its border is near r = 1."""

    centre_y: Tensor  # (N, 1, 1) in image units, like the radius; the turn is in radians
    centre_x: Tensor
    turn: Tensor
    radius: Tensor
    stretch: Tensor
    rows: Tensor  # (N, H) and (N, W): the image's own rows and columns, from the centre in lesion radii
    columns: Tensor
    r: Tensor
    angle: Tensor

    def noise(self, draws: CaseDraws, name: str, bumps: int, octaves: int = 1) -> Tensor:
        """Draw (N, H, W) noise that moves and grows with the lesion, `bumps` to its width."""
        return mesh_noise(draws, name, self.rows, self.columns, cells=bumps, octaves=octaves, reach=1.6)


@dataclass(frozen=True)
class _Lesion:
    """Maps (N, H, W) of what lies in the skin at the lesion."""

    melanin: Tensor
    dermal_melanin: Tensor
    blood: Tensor
    scar: Tensor  # share of white scarred skin, where the lesion has regressed
    film: Tensor  # share of whitish film, over blue-grey areas


def _trait(draws: CaseDraws, name: str, severity: Tensor, spread: float = 0.10) -> Tensor:
    """Draw (N, 1, 1) strength in [0, 1] of one criterion: severity with the case's own deviation."""
    return (severity[:, None, None] + spread * draws.normal(f"trait/{name}", 1, 1)).clamp(0, 1)


def _sign(draws: CaseDraws, name: str, severity: Tensor, *, benign: float) -> Tensor:
    """Draw (N, 1, 1) strength of a feature that severe lesions often have, and a share `benign` of all lesions."""
    malignant = ((_trait(draws, name, severity, 0.16) - 0.26) / 0.45).clamp(0, 1)
    return torch.maximum(malignant, _some(draws, f"{name}/benign", benign))


def _some(draws: CaseDraws, name: str, probability: float) -> Tensor:
    """Draw (N, 1, 1) a strength in [0.4, 1) in a share `probability` of cases, else 0."""
    return draws.choice(name, probability, 1, 1) * draws.uniform(f"{name}/strength", 1, 1, low=0.4)


def _direction(draws: CaseDraws, name: str) -> Tensor:
    """Draw (N, 1, 1) an angle in radians."""
    return draws.uniform(name, 1, 1, high=2 * math.pi)


def _above(value: Tensor, width: float | Tensor) -> Tensor:
    """Step softly: 1 where `value` > 0, over about four times `width`."""
    return torch.sigmoid(value / width)


def _place(draws: CaseDraws, y: Tensor, x: Tensor) -> _Frame:
    radius = 0.52 * torch.exp(0.26 * draws.normal("place/radius", 1, 1)).clamp(0.55, 1.7)
    stretch = draws.uniform("place/stretch", 1, 1, low=1.0, high=1.28)
    turn = _direction(draws, "place/turn")
    centre_y, centre_x = (0.15 * draws.normal(f"place/{axis}", 1, 1).clamp(-2, 2) for axis in "yx")
    dy, dx = y - centre_y, x - centre_x
    u = (dx * torch.cos(turn) + dy * torch.sin(turn)) / (radius * stretch)
    v = (dy * torch.cos(turn) - dx * torch.sin(turn)) / (radius / stretch)
    r, angle = torch.sqrt(u * u + v * v + 1e-6), torch.atan2(v, u)
    rows, columns = (dy / radius)[:, :, 0], (dx / radius)[:, 0, :]
    return _Frame(centre_y, centre_x, turn, radius, stretch, rows, columns, r, angle)


def _outline(draws: CaseDraws, severity: Tensor, frame: _Frame) -> Tensor:
    """Draw (N, H, W) height over the border in lesion radii, positive inside: lobes, teeth, bays and streaks."""
    asymmetry = _trait(draws, "asymmetry", severity)
    ragged = _trait(draws, "ragged", severity)
    level = 1 - frame.r + (0.03 + 0.20 * asymmetry) * frame.noise(draws, "outline/lobes", 3)
    level = level + (0.03 + 0.13 * ragged) * frame.noise(draws, "outline/teeth", 8, octaves=2)
    for bay in ("outline/bay-1", "outline/bay-2"):
        at = _direction(draws, bay)
        reach = draws.uniform(f"{bay}/reach", 1, 1, low=0.12, high=0.32)
        gap = frame.r**2 + 1.04 - 2.04 * frame.r * torch.cos(frame.angle - at)  # squared distance
        level = level - 0.5 * ragged * (torch.exp(-0.5 * gap / reach**2) - 0.08)  # keeps the mean area
    return level + _streaks(draws, severity, frame)


def _streaks(draws: CaseDraws, severity: Tensor, frame: _Frame) -> Tensor:
    """Draw (N, H, W) radial fingers that push the border out over part of the rim."""
    strength = _sign(draws, "streaks", severity, benign=0.04)
    count = draws.uniform("streaks/count", 1, 1, low=14, high=30).round()
    middle = _direction(draws, "streaks/middle")
    narrow = draws.uniform("streaks/narrow", 1, 1, low=-0.4, high=0.7)
    sector = _above(torch.cos(frame.angle - middle) - narrow, 0.15)
    fingers = torch.cos(count * frame.angle + 2 * torch.sin(2 * frame.angle + middle)).clamp(min=0) ** 2
    length = 0.11 + 0.07 * frame.noise(draws, "streaks/length", 7)
    return strength * length * sector * fingers * torch.exp(-(((frame.r - 1.0) / 0.22) ** 2))


def _border(draws: CaseDraws, severity: Tensor, frame: _Frame, level: Tensor, *, pixel: float) -> Tensor:
    """Draw (N, H, W) mask: a nevus fades out evenly, a melanoma is cut off abruptly along part of its rim."""
    abrupt = _trait(draws, "abrupt", severity)
    sector = 0.5 + 0.5 * _above(torch.cos(frame.angle - _direction(draws, "border/middle")) + 0.3, 0.3)
    fading = draws.uniform("border/fading", 1, 1, low=0.055, high=0.085) / frame.radius
    width = fading * (1 - 0.85 * abrupt * sector)
    return _above(level, torch.maximum(width, 0.3 * pixel / frame.radius))


def _fill(draws: CaseDraws, severity: Tensor, frame: _Frame, level: Tensor, mask: Tensor) -> _Lesion:
    """Draw pigments within the outline: the colours, and the places where each lies, vary with severity."""
    texture = frame.noise(draws, "texture", 11, octaves=2)
    veil = _sign(draws, "veil", severity, benign=0.04) * mask
    veil = veil * _above(frame.noise(draws, "veil/where", 3) + 0.3 * texture - frame.r + 0.45, 0.3)
    scar = _sign(draws, "scar", severity, benign=0.03) * mask
    scar = scar * _above(frame.noise(draws, "scar/where", 3) + 0.5 * texture - 0.7, 0.25)
    red = _sign(draws, "red", severity, benign=0.07) * _above(level + 0.1, 0.12)
    red = red * _above(frame.noise(draws, "red/where", 3) - 0.3, 0.25)
    irritated = _some(draws, "irritated", 0.2) * _above(level + 0.35, 0.15)
    melanin = mask * _melanin(draws, severity, frame, level, mask) * torch.exp(0.20 * texture)
    blood = 0.6 * red + 0.4 * irritated + 0.2 * mask
    dermal_melanin = veil * (0.2 + 0.65 * melanin.clamp(max=2))  # a veil lies over the densest pigment
    film = veil * (0.3 + melanin).clamp(max=1)
    return _Lesion(melanin * (1 - 0.7 * scar) * (1 - 0.3 * veil), dermal_melanin, blood, scar, film)


def _melanin(draws: CaseDraws, severity: Tensor, frame: _Frame, level: Tensor, mask: Tensor) -> Tensor:
    """Draw (N, H, W) density; its mean over the lesion is independent of severity, its unevenness is not."""
    uneven = _trait(draws, "uneven", severity)
    profile = draws.uniform("melanin/profile", 1, 1, low=-0.5, high=1.1)
    tilt = (frame.r * torch.cos(frame.angle - _direction(draws, "melanin/towards"))).clamp(-1.3, 1.3)
    mottle = frame.noise(draws, "melanin/mottle", 3, octaves=3)
    density = (1 + profile * (level.clamp(0, 1) - 0.4)) * torch.exp((0.10 + 0.5 * uneven) * mottle)
    density = density * torch.exp(0.6 * uneven * tilt)
    density = density + 2.0 * uneven * _above(frame.noise(draws, "melanin/blotches", 4) - 0.9, 0.15)
    density = density * _structures(draws, severity, frame)
    depth = torch.exp(0.42 * draws.normal("melanin/depth", 1, 1)).clamp(0.4, 2.2)
    mean = (density * mask).sum(dim=(1, 2), keepdim=True) / mask.sum(dim=(1, 2), keepdim=True)
    return density * depth / mean


def _structures(draws: CaseDraws, severity: Tensor, frame: _Frame) -> Tensor:
    """Draw (N, H, W) factor on melanin: a network of lines or globules, regular in a nevus, and black dots."""
    atypical = _trait(draws, "atypical", severity)
    kind = draws.uniform("structures/kind", 1, 1)
    strength = draws.uniform("structures/strength", 1, 1, low=0.2, high=0.7)
    lines = (kind < 0.5) * strength * _network(draws, atypical, frame)
    globules = (kind > 0.7) * strength * _dots(draws, "globules", frame, 40, 0.022, 0.1 + 0.6 * atypical)
    black = _sign(draws, "dots", severity, benign=0.05)
    return 1 + lines + globules + 1.3 * black * _dots(draws, "dots", frame, 11, 0.022, atypical)


def _network(draws: CaseDraws, atypical: Tensor, frame: _Frame) -> Tensor:
    """Draw (N, H, W) a honeycomb of dark lines around pale holes, bent and of uneven thickness."""
    bend = 0.9 + 0.8 * atypical
    bend_x, bend_y = (bend * frame.noise(draws, f"network/bend-{axis}", 14) for axis in "xy")
    wave = 2 * math.pi * frame.radius / draws.uniform("network/period", 1, 1, low=0.06, high=0.105)
    honeycomb = torch.zeros_like(frame.r)
    for third in range(3):
        turn = frame.turn + third * 2 * math.pi / 3
        across = (wave * frame.columns[:, None, :] + bend_x) * torch.cos(turn)
        honeycomb = honeycomb + torch.cos(across + (wave * frame.rows[:, :, None] + bend_y) * torch.sin(turn))
    patchy = frame.noise(draws, "network/patchy", 5)
    lines = _above((0.4 + 0.9 * atypical) * patchy - 0.2 - honeycomb, 0.4) - 0.4
    return (1 + 0.5 * patchy).clamp(0, 1.5) * lines


def _dots(draws: CaseDraws, name: str, frame: _Frame, count: int, radius: float, irregular: Tensor) -> Tensor:
    """Draw (N, H, W) `count` round dots of about `radius` (image units) strewn over the lesion."""
    reach = 0.95 * frame.radius * torch.sqrt(draws.uniform(f"{name}/reach", 1, count))
    angle = draws.uniform(f"{name}/angle", 1, count, high=2 * math.pi)
    u, v = reach * frame.stretch * torch.cos(angle), reach / frame.stretch * torch.sin(angle)
    y = (frame.centre_y + u * torch.sin(frame.turn) + v * torch.cos(frame.turn))[:, 0]
    x = (frame.centre_x + u * torch.cos(frame.turn) - v * torch.sin(frame.turn))[:, 0]
    spread = radius * torch.exp(0.6 * irregular[:, :, 0] * draws.normal(f"{name}/radius", count).clamp(-2, 2))
    return blobs(y, x, spread, torch.ones_like(spread), frame.r.shape[-1]).clamp(max=1)


def _light(draws: CaseDraws, lesion: _Lesion, y: Tensor, x: Tensor) -> Tensor:
    """Return (N, 3, H, W) what the skin reflects: Beer-Lambert absorption by its own pigment and by the lesion's."""
    rows, columns = y[:, :, 0], x[:, 0, :]
    mottle = mesh_noise(draws, "skin/mottle", rows, columns, cells=13, octaves=3)
    creases = mesh_noise(draws, "skin/creases", rows, columns, cells=44).abs().clamp(max=1)
    spots = mesh_noise(draws, "skin/freckles", rows, columns, cells=16)
    freckles = _some(draws, "skin/freckled", 0.12) * _above(spots - 1.3, 0.35)
    tone = draws.uniform("skin/tone", 1, 1) ** 2  # mostly Fitzpatrick I and II, as in public archives
    rough = draws.uniform("skin/rough", 1, 1, low=0.2)
    melanin = 0.03 + 0.35 * tone + 0.03 * rough * mottle + 0.30 * freckles + lesion.melanin
    flush = draws.uniform("skin/blood", 1, 1, low=0.2, high=0.75)
    blood = flush * (1 + 0.12 * rough * mottle) + 0.09 * rough * (0.5 - creases) + lesion.blood
    warmth = 1 + 0.12 * draws.normal("melanin/warmth", 3, 1, 1).clamp(-2, 2)
    density = melanin[:, None] * warmth * _rgb(_MELANIN, y) + blood[:, None] * _rgb(_BLOOD, y)
    image = torch.exp(-density - lesion.dermal_melanin[:, None] * _rgb(_DERMAL_MELANIN, y))
    whitish = torch.exp(-0.5 * flush[:, None] * _rgb(_BLOOD, y))
    image = torch.lerp(image, whitish, 0.35 * lesion.scar[:, None])
    return torch.lerp(image, whitish * _rgb((0.72, 0.77, 0.88), y), 0.25 * lesion.film[:, None])


def _rgb(colour: tuple[float, float, float], like: Tensor) -> Tensor:
    """Return (3, 1, 1) tensor of a colour."""
    return torch.tensor(colour, device=like.device)[:, None, None]


def _bubbles(draws: CaseDraws, image: Tensor) -> Tensor:
    """Add small bright reflections of bubbles in the gel, in some images."""
    y, x = (draws.uniform(f"bubbles/{axis}", 12, low=-1.1, high=1.1) for axis in "yx")
    radius = draws.uniform("bubbles/radius", 12, low=0.012, high=0.035)
    weight = _some(draws, "bubbles", 0.10)[:, :, 0] * draws.uniform("bubbles/weight", 12)
    shine = blobs(y, x, radius, weight, image.shape[-1]).clamp(max=0.85)
    return torch.lerp(image, torch.ones_like(image), shine[:, None])


def _hairs(draws: CaseDraws, image: Tensor, y: Tensor, x: Tensor) -> Tensor:
    """Add curved dark or blond hairs, in about half of the images."""
    hairs = (2 * draws.uniform("hairs/many", 1, 1) - 1).clamp(min=0) ** 2 * 10
    lie = _direction(draws, "hairs/lie")
    thick = draws.uniform("hairs/thick", 1, 1, low=0.007, high=0.020)
    shade = torch.zeros_like(image[:, 0])
    for k in range(9):
        turn = lie + 0.5 * draws.normal(f"hairs/{k}/turn", 1, 1)
        bend = 0.35 * draws.normal(f"hairs/{k}/bend", 1, 1)
        length = draws.uniform(f"hairs/{k}/length", 1, 1, low=0.4, high=1.3)
        dy, dx = (at - draws.uniform(f"hairs/{k}/{n}", 1, 1, low=-1, high=1) for n, at in (("y", y), ("x", x)))
        shade = torch.maximum(shade, arc(dy, dx, turn, bend, length, thick) * (hairs > k))
    dark = _rgb((0.15, 0.09, 0.08), x) * draws.uniform("hairs/tone", 1, 1, 1, low=0.5, high=1.6)
    colour = torch.where(draws.choice("hairs/blond", 0.15, 1, 1, 1), _rgb((0.78, 0.62, 0.45), x), dark)
    return torch.lerp(image, colour.expand_as(image), 0.9 * shade[:, None])


def _ruler(draws: CaseDraws, image: Tensor, y: Tensor, x: Tensor) -> Tensor:
    """Add the millimetre marks of the contact plate along one edge, in a few images."""
    turn = (draws.uniform("ruler/side", 1, 1) * 4).floor() * (math.pi / 2)
    edge = x * torch.cos(turn) + y * torch.sin(turn) - draws.uniform("ruler/edge", 1, 1, low=0.72, high=0.9)
    along = y * torch.cos(turn) - x * torch.sin(turn)
    wave = 2 * math.pi / draws.uniform("ruler/spacing", 1, 1, low=0.14, high=0.22)
    marks = _above(torch.cos(wave * along) - 0.88, 0.05) * _above(edge, 0.01)
    return image * (1 - 0.7 * _some(draws, "ruler", 0.05) * marks)[:, None]


def _photograph(draws: CaseDraws, image: Tensor, y: Tensor, x: Tensor) -> Tensor:
    """Add lighting, the dermatoscope's round field, white balance, focus and sensor noise."""
    shift_y, shift_x = (0.06 * draws.normal(f"field/{axis}", 1, 1) for axis in "yx")
    out = torch.sqrt((y - shift_y) ** 2 + (x - shift_x) ** 2)
    light = 1 - draws.uniform("light/vignette", 1, 1, low=-0.02, high=0.22) * out**2 / 2
    slope = x * draws.normal("light/x", 1, 1) + y * draws.normal("light/y", 1, 1)
    light = light * (1 + 0.06 * slope.clamp(-2, 2))
    edge = draws.uniform("field/radius", 1, 1, low=1.02, high=1.32)
    field = torch.where(draws.choice("field/round", 0.10, 1, 1), _above(edge - out, 0.012), 1.0)
    exposure = torch.exp(0.06 * draws.normal("camera/exposure", 1, 1, 1).clamp(-2, 2) + 0.02)
    balance = torch.exp(0.045 * draws.normal("camera/balance", 3, 1, 1).clamp(-2, 2))
    image = image * exposure * balance * (light * field)[:, None] * 0.97 + 0.02
    near = blur_matrix(y.shape[1], 0.01 * y.shape[1], y.device)
    near = near / near.sum(dim=1, keepdim=True)  # no darkening towards the image's border
    image = torch.lerp(image, near @ image @ near.transpose(0, 1), draws.uniform("camera/focus", 1, 1, 1))
    grain = draws.uniform("camera/grain", y.shape[1], x.shape[2], low=-0.014, high=0.014)
    return (image + grain[:, None]).clamp(0, 1)


GENERATOR = Generator(severity, render)
"""Draws the cases of this modality."""
