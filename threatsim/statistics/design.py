"""How the replicates of a run share their streams and their cases."""

from __future__ import annotations

from typing import Literal

Design = Literal["fours", "pairs"]
"""How replicates share streams and resampled cases. Either way 2k and 2k + 1 have the same streams and two resamples.

- fours: 4k and 4k + 2 have one resample, 4k + 1 and 4k + 3 another: two sets of streams crossed with two
  resamples.
- pairs: every replicate has a resample of its own, as in records from before there were fours.
"""
