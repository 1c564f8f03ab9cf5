"""What a provider can choose: honest billing, or a tactic, a share of the eligible cases, and whom to bill falsely."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from threatsim.market.conventions import ALL_PAYERS, HONEST
from threatsim.scenario.schema import Conduct, Scenario

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Choice:
    """What each provider decided: (P,) tactic, `HONEST` if none, share of eligible cases, and target."""

    tactic: NDArray[np.int8]
    share: NDArray[np.float32]
    target: NDArray[np.int8]


def shares_to_choose(conduct: Conduct) -> Floats:
    """Return (S,) the shares above zero; honesty can always be chosen and need not be listed."""
    return np.array([share for share in conduct.shares if share > 0], dtype=np.float64)


def targets(scenario: Scenario) -> Floats:
    """Return (B, G): of each of B payers with beliefs of their own, the share of claims that each of G targets has.

    The targets are every payer alone and then all of them; or all of them only, with beliefs that they share.
    """
    if not scenario.conduct.choose_payer or len(scenario.payers) == 1:
        return np.ones((1, 1))
    shares = np.array([float(payer.share) for payer in scenario.payers])
    return np.concatenate([np.diag(shares), shares[:, None]], axis=1)


def with_honesty(utility: Floats) -> Floats:
    """Return (N, 1 + T x G x S) the options in a row, honest billing and its utility of 0 first."""
    providers = utility.shape[0]
    return np.concatenate([np.zeros((providers, 1)), utility.reshape(providers, -1)], axis=1)


def column_of(target: NDArray[np.int8], width: int) -> NDArray[np.int64]:
    """Return the column (N,) of each target (N,) among `width`, of which the last is that of all payers."""
    return np.where(target == ALL_PAYERS, width - 1, target).astype(np.int64)


def choice_of(conduct: Conduct, option: NDArray[np.int64], width: int) -> Choice:
    """Return what the columns (N,) of `with_honesty` stand for."""
    shares = shares_to_choose(conduct)
    cheats = option > 0
    column, share = np.divmod(option - 1, shares.size)
    tactic, target = np.divmod(column, width)
    return Choice(
        tactic=np.where(cheats, tactic, HONEST).astype(np.int8),
        share=np.where(cheats, shares[share], 0.0).astype(np.float32),
        target=np.where(cheats & (target < width - 1), target, ALL_PAYERS).astype(np.int8),
    )
