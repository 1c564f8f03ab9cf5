"""Square attack (Andriushchenko et al. 2020, arXiv 1912.00049): random search over squares, on scores alone.

Every pixel stays at one end of its range. A query moves one square of the image to other ends, and is kept if the score
is better. Three things differ from the published code. Each image has squares of its own, so that its outcome does not
depend on its company. Squares reach the last row and column, which `randint(0, height - size)` leaves out. And the
colour of a square is drawn among those that change its centre, since a square that changes nothing wastes its query.
"""

from __future__ import annotations

from typing import Literal

import torch
from pydantic import Field

from threatsim.attacks.base import ImageAttack
from threatsim.attacks.budget import PixelBudget
from threatsim.attacks.goal import SPENT, Goal
from threatsim.attacks.search.batch import AttackedImages, Batch
from threatsim.attacks.search.domain import per_image
from threatsim.attacks.search.loop import State
from threatsim.attacks.search.queries import AT_ONCE, Oracle
from threatsim.common.errors import ThreatsimError


class Square(ImageAttack):
    """Square attack on scores (Andriushchenko et al. 2020, arXiv 1912.00049); every query is counted."""

    family: Literal["square"] = "square"
    access: Literal["queries"] = Field(default="queries", description="The payer's score for a submitted image.")
    budget: PixelBudget = Field(description="Greatest change of a pixel.")
    queries: int = Field(default=1000, ge=1, le=1_000_000, description="Queries that an image may cost.")
    initial_share: float = Field(
        default=0.8, gt=0, le=1, description="Share of the image that the first square covers."
    )
    goal: Goal = Field(default=SPENT, description="When it stops.")

    def describe(self) -> str:
        """Return the attack in a line."""
        return f"Square, scores only, {self.queries} queries, epsilon {self.budget.label()}"

    def run(self, batch: Batch) -> AttackedImages:
        """Search until the payer's decision is the wanted one, or the queries are spent; then the file of best score.

        The first query is the original, and an image that already has the wanted decision is left as it is. The second
        is the paper's start, vertical stripes.

        Raises:
            ThreatsimError: the norm is not L-infinity.
        """
        if self.budget.norm != "linf":
            raise ThreatsimError("Square has an L-infinity budget here; choose norm linf")
        search = _Search(self, batch)
        while len(search.live):
            search.ask()
        none = torch.zeros_like(search.oracle.queries)
        return AttackedImages(search.files, none, none, search.oracle.queries)


_HALVINGS = (10, 50, 200, 500, 1000, 2000, 4000, 6000, 8000)
"""Queries of 10 000 after which the share of the image that a square covers is halved (section 4 of the paper)."""
_FIRST = 2  # queries before the first square
_BLOCK = 1024  # queries that random numbers are drawn for at a time
_AHEAD = 8  # most squares of one image that are evaluated together


def sides(spec: Square, height: int, width: int) -> torch.Tensor:
    """Return (Q,) int64, the side of the square that each of the Q queries moves, in pixels."""
    position = (torch.arange(spec.queries, dtype=torch.float64) - _FIRST).clamp(min=0) / spec.queries * 10_000
    halvings = torch.bucketize(position.floor(), torch.tensor(_HALVINGS, dtype=torch.float64))
    side = (spec.initial_share * 0.5**halvings * height * width).sqrt().round().long()
    return side.clamp(min=1, max=min(height, width))


