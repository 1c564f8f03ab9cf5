"""Drawing on batches: coordinates, soft edges, smooth noise, blobs and strokes.

Everything is vectorised over cases, in coordinates from -1 (left, top) to 1, so that one drawing serves any
image size. Shapes: N cases, images (N, 3, size, size), masks (N, size, size).
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
import torch.nn.functional as F

from threatsim.cases.synthetic.case_draws import CaseDraws


def grid(size: int, device: torch.device) -> tuple[torch.Tensor, torch.Tensor]:
    """Return pixel-centre coordinates (y, x), each (1, size, size), in [-1, 1]."""
    centres = (torch.arange(size, device=device, dtype=torch.float32) * 2 + 1) / size - 1
    y, x = torch.meshgrid(centres, centres, indexing="ij")
    return y[None], x[None]


def inside(signed_distance: torch.Tensor, size: int, *, softness: float = 1.0) -> torch.Tensor:
    """Return a mask (N, H, W) with soft edges, `softness` pixels wide: 1 where `signed_distance` (N, H, W) < 0."""
    return torch.sigmoid(-signed_distance * size / (softness * 0.5 * 2))


def noise_at(
    draws: CaseDraws, name: str, y: torch.Tensor, x: torch.Tensor, *, cells: int, octaves: int = 1
) -> torch.Tensor:
    """Draw (N, H, W) smooth noise of about unit variance, read at coordinates `y`, `x` (1 or N, H, W) in [-1, 1].

    `cells` bumps span -1 to 1 (it goes on mirrored outside), the same ones at any image size; each further
    octave has twice the cells and half the amplitude. Coordinates turned or bent per case hide the lattice.

    Args:
        draws: the cases' random numbers.
        name: of the numbers drawn.
        y, x: (1 or N, H, W) float32, where the noise is read.
        cells: bumps from -1 to 1.
        octaves: how many scales are added up.
    """
    places = torch.stack((x + torch.zeros_like(y), y + torch.zeros_like(x)), dim=-1).expand(len(draws), -1, -1, -1)
    total = torch.zeros(places.shape[:3], device=draws.device)
    for octave in range(octaves):
        side = cells * 2**octave + 1
        lattice = draws.normal(f"{name}/{octave}", 1, side, side)
        bumps = F.grid_sample(lattice, places, mode="bicubic", padding_mode="reflection", align_corners=True)
        total = total + bumps[:, 0] * 0.5**octave
    power: float = sum(0.25**octave for octave in range(octaves))
    return total / (0.84 * math.sqrt(power))  # 0.84: what bicubic interpolation leaves of the lattice's deviation


def mesh_noise(
    draws: CaseDraws,
    name: str,
    y: torch.Tensor,
    x: torch.Tensor,
    *,
    cells: int,
    octaves: int = 1,
    reach: float = 1.0,
) -> torch.Tensor:
    """Draw (N, H, W) smooth noise of about unit variance on the mesh of rows `y` (1 or N, H) and columns `x`.

    Gaussian bumps of random height, `cells` of them from -1 to 1, over [-reach, reach] in both directions and
    nothing beyond; each further octave has twice the cells and half the amplitude. Several times cheaper than
    `noise_at`, for coordinates that are only shifted and scaled.

    Args:
        draws: the cases' random numbers.
        name: of the numbers drawn.
        y: (1 or N, H) float32, the rows.
        x: (1 or N, W) float32, the columns.
        cells: bumps from -1 to 1.
        octaves: how many scales are added up.
        reach: where the bumps end.
    """
    total = torch.zeros((), device=draws.device)
    for octave in range(octaves):
        half = math.ceil(reach * cells * 2**octave / 2) + 1
        nodes = torch.arange(-half, half + 1, device=draws.device) * (2 / (cells * 2**octave))
        spread = 0.6 * 2 / (cells * 2**octave)
        along_y, along_x = (torch.exp(-0.5 * ((at[:, :, None] - nodes) / spread) ** 2) for at in (y, x))
        heights = draws.normal(f"{name}/{octave}", 2 * half + 1, 2 * half + 1)
        total = total + 0.5**octave * (along_y @ heights @ along_x.transpose(1, 2))
    power: float = sum(0.25**octave for octave in range(octaves))
    return total / (0.6 * math.sqrt(math.pi * power))


def blur(images: torch.Tensor, sigma: float) -> torch.Tensor:
    """Blur (N, C, H, W) by a Gaussian of `sigma` pixels, reflecting at the border."""
    radius = max(1, round(3 * sigma))
    offsets = torch.arange(-radius, radius + 1, device=images.device, dtype=images.dtype)
    kernel = torch.exp(-0.5 * (offsets / sigma) ** 2)
    kernel = kernel / kernel.sum()
    channels = images.shape[1]
    padded = F.pad(images, (radius, radius, radius, radius), mode="reflect")
    rows = F.conv2d(padded, kernel.view(1, 1, 1, -1).expand(channels, 1, 1, -1), groups=channels)
    return F.conv2d(rows, kernel.view(1, 1, -1, 1).expand(channels, 1, -1, 1), groups=channels)


def blobs(
    centre_y: torch.Tensor, centre_x: torch.Tensor, radius: torch.Tensor, weight: torch.Tensor, size: int
) -> torch.Tensor:
    """Sum K round Gaussian blobs as (N, size, size); each argument is (N, K). Radius is the blob's sigma.

    Args:
        centre_y, centre_x: (N, K) float32 in [-1, 1].
        radius: (N, K) sigma of each blob, on the same scale.
        weight: (N, K) height of each blob.
        size: width and height in pixels.
    """
    y, x = grid(size, centre_y.device)
    along_y = torch.exp(-0.5 * ((y[:, :, :1] - centre_y[:, None, :]) / radius[:, None, :]) ** 2)
    along_x = torch.exp(-0.5 * ((x[:, :1, :].transpose(1, 2) - centre_x[:, None, :]) / radius[:, None, :]) ** 2)
    return torch.einsum("nyk,nxk->nyx", along_y * weight[:, None, :], along_x)


def arc(
    y: torch.Tensor, x: torch.Tensor, turn: torch.Tensor, bend: torch.Tensor, half_length: torch.Tensor,
    half_width: torch.Tensor,
) -> torch.Tensor:  # fmt: skip
    """Draw (N, H, W) cover of a parabolic stroke that tapers to both ends, as of a hair.

    `y`, `x` (1 or N, H, W) are coordinates from the stroke's middle, where it runs in direction `turn`
    (radians) and curves by `bend`; the others are (N, 1, 1). A stroke thinner than a pixel is drawn fainter.

    Args:
        y, x: (1 or N, H, W) coordinates from the stroke's middle.
        turn: (N, 1, 1) radians.
        bend: (N, 1, 1) curvature.
        half_length, half_width: (N, 1, 1) on the scale of the coordinates.
    """
    pixel = 2 / x.shape[-1]
    along = x * torch.cos(turn) + y * torch.sin(turn)
    across = y * torch.cos(turn) - x * torch.sin(turn) - bend * along**2
    distance = across.abs() / torch.sqrt(1 + (2 * bend * along) ** 2)
    width = half_width * (1 - (along / half_length) ** 2).clamp(min=0)
    return ((width - distance) / pixel + 0.5).clamp(0, 1) * (width / pixel).clamp(max=1)


def paint(images: torch.Tensor, mask: torch.Tensor, colour: torch.Tensor) -> torch.Tensor:
    """Blend `colour` (N or 1, 3) into (N, 3, H, W) images where `mask` (N, H, W) is 1."""
    return torch.lerp(images, colour[:, :, None, None].expand_as(images), mask[:, None])


def spots(y: torch.Tensor, x: torch.Tensor, height: torch.Tensor, radius: torch.Tensor) -> torch.Tensor:
    """Return (4, N, K) Gaussian spots for `splat`: centre, peak height, sigma; the arguments broadcast.

    Args:
        y, x: centres in [-1, 1].
        height: at the centre.
        radius: sigma of each spot.
    """
    whole = y + x + height + radius
    return torch.stack([values.expand_as(whole) for values in (y, x, height, radius)]).flatten(2)


def splat(spots: torch.Tensor, size: int, *, widest: float) -> torch.Tensor:
    """Sum small Gaussian spots (4, N, K) as (N, size, size); K may be thousands.

    A spot narrower than a pixel keeps its volume, as in an image made by a real sensor. Spots are gathered into
    a few levels of growing blur, so the cost does not depend on the radius; one wider than `widest` is drawn at
    about that sigma.
    """
    y, x, height, radius = spots
    half = size / 2
    levels = 1 + max(1, math.ceil(math.log(widest * size, 1.7)))
    sigmas = [0.5 * 1.7**level for level in range(levels)]
    radius = radius * half
    place = (torch.log(radius.clamp(min=1e-6) / 0.5) / math.log(1.7)).clamp(0, levels - 1)
    low = place.floor().clamp(max=levels - 2)
    high_share = place - low
    volume = height * radius.clamp(max=sigmas[-1]) ** 2 * (2 * math.pi)
    low_volume, high_volume = volume * (1 - high_share), volume * high_share
    layers = torch.zeros(y.shape[0], levels * size * size, device=y.device)
    base = low.long() * size * size
    columns = _spline(x, size)
    for row, share_y in _spline(y, size):
        for column, share_x in columns:
            index, share = base + (row * size + column), share_y * share_x
            layers.scatter_add_(1, index, low_volume * share)
            layers.scatter_add_(1, index + size * size, high_volume * share)
    stack = layers.view(-1, levels, size, size)
    total = stack[:, 0]
    for level in range(1, levels):
        extra = math.sqrt(sigmas[level] ** 2 - 0.25)  # the spline itself has a sigma of half a pixel
        spread = blur_matrix(size, extra, y.device)
        total = total + spread @ stack[:, level] @ spread
    return total


@dataclass(frozen=True)
class Strokes:
    """Curved lines as polylines: (N, K, M) places and headings (radians), (N, K, 1) length and sigma.

    A heading of 0 runs to the left and a quarter turn runs up.
    """

    y: torch.Tensor
    x: torch.Tensor
    heading: torch.Tensor
    length: torch.Tensor
    sigma: torch.Tensor

    def spots(self, height: torch.Tensor, *, taper: float) -> torch.Tensor:
        """Return (4, N, K * M) spots that together draw each line `height` deep, thinner by `taper` at its end."""
        radius = self.sigma * (1 - taper * torch.linspace(0, 1, self.y.shape[2], device=self.y.device))
        spacing = self.length / self.y.shape[2]
        return spots(self.y, self.x, height * spacing / (radius * math.sqrt(2 * math.pi)), radius)


def grow_strokes(
    draws: CaseDraws,
    name: str,
    start: tuple[torch.Tensor, torch.Tensor],
    heading: torch.Tensor,
    size: tuple[torch.Tensor, torch.Tensor],
    *,
    waviness: tuple[float, float],
) -> Strokes:
    """Follow `heading` (N, K, M) from `start` (y and x) for `size` (length and sigma), (N, K, 1) each.

    The heading sways by some radians in the range `waviness`: how much is drawn per case, how per line.

    Args:
        draws: the cases' random numbers.
        name: of the numbers drawn.
        start: (N, K, 1) each, y and x of every line's beginning.
        heading: (N, K, M) radians, at each of the M points of a line.
        size: (N, K, 1) each, length and sigma of every line.
        waviness: range of the sway in radians.
    """
    _, k, m = heading.shape
    length, sigma = size
    sways = draws.uniform("waviness", 1, 1, low=waviness[0], high=waviness[1])
    t = torch.linspace(0, 1, m, device=draws.device)
    for turns in (4.0, 9.0, 17.0):
        phase = draws.uniform(f"{name}/phase {turns}", k, 1, high=2 * math.pi)
        sway = draws.normal(f"{name}/sway {turns}", k, 1) * torch.sin(turns * length * t + phase)
        heading = heading + sways * sway
    y = start[0] - torch.cumsum(torch.sin(heading) * length / m, 2)
    x = start[1] - torch.cumsum(torch.cos(heading) * length / m, 2)
    return Strokes(y, x, heading, length, sigma)


def blur_matrix(size: int, sigma: float, device: torch.device) -> torch.Tensor:
    """Return G (H, H) such that G @ image @ G is the Gaussian blur by `sigma` pixels, black beyond the border.

    On one CPU thread a matrix product is several times faster than a convolution of so few channels.
    """
    centres = torch.arange(size, device=device, dtype=torch.float32)
    matrix = torch.exp(-0.5 * ((centres[:, None] - centres[None]) / sigma) ** 2)
    return matrix / (sigma * math.sqrt(2 * math.pi))


def _spline(at: torch.Tensor, size: int) -> list[tuple[torch.Tensor, torch.Tensor]]:
    """Return the three pixels nearest to coordinates `at` and each one's quadratic B-spline share, 0 outside."""
    place = (at + 1) * size / 2 - 0.5
    middle = place.round()
    offset = place - middle
    shares = 0.5 * (0.5 - offset) ** 2, 0.75 - offset**2, 0.5 * (0.5 + offset) ** 2
    near = []
    for step, share in zip((-1, 0, 1), shares, strict=True):
        pixel = middle + step
        seen = (pixel >= 0) & (pixel < size)
        near.append((pixel.clamp(0, size - 1).long(), share * seen))
    return near


