"""Logit choice: better options more often, by as much as they are better."""

from __future__ import annotations

import numpy as np

from threatsim.common.arithmetic.portable import log
from threatsim.market.conduct.best_response import BestResponse
from threatsim.market.conduct.rule import Chosen, Utility
from threatsim.market.providers.utility import with_honesty


class Logit(BestResponse):
    """An option is taken with a chance proportional to exp(precision x utility / 1,000 USD), by Gumbel noise.

    Args:
        conduct: has the precision.
    """

    def choose(self, utility: Utility, generator: np.random.Generator) -> Chosen:
        """Draw an option for each provider."""
        expected_gain = with_honesty(utility())
        precision = float(self.conduct.precision) / 1000
        noisy = np.where(np.isneginf(expected_gain), -np.inf, precision * np.maximum(expected_gain, -1e300))
        # A Gumbel number by inversion, of a uniform number that is neither 0 nor 1.
        noisy -= log(-log((np.floor(generator.random(noisy.shape) * 2.0**52) + 0.5) * 2.0**-52))
        return Chosen(expected_gain, noisy.argmax(axis=1))