class _Search:
    """The live rows of a batch and where each has come to."""

    def __init__(self, spec: Square, batch: Batch) -> None:
        n, channels, height, width = batch.images.shape
        device = batch.images.device
        self._spec, self._batch, self._shape = spec, batch, (channels, height, width)
        self.oracle = Oracle(batch, spec.queries)
        domain = batch.domain(spec.budget)
        self.files = domain.file(batch.images)
        self._sides = sides(spec, height, width).to(device)
        self._units = torch.empty(n, 0, 3, device=device)
        stripes = batch.uniform("stripes", (channels, 1, width))
        stripes = torch.where(per_image(domain.grey), stripes[:, :1], stripes)
        low, high = domain.file(domain.low), domain.file(domain.high)
        self._state = State(
            {
                "rows": torch.arange(n, device=device),
                "x": torch.where(stripes < 0.5, low, high),
                "margin": torch.full((n,), -torch.inf, device=device),
                "low": low,
                "high": high,
                "grey": domain.grey,
            }
        )
        margin, success = self.oracle.margins(self.files, self.live)
        self._leave(self._met(margin, success) | (self.oracle.left(self.live) == 0))
        if len(self.live):
            margin, success = self.oracle.margins(self._state.x, self.live)
            self._state.tensors["margin"] = margin
            self._settle(self._met(margin, success))

    @property
    def live(self) -> torch.Tensor:
        """(M,) int64, rows of the batch that are still searched for."""
        return self._state.tensors["rows"]

    def ask(self) -> None:
        """Query a square for each live row, or several in turn until one is an improvement."""
        tensors = self._state.tensors
        several = min(_AHEAD, max(1, AT_ONCE // len(self.live)))
        files = self._proposals(several)
        index, margin, success = self.oracle.first_above(files, self.live, tensors["margin"])
        better = torch.isfinite(margin).nonzero().squeeze(1)
        tensors["x"][better] = files[better, index[better]]
        tensors["margin"][better] = margin[better]
        self._settle(self._met(margin, success))

    def _proposals(self, several: int) -> torch.Tensor:
        """Return (M, several, C, H, W) the next files of every live row, should none of them be an improvement."""
        tensors, (_, height, width) = self._state.tensors, self._shape
        device = self.live.device
        number = self.oracle.queries[self.live][:, None] + torch.arange(several, device=device)
        number = number.clamp(max=self._spec.queries - 1)
        unit, side = self._drawn(number), self._sides[number]
        top = (unit[..., 0] * (height - side + 1)).long().minimum(height - side)
        left = (unit[..., 1] * (width - side + 1)).long().minimum(width - side)
        bits = self._colours(top + side // 2, left + side // 2, unit[..., 2])
        row, column = torch.arange(height, device=device), torch.arange(width, device=device)
        tall = (row >= top[..., None]) & (row < (top + side)[..., None])
        wide = (column >= left[..., None]) & (column < (left + side)[..., None])
        inside = (tall[..., :, None] & wide[..., None, :])[:, :, None]
        end = torch.where(bits[..., None, None], tensors["high"][:, None], tensors["low"][:, None])
        return torch.where(inside, end, tensors["x"][:, None])

    def _colours(self, row: torch.Tensor, column: torch.Tensor, unit: torch.Tensor) -> torch.Tensor:
        """Draw (M, several, C) bool: the end of each channel's range, other than what the centre (row, column) has."""
        tensors, channels = self._state.tensors, self._shape[0]
        at = torch.arange(len(self.live), device=row.device)[:, None]
        now = tensors["x"][at, :, row, column] == tensors["high"][at, :, row, column]
        weights = 2 ** torch.arange(channels, device=row.device)
        code, codes = (now * weights).sum(-1), 2**channels
        other = (code + 1 + (unit * (codes - 1)).long().clamp(max=codes - 2)) % codes
        chosen = torch.where(tensors["grey"][:, None], codes - 1 - code, other)
        return (chosen[..., None] & weights) > 0

    def _drawn(self, number: torch.Tensor) -> torch.Tensor:
        """Draw (M, several, 3) random numbers for these queries."""
        while self._units.shape[1] <= int(number.max()):
            block = self._batch.uniform(f"squares/{self._units.shape[1] // _BLOCK}", (_BLOCK, 3))
            self._units = torch.cat([self._units, block], 1)
        return self._units[self.live[:, None], number]

    def _met(self, margin: torch.Tensor, success: torch.Tensor) -> torch.Tensor:
        if self._spec.goal.stop == "never":
            return torch.zeros_like(success)
        return success & ((margin > self._spec.goal.margin) | (self._spec.goal.margin == 0))

    def _settle(self, met: torch.Tensor) -> None:
        """Let the rows go that have what they want, or no query left; their best file is what they send."""
        done = met | (self.oracle.left(self.live) == 0)
        self.files[self.live[done]] = self._state.x[done]
        self._leave(done)

    def _leave(self, done: torch.Tensor) -> None:
        if bool(done.any()):
            self._state.keep((~done).nonzero().squeeze(1))
