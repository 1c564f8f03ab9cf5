"""What payers announce of their controls on images: providers believe it from their first decision."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from threatsim.market.payers.payer_agent import PayerAgent
from threatsim.market.providers.table import ProviderTable

Shares = NDArray[np.float64]


def announce(payers: Sequence[PayerAgent], table: ProviderTable) -> None:
    """Have providers believe what announced controls do to false claims, tactic by tactic, as it was measured.

    Args:
        payers: all payers of the market.
        table: the providers, whose prior beliefs are changed in place.
    """
    effects = [effect_of_announced(payer) for payer in payers]
    if len(table.beliefs) == 1:  # of all payers together: by their shares of the claims
        weights = np.array([float(payer.spec.share) for payer in payers])
        recognised, let_through = (sum_by_payer(weights, column) for column in zip(*effects, strict=True))
        effects = [(recognised, let_through)]
    for belief, (recognised, let_through) in zip(table.beliefs, effects, strict=True):
        belief.announce(recognised[table.modality], let_through[table.modality])


def sum_by_payer(weights: Shares, columns: Sequence[Shares]) -> Shares:
    """Return the sum of columns, one for each payer, by their weights (payers,)."""
    return np.asarray(sum(weight * column for weight, column in zip(weights, columns, strict=True)))


def effect_of_announced(payer: PayerAgent) -> tuple[Shares, Shares]:
    """Return (modalities, T) the share of false claims that announced controls of a payer recognise, and let through.

    A reader who is shown a match recognises another patient's picture with the share that the control says; other
    pictures that a control holds are read, and turned down with the readers' specificity. Controls are taken to fail
    independently of one another.
    """
    readers, kinds = payer.spec.readers, payer.kinds
    shape = payer.picture_controls.shape
    unseen, let_through = np.ones(shape), np.ones(shape)
    if payer.signed:
        altered = kinds.alters_file[:-1]
        unseen[:, altered] = let_through[:, altered] = 0
    for control, alarm in payer.picture_controls.announced():
        substituted = kinds.substituted[:-1]
        if control.on_hit == "deny":
            recognised, denied = alarm, np.zeros(shape)
        elif control.on_hit == "pend":
            recognised = alarm * substituted * control.recognised_share
            confirmed = np.where(substituted, float(readers.sensitivity), 1 - float(readers.specificity))
            denied = (alarm - recognised) * (1 - confirmed)
        else:
            continue
        unseen *= 1 - recognised
        let_through *= 1 - recognised - denied
    return 1 - unseen, let_through
