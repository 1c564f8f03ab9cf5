"""A market whose providers are drawn by numpy's exponential, as no market should be. Run by `test_sensitivity.py`."""

from __future__ import annotations

import numpy as np

from tests.processors.switches import print_report
from threatsim.experiment.doctor.digests import replicate_digests
from threatsim.experiment.doctor.probe_scenario import PROBE_CONTROLS, probe_scenario
from threatsim.market.exact_tables import exact_tables
from threatsim.market.providers import table
from threatsim.market.simulation import simulate
from threatsim.scenario.schema import Scenario

PROVIDERS = 400
"""Of a specialty: numpy's two forms differ in the last bit of about one value in twenty."""


def main() -> None:
    """Put numpy's function in the place of the portable one, run a market, and print."""
    table.exp = np.exp
    data = probe_scenario("logit").model_dump(mode="json")
    for group in data["providers"].values():
        group["count"] = PROVIDERS
    scenario = Scenario.model_validate(data)
    tables = exact_tables(scenario, controls=PROBE_CONTROLS)
    print_report(replicate_digests(simulate(scenario, tables, arm="a", replicate=0, seed=1)))


if __name__ == "__main__":
    main()
