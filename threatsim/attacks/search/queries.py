"""The payer's portal: what an attacker without the classifier sees, and what each look costs.

Only files are looked at, as the payer would receive them. Every query is charged to its image, the first one included,
and none beyond its allowance is ever answered.
"""

from __future__ import annotations

from collections.abc import Callable

import torch

from threatsim.attacks.search.batch import Batch
from threatsim.attacks.search.target import LogitsError

_CLOSE = 1e-3
"""Logits, relative to their size, from the boundary within which only the verdict model is believed."""
AT_ONCE = 32
"""Files evaluated at once, or as many as the batch has images if these are more."""


class Oracle:
    """The victim, queried with files.

    Args:
        batch: the images that queries are charged to.
        allowance: queries that each may cost.

    Attributes:
        queries: (N,) int64, what each image has cost so far.
    """

    def __init__(self, batch: Batch, allowance: int) -> None:
        self._batch, self._allowance = batch, allowance
        self.queries = torch.zeros(len(batch.images), dtype=torch.int64, device=batch.images.device)
        self.at_once = max(AT_ONCE, len(batch.images))

    def left(self, rows: torch.Tensor) -> torch.Tensor:
        """Return (M,) int64, queries that these rows of the batch may still make."""
        return self._allowance - self.queries[rows]

    def decisions(self, files: torch.Tensor, rows: torch.Tensor) -> torch.Tensor:
        """Query whether the decision on each file is the wanted one: a query each, by the verdict model.

        Args:
            files: (M, 3, H, W) as saved.
            rows: (M,) int64, which image each is charged to; a row may come more than once.

        Returns:
            (M,) bool.
        """
        self._charge(rows, torch.ones_like(rows))
        return self._batch.target_decision.take(rows).is_success(self._ask(self._batch.victim.verdict, files, rows))

    def margins(self, files: torch.Tensor, rows: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """Query the margin of the wanted decision (M,) on each file, and whether it is reached (M,) bool."""
        self._charge(rows, torch.ones_like(rows))
        return self._scores(files, rows)

    def first_above(
        self, files: torch.Tensor, rows: torch.Tensor, bar: torch.Tensor
    ) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
        """Ask about each row's files one after the other, until a margin is above the row's bar.

        The files are evaluated together, since an evaluation of few costs nearly as much as one of many; but a row
        learns nothing of, and pays nothing for, those after the one that it stops at, or those beyond its allowance.
        Scores come from the folded copy of the victim. The one that is stopped at is the verdict model's own wherever
        it is near the boundary or beyond it, so that a decision never hangs on how the copy rounds.

        Args:
            files: (M, K, 3, H, W) as saved.
            rows: (M,) int64, distinct.
            bar: (M,) margins to exceed.

        Returns:
            index (M,) int64 of the file stopped at, margin (M,) of it, or minus infinity where all stayed at the bar
            or below it, and whether its decision is the wanted one (M,) bool.
        """
        several = files.shape[1]
        spread = rows.repeat_interleave(several)
        logits = self._ask(self._batch.victim.preview, files.flatten(0, 1), spread)
        margin = self._batch.target_decision.take(spread).margin(logits).reshape(-1, several)
        size = logits.abs().amax(1).clamp(min=1).reshape(-1, several)
        left = self.left(rows)
        queried = torch.arange(several, device=rows.device) < left[:, None]
        above = (margin > bar[:, None]) & queried
        hit, index = above.any(1), above.int().argmax(1)
        self._charge(rows, torch.where(hit, index + 1, left.clamp(max=several)))
        at = torch.arange(len(rows), device=rows.device)
        found = torch.where(hit, margin[at, index], -torch.inf)
        success = torch.zeros_like(hit)
        near = (found > -_CLOSE * size[at, index]).nonzero().squeeze(1)
        if len(near):
            found[near], success[near] = self._scores(files[near, index[near]], rows[near])
        return index, torch.where(found > bar, found, -torch.inf), success

    def _scores(self, files: torch.Tensor, rows: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        logits, target_decision = (
            self._ask(self._batch.victim.verdict, files, rows),
            self._batch.target_decision.take(rows),
        )
        return target_decision.margin(logits), target_decision.is_success(logits)

    def _ask(
        self, model: Callable[[torch.Tensor], torch.Tensor], files: torch.Tensor, rows: torch.Tensor
    ) -> torch.Tensor:
        found = []
        for start in range(0, len(files), self.at_once):
            try:
                found.append(model(files[start : start + self.at_once]))
            except LogitsError as error:
                if error.row is not None:
                    error.row = int(rows[start + error.row])
                raise
        return torch.cat(found)

    def _charge(self, rows: torch.Tensor, count: torch.Tensor) -> None:
        charged = self.queries.index_add(0, rows, count)
        if bool((charged > self._allowance).any()):
            raise RuntimeError(f"an attack made more than its {self._allowance} queries an image")
        self.queries = charged
