"""Where an attacked image may lie: within the budget, within the pixel range, and in the end on the file's grid."""

from __future__ import annotations

from dataclasses import dataclass

import torch

from threatsim.attacks.budget import PixelBudget


def quantise(images: torch.Tensor, levels: int) -> torch.Tensor:
    """Round images (N, 3, H, W) in [0, 1] as a file of `levels` + 1 grey levels keeps them."""
    return (images.clamp(0, 1) * levels).round() / levels


@dataclass(frozen=True)
class Domain:
    """The images that an attacker may send, for a batch.

    Attributes:
        images: (N, C, H, W) originals in [0, 1].
        low, high: (N, C, H, W) bounds of every pixel.
        radius: of the ball, on [0, 1].
        norm: of the ball.
        levels: grid of the file, or None.
        grey: (N,) bool, images whose channels are equal: a grey film stays grey.
    """

    images: torch.Tensor
    low: torch.Tensor
    high: torch.Tensor
    radius: float
    norm: str
    levels: int | None
    grey: torch.Tensor

    @classmethod
    def of(cls, images: torch.Tensor, budget: PixelBudget) -> Domain:
        """Return the domain of a budget around images (N, 3, H, W) float32 in [0, 1]."""
        radius, whole = budget.radius, budget.whole_levels
        if budget.norm == "l2":
            low, high = torch.zeros_like(images), torch.ones_like(images)
        elif whole is not None and budget.levels is not None and _on_grid(images, budget.levels):
            radius, pixels = whole / budget.levels, (images * budget.levels).round()
            low, high = (pixels - whole).clamp_(min=0) / budget.levels, (pixels + whole) / budget.levels
            high = high.clamp_(max=1)
        else:
            low, high = (images - radius).clamp_(min=0), (images + radius).clamp_(max=1)
        grey = (images == images[:, :1]).flatten(1).all(1) & (images.shape[1] > 1)
        return cls(images, low, high, radius, budget.norm, budget.levels, grey)

    def __len__(self) -> int:
        return len(self.images)

    def take(self, rows: torch.Tensor) -> Domain:
        """Return the domain of some rows (M,) int64."""
        return Domain(
            self.images[rows],
            self.low[rows],
            self.high[rows],
            self.radius,
            self.norm,
            self.levels,
            self.grey[rows],
        )

    def project(self, moved: torch.Tensor) -> torch.Tensor:
        """Project (N, 3, H, W) moved images onto the nearest point of ball and pixel range.

        For L2 first of the ball, then of the range, which stays in the ball.
        """
        if self.norm == "linf":
            return torch.clamp(moved, self.low, self.high)
        change = moved - self.images
        length = per_image(change.flatten(1).norm(dim=1))
        return torch.clamp(self.images + change * (self.radius / length.clamp(min=1e-12)).clamp(max=1), 0, 1)

    def start(self, unit: torch.Tensor) -> torch.Tensor:
        """Return a random point of the domain from (N, C, H, W) numbers in [0, 1)."""
        spread = self.shared(unit * 2 - 1)
        if self.norm == "l2":
            spread = spread / per_image(spread.flatten(1).norm(dim=1).clamp(min=1e-12))
        return self.project(self.images + self.radius * spread)

    def shared(self, change: torch.Tensor) -> torch.Tensor:
        """Return a change (N, 3, H, W) in which grey images change all their channels alike."""
        if not bool(self.grey.any()):
            return change
        return torch.where(per_image(self.grey), change.mean(1, keepdim=True).expand_as(change), change)

    def steepest(self, gradient: torch.Tensor) -> torch.Tensor:
        """Return the direction of steepest ascent (N, 3, H, W), of unit length in the norm: sign or normed gradient."""
        gradient = self.shared(gradient)
        if self.norm == "linf":
            return gradient.sign()
        return gradient / per_image(gradient.flatten(1).norm(dim=1).clamp(min=1e-12))

    def slope(self, gradient: torch.Tensor) -> torch.Tensor:
        """Return (N,) how fast a loss rises along the direction of steepest ascent: the dual norm of its gradient."""
        gradient = self.shared(gradient)
        return total(gradient) if self.norm == "linf" else gradient.flatten(1).norm(dim=1)

    def file(self, moved: torch.Tensor) -> torch.Tensor:
        """Save moved images (N, 3, H, W): on the grid, and still within the budget."""
        inside = self.project(moved)
        if self.levels is None:
            return inside
        saved = quantise(inside, self.levels)
        if self.norm == "linf":
            return torch.where(_within(saved, self.low, self.high), saved, quantise(self.images, self.levels))
        nearest = (saved - self.images).flatten(1).norm(dim=1) <= self.radius * (1 + 1e-6)
        change = (inside - self.images) * self.levels
        cut = quantise(self.images + change.trunc() / self.levels, self.levels)  # towards the original: never longer
        return torch.where(per_image(nearest), saved, cut)

    def distance(self, moved: torch.Tensor) -> torch.Tensor:
        """Return (N,) distances from the originals in the norm, on [0, 1]."""
        change = (moved - self.images).flatten(1)
        return change.abs().amax(1) if self.norm == "linf" else change.norm(dim=1)


def per_image(values: torch.Tensor) -> torch.Tensor:
    """Shape (N,) values to broadcast over (N, C, H, W)."""
    return values[:, None, None, None]


def total(change: torch.Tensor) -> torch.Tensor:
    """Sum the absolute values of (N, C, H, W), row of pixels by row, in one order whatever the layout: (N,).

    torch splits the sum over one long row among threads, but not over several, and the two round differently.
    """
    rows = change.abs().contiguous(memory_format=torch.channels_last).permute(0, 2, 3, 1).flatten(2)
    return rows.sum(2).sum(1)


def shortened(change: torch.Tensor, radius: torch.Tensor, norm: str) -> torch.Tensor:
    """Shorten changes (N, C, H, W) to (N,) radii: each pixel cut off in L-infinity, all scaled alike in L2."""
    if norm == "linf":
        return torch.clamp(change, -per_image(radius), per_image(radius))
    length = change.flatten(1).norm(dim=1).clamp(min=1e-12)
    return change * per_image((radius / length).clamp(max=1))


def _on_grid(images: torch.Tensor, levels: int) -> bool:
    return bool(torch.equal(quantise(images, levels), images))


def _within(saved: torch.Tensor, low: torch.Tensor, high: torch.Tensor) -> torch.Tensor:
    """Keep to where rounding stays inside; images that are not on the grid may have no grid point in a small ball."""
    return (saved >= low - 1e-7) & (saved <= high + 1e-7)