def deposit(y: torch.Tensor, x: torch.Tensor, mass: torch.Tensor, size: int) -> torch.Tensor:
    """Share K point masses among their four nearest pixels: (N, size, size); each argument is (N, K).

    Args:
        y, x: (N, K) float32 in [-1, 1].
        mass: (N, K) what each point adds.
        size: width and height in pixels.
    """
    row, column = (y + 1) * size / 2 - 0.5, (x + 1) * size / 2 - 0.5
    top, left = row.floor(), column.floor()
    image = torch.zeros(len(y), size * size, device=y.device)
    for r, share_y in ((top, 1 - (row - top)), (top + 1, row - top)):
        for c, share_x in ((left, 1 - (column - left)), (left + 1, column - left)):
            within = (r >= 0) & (r < size) & (c >= 0) & (c < size)
            index = (r * size + c).long().clamp(0, size * size - 1)
            image.scatter_add_(1, index, mass * share_y * share_x * within)
    return image.view(-1, size, size)


def ridge(distance: torch.Tensor, width: float, size: int) -> torch.Tensor:
    """Draw a Gaussian line where `distance` (N, H, W) is 0; one thinner than a pixel is drawn wider and paler."""
    sigma = max(width, 1.1 / size)
    height = math.sqrt(width / sigma)
    return torch.mul(torch.exp(-0.5 * (distance / sigma) ** 2), height)


