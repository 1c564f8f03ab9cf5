"""HopSkipJump (Chen et al. 2020, arXiv 1904.02144): from some image with the wanted decision back to the original.

It sees decisions alone. Each round walks to the decision boundary, estimates its direction there from the decisions on
randomly altered images, takes a step along it, and walks back.

The published algorithm asks about real-valued images, with alterations far below a grey level, which a file cannot
hold. Here files are queried: an iterate is rounded up or down by a fixed random pattern of the image's own, so that
a step of a tenth of a level still moves a tenth of the pixels, and alterations are at least half a level.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Literal

import torch
import torch.nn.functional as F
from pydantic import Field

from threatsim.attacks.base import ImageAttack
from threatsim.attacks.budget import PixelBudget
from threatsim.attacks.goal import SPENT, Goal
from threatsim.attacks.search.batch import AttackedImages, Batch
from threatsim.attacks.search.domain import per_image, shortened
from threatsim.attacks.search.loop import State
from threatsim.attacks.search.queries import Oracle


class HopSkipJump(ImageAttack):
    """HopSkipJump on decisions alone (Chen et al. 2020, arXiv 1904.02144); every query is counted."""

    family: Literal["hopskipjump"] = "hopskipjump"
    access: Literal["queries"] = Field(default="queries", description="The payer's decision on a submitted image.")
    budget: PixelBudget = Field(description="Greatest change of the image that counts as a success.")
    queries: int = Field(default=1000, ge=1, le=1_000_000, description="Queries that an image may cost.")
    initial_evaluations: int = Field(default=50, ge=1, description="Queries of the first gradient estimate.")
    goal: Goal = Field(default=SPENT, description="When it stops.")

    def describe(self) -> str:
        """Return the attack in a line."""
        return f"HopSkipJump, decisions only, {self.queries} queries, epsilon {self.budget.label()}"

    def run(self, batch: Batch) -> AttackedImages:
        """Search in rounds until a file within the budget has the wanted decision, or the queries are spent.

        The first query is the original, and an image that already has the wanted decision is left as it is. Where no
        starting image has the decision, or none of the queried files was within the budget, the original is
        returned: the nearest successful file is no use to an attacker who may not change more. With the goal `never`
        the change is made ever smaller until the queries are spent. A goal's margin is not used, since decisions show
        none.
        """
        search = _Search(self, batch)
        search.begin()
        number = 1
        while len(search.live):
            search.approach()
            if len(search.live):
                search.step(search.direction(number), number)
            number += 1
        none = torch.zeros_like(search.oracle.queries)
        return AttackedImages(search.outcome(), none, none, search.oracle.queries)


_TOGETHER = 8  # alterations of one image that are queried, and summed, together
_NOISE_STARTS = 10
_HALVINGS = 12


class _Search:
    """The live rows of a batch: `x`, an image with the wanted decision, and how it is saved."""

    def __init__(self, spec: HopSkipJump, batch: Batch) -> None:
        self._spec, self._batch = spec, batch
        self.oracle = Oracle(batch, spec.queries)
        self._everyone = self._here = batch.domain(spec.budget)
        n, device = len(batch.images), batch.images.device
        self._original = self._here.file(batch.images)
        self._nearest, self._distance = self._original.clone(), torch.full((n,), torch.inf, device=device)
        self._stops = spec.goal.stop != "never"
        dither = batch.uniform("dither")
        self._state = State(
            {
                "rows": torch.arange(n, device=device),
                "x": batch.images.clone(),
                "dither": torch.where(per_image(self._here.grey), dither[:, :1], dither),
            }
        )

    @property
    def live(self) -> torch.Tensor:
        """(M,) int64, rows of the batch that are still searched for."""
        return self._state.tensors["rows"]

    def outcome(self) -> torch.Tensor:
        """Return (N, 3, H, W) the nearest successful files, where they are within the budget; else the originals."""
        return torch.where(per_image(self._within(self._distance)), self._nearest, self._original)

    def begin(self) -> None:
        """Ask about the original, then about one starting image after the other until one has the decision."""
        self._leave(self._ask(self._original, torch.arange(len(self.live), device=self.live.device)))
        started = torch.zeros(len(self.live), dtype=torch.bool, device=self.live.device)
        for image in self._starts():
            trying = (~started & (self.oracle.left(self.live) > 0)).nonzero().squeeze(1)
            if len(trying) == 0:
                break
            file = self._saved(image[self.live[trying]], trying)
            good = trying[self._ask(file, trying)]
            self._state.tensors["x"][good] = image[self.live[good]]
            started[good] = True
        self._leave(~started)
        self._settle()

    def _starts(self) -> Iterator[torch.Tensor]:
        """Yield (N, 3, H, W): another patient's image, the most typical of the class, noise, plain, the negative."""
        batch, images, grey = self._batch, self._batch.images, self._everyone.grey
        found = [] if batch.other is None else [batch.other]
        if (
            "none" in batch.trained
            and batch.target_decision.kind == "class"
            and int(batch.target_decision.index.max()) < 2
        ):
            typical = F.interpolate(batch.trained["none"].to(images.device), images.shape[2:], mode="bilinear")
            found.append(typical[batch.target_decision.index])
        for image in found:
            yield torch.where(per_image(grey), image.mean(1, keepdim=True), image).clamp(0, 1)
        for number in range(_NOISE_STARTS):
            noise = batch.uniform(f"begin/{number}")
            yield torch.where(per_image(grey), noise[:, :1], noise)
        for level in (0.5, 0.0, 1.0):
            yield torch.full_like(images, level)
        yield 1 - images

    def approach(self) -> None:
        """Walk from `x` toward the original until the decision is about to be lost; no nearer than the budget."""
        here, x = self._here, self._state.x
        if self._stops:
            self._ask(here.file(x), torch.arange(len(self.live), device=x.device))
            self._settle()
            if len(self.live) == 0:
                return
            here, x = self._here, self._state.x
        change = x - here.images
        high = here.distance(x)
        low = torch.full_like(high, here.radius if self._stops else 0.0)
        near = self._fineness(high)[1]
        while len(walking := ((high - low > near) & (self.oracle.left(self.live) > 0)).nonzero().squeeze(1)):
            middle = (low[walking] + high[walking]) / 2
            moved = here.images[walking] + shortened(change[walking], middle, here.norm)
            success = self._ask(self._saved(moved, walking), walking)
            high[walking[success]] = middle[success]
            low[walking[~success]] = middle[~success]
        self._state.tensors["x"] = here.images + shortened(change, high, here.norm)
        self._settle()

    def direction(self, number: int) -> torch.Tensor:
        """Return (M, 3, H, W) the estimated ascent of the margin, from the decisions on random alterations of `x`."""
        x, rows = self._state.x, self.live
        wanted = self.oracle.left(rows).clamp(max=int(self._spec.initial_evaluations * math.sqrt(number)))
        size = self._fineness(self._here.distance(x))[0] * math.sqrt(3)  # of root mean square one, if even
        plain, signed = torch.zeros_like(x), torch.zeros_like(x)
        positive = torch.zeros(len(rows), device=x.device)
        columns = torch.arange(_TOGETHER, device=x.device)
        everyone = torch.arange(len(rows), device=x.device)
        for block in range(-(-int(wanted.max()) // _TOGETHER)):
            for some in torch.split(everyone, max(1, self.oracle.at_once // _TOGETHER)):
                counted = (block * _TOGETHER + columns) < wanted[some][:, None]
                unit = self._batch.uniform(f"direction/{number}/{block}", (_TOGETHER, *x.shape[1:]), rows=rows[some])
                unit = torch.where(self._here.grey[some][:, None, None, None, None], unit[:, :, :1], unit) * 2 - 1
                altered = (x[some][:, None] + size[some][:, None, None, None, None] * unit).clamp(0, 1)
                index = some.repeat_interleave(_TOGETHER)
                files = self._saved(altered.flatten(0, 1), index).reshape(altered.shape)
                which = counted.flatten().nonzero().squeeze(1)
                if len(which) == 0:
                    continue
                sign = torch.zeros(len(index), device=x.device)
                decided = self.oracle.decisions(files.flatten(0, 1)[which], rows[index[which]])
                sign[which] = decided.float() * 2 - 1
                sign = sign.reshape(-1, _TOGETHER)
                change = (files - x[some][:, None]) * counted[..., None, None, None]
                plain[some] += change.sum(1)
                signed[some] += (change * sign[..., None, None, None]).sum(1)
                positive[some] += sign.sum(1)
        mean = positive / wanted.clamp(min=1)
        # Where all decisions are alike there is nothing to compare, and the mean alteration is all that is known.
        return torch.where(per_image(mean.abs() == 1), signed, signed - per_image(mean) * plain)

    def step(self, direction: torch.Tensor, number: int) -> None:
        """Step along the direction, at first by the distance over the root of `number`, halved until it succeeds."""
        here, x = self._here, self._state.x
        ahead = here.steepest(direction)
        length = here.distance(x) / math.sqrt(number)
        pending = torch.arange(len(self.live), device=x.device)
        for _ in range(_HALVINGS):
            pending = pending[self.oracle.left(self.live[pending]) > 0]
            if len(pending) == 0:
                break
            moved = (x[pending] + per_image(length[pending]) * ahead[pending]).clamp(0, 1)
            success = self._ask(self._saved(moved, pending), pending)
            self._state.tensors["x"][pending[success]] = moved[success]
            pending = pending[~success]
            length = length / 2
        self._settle()

    def _fineness(self, distance: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """Return (M,) size of an alteration of a pixel, and how near the boundary an iterate must be to tell anything.

        Both as the paper's grow with the distance, but an alteration of all pixels must show in a file.
        """
        root, level = math.sqrt(self._state.x[0].numel()), 1 / (self._here.levels or math.inf)
        if self._here.norm == "linf":
            near = (distance / (50 * root)).clamp(min=max(level / 64, 1e-6))
            return (root * near).clamp(min=level / 2), near
        size = (distance / (25 * root)).clamp(min=max(level / 2, 1e-6))
        return size, size / 2

    def _saved(self, images: torch.Tensor, index: torch.Tensor) -> torch.Tensor:
        """Save (K, 3, H, W) images as files; `index` (K,) says which live row each belongs to."""
        levels = self._here.levels
        if levels is None:
            return images
        return (images * levels + self._state.tensors["dither"][index]).floor().clamp(0, levels) / levels

    def _ask(self, files: torch.Tensor, index: torch.Tensor) -> torch.Tensor:
        """Query (K,) bool decisions on files of live rows `index` (K,), distinct, and keep the nearest successes."""
        rows = self.live[index]
        success = self.oracle.decisions(files, rows)
        distance = self._here.take(index).distance(files)
        nearer = success & (distance < self._distance[rows])
        self._nearest[rows[nearer]], self._distance[rows[nearer]] = files[nearer], distance[nearer]
        return success

    def _within(self, distance: torch.Tensor) -> torch.Tensor:
        return distance <= self._everyone.radius * (1 + 1e-6) + 1e-7

    def _settle(self) -> None:
        """Let the rows go that have what they want, or no query left."""
        met = self._within(self._distance[self.live]) if self._stops else torch.zeros_like(self.live, dtype=torch.bool)
        self._leave(met | (self.oracle.left(self.live) == 0))

    def _leave(self, done: torch.Tensor) -> None:
        if bool(done.any()):
            keep = (~done).nonzero().squeeze(1)
            self._here = self._here.take(keep)
            self._state.keep(keep)
