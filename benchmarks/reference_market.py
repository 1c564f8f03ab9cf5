"""Hold the market against its second implementation, figure by figure, with many replicates.

`tests/reference_market` was written from the model's pages alone. Each of eleven scenarios isolates some rules, the
twelfth is the flagship, cut down; both run on the same scores. Prints means of a replicate on both sides, their
difference and its standard error, and writes `benchmarks/results/reference_market.json`. Differences are in
distribution: the two share no random numbers.

    PYTHONPATH=. python benchmarks/reference_market.py [--replicates 40] [--own 40] [SCENARIO ...]
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

from tests.reference_market.comparison import agreement
from tests.reference_market.worlds import WORLDS, world

RESULTS = Path(__file__).parent / "results" / "reference_market.json"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("scenarios", nargs="*", default=list(WORLDS))
    parser.add_argument("--replicates", type=int, default=40, help="of the market; two in turn share streams")
    parser.add_argument("--own", type=int, default=40, help="of the second implementation")
    given = parser.parse_args()
    for name in given.scenarios:
        print(name)
        rows = {}
        for one in agreement(world(name), given.replicates, given.own):
            base = abs(one.market) or 1.0
            apart, error = 100 * (one.reference - one.market) / base, 100 * one.error / base
            print(
                f"  {one.figure:24}{one.market:14.6g}{one.reference:14.6g}{apart:+8.1f} %"
                f"  (s.e. {error:.1f} %)  z {one.z:+.1f}"
            )
            rows[one.figure] = {
                key: float(f"{value:.4g}")
                for key, value in {
                    "market": one.market,
                    "reference": one.reference,
                    "error": one.error,
                }.items()
            }
        results = json.loads(RESULTS.read_text()) if RESULTS.exists() else {}
        results[name] = {"replicates": given.replicates, "own_replicates": given.own, "figures": rows}
        RESULTS.write_text(json.dumps(results, indent=1) + "\n")


if __name__ == "__main__":
    main()
