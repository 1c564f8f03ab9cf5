"""What an arm avoids of the baseline's, as a share: figures that are worked out from both (`MetricRow.avoids`)."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from threatsim.catalogue.metrics import ARM_METRICS
from threatsim.statistics.ratio import ReplicateSample

Samples = Mapping[str, ReplicateSample]


def avoided(base: ReplicateSample, other: ReplicateSample) -> ReplicateSample:
    """Return the share of a figure of the baseline (N,) that another arm avoids, replicate by replicate.

    It is a quotient of the baseline's figure, so that over replicates it is the sum avoided over the baseline's sum.
    """
    whole = base.values
    share = np.divide(whole - other.values, whole, out=np.full(whole.size, np.nan), where=whole > 0)
    return ReplicateSample(share, whole)


def with_avoided(of_arms: Mapping[str, Samples]) -> dict[str, dict[str, ReplicateSample]]:
    """Return the figures of arms, the baseline first, with what each avoids; the baseline avoids nothing: NaN."""
    baseline = next(iter(of_arms.values()))
    avoiding = {name: row.avoids for name, row in ARM_METRICS.items() if row.avoids}
    nothing = {name: ReplicateSample(np.full(baseline[of].values.size, np.nan)) for name, of in avoiding.items()}
    return {
        arm: {
            **samples,
            **(
                nothing
                if samples is baseline
                else {name: avoided(baseline[of], samples[of]) for name, of in avoiding.items()}
            ),
        }
        for arm, samples in of_arms.items()
    }