def super_ellipse(
    x: torch.Tensor, y: torch.Tensor, axes: tuple[torch.Tensor, ...], power: torch.Tensor
) -> tuple[torch.Tensor, torch.Tensor]:
    """Return the distance to a super-ellipse with semi-axes toward x > 0, x < 0, y < 0 and y > 0, and its fullness.

    Fullness is the thickness of the body with this outline: 1 in the middle, 0 from the edge outwards.

    Args:
        x, y: (N, H, W) coordinates from the centre.
        axes: (N, 1, 1) each, the four semi-axes.
        power: (N, 1, 1), 2 for an ellipse; the greater, the squarer.
    """
    ahead, behind, above, beneath = axes
    wide, tall = x.abs() + 1e-4, y.abs() + 1e-4
    across = (wide / torch.where(x > 0, ahead, behind)) ** power
    along = (tall / torch.where(y < 0, above, beneath)) ** power
    level = (across + along) ** (1 / power)
    slope = level / (across + along) * torch.hypot(across / wide, along / tall)
    return (level - 1) / slope, (1 - across - along).clamp(min=0).sqrt()


def stamp(
    patterns: torch.Tensor, y: torch.Tensor, x: torch.Tensor, half_height: torch.Tensor, size: int
) -> torch.Tensor:
    """Centre each case's pattern (N, H, W) at (y, x): (N, size, size), else 0; scalars are (N, 1, 1).

    Args:
        patterns: (N, H, W) float32.
        y, x: (N, 1, 1) centre in [-1, 1].
        half_height: (N, 1, 1) on the same scale; the width follows from the pattern's.
        size: width and height in pixels.
    """
    down, right = grid(size, patterns.device)
    half_width = half_height * (patterns.shape[2] / patterns.shape[1])
    place = torch.stack(((right - x) / half_width, (down - y) / half_height), dim=-1)
    return F.grid_sample(patterns[:, None], place, align_corners=False)[:, 0]
