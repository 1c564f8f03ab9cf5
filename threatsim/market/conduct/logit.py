"""Logit choice: better options more often, by as much as they are better."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from threatsim.common.arithmetic.portable import log
from threatsim.market.conduct.best_response import BestResponse
from threatsim.market.conduct.rule import Chosen, Utility
from threatsim.market.providers.options import with_honesty


class Logit(BestResponse):
    """An option is taken with a chance proportional to exp(precision x utility / 1,000 USD), by Gumbel noise.

    Args:
        conduct: has the precision.
    """

    _providers = 0

    def enter(self, rows: NDArray[np.int64], utility: Utility) -> None:
        """Count the providers: numbers are drawn for all of them, whoever decides."""
        self._providers = max(self._providers, int(rows.max(initial=-1)) + 1)

    def choose(self, rows: NDArray[np.int64], utility: Utility, generator: np.random.Generator) -> Chosen:
        """Draw an option for each provider."""
        expected_gain = with_honesty(utility(rows))
        precision = float(self.conduct.precision) / 1000
        noisy = np.where(np.isneginf(expected_gain), -np.inf, precision * np.maximum(expected_gain, -1e300))
        # A Gumbel number by inversion, of a uniform number that is neither 0 nor 1.
        uniform = generator.random((self._providers, noisy.shape[1]))[rows]
        noisy -= log(-log((np.floor(uniform * 2.0**52) + 0.5) * 2.0**-52))
        return Chosen(expected_gain, noisy.argmax(axis=1))
