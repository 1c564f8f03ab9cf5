"""Figures of a run's record and of a comparison, to the last bit. Run by `test_figures.py` in a child.

What goes in are whole numbers over powers of two, so that whatever differs was made by the statistics.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import Any, Final

import numpy as np

from tests.processors.switches import exact, print_report
from threatsim.cases.codes.claim_set import generate
from threatsim.catalogue.metrics import ARM_METRICS, TACTIC_METRICS
from threatsim.common.digest import digest
from threatsim.experiment.doctor.digests import flattened
from threatsim.experiment.doctor.probe_scenario import PROBE_CONTROLS, probe_scenario
from threatsim.experiment.doubt.findings import doubt_findings
from threatsim.experiment.figures.arm_figures import arm_outcomes
from threatsim.experiment.figures.classifier_figures import ClassifierText, TacticText, classifier_figures
from threatsim.experiment.figures.comparison import Side, compare
from threatsim.experiment.figures.expectations import check_expectations
from threatsim.experiment.outer_loop import outer_loop
from threatsim.experiment.record.assembly import ModalityInputs, RunInputs, assemble_record
from threatsim.experiment.record.record import RunRecord
from threatsim.market.exact_tables import exact_tables
from threatsim.market.payers.payer_agent import operating_threshold
from threatsim.market.result import Denominator, ReplicateResult
from threatsim.market.streams import Streams
from threatsim.outcomes.preparation.control_use import ControlUse
from threatsim.scenario.rules.expectation import expectations
from threatsim.scenario.schema import Scenario
from threatsim.statistics.bootstrap import auroc_over_patients

ARMS: Final = 5
"""Of each run; every figure of every arm is an interval, a difference and a p-value."""
INPUTS: Final = ModalityInputs("none", "00", "00")


def main() -> None:
    """Compute and print."""
    print_report(dict([*_records(), *_areas(), *_doubt(), *_claims()]))


def _records() -> Iterator[tuple[str, str]]:
    records = {
        "fours": _record(seed=1, replicates=16),
        "a few": _record(seed=1, replicates=6),
        "other seed": _record(seed=2, replicates=12),
    }
    pairs = records["fours"].model_copy(update={"design": "pairs"})
    for name, record in records.items():
        found = record.model_dump(mode="json", include={"classifiers", "arms", "expectations"})
        yield from _leaves(f"record.{name}", found)
    others = [records["a few"], records["other seed"], pairs]
    compared = compare([Side(records["fours"]), *map(Side, others)])
    yield from _leaves("comparison", compared.model_dump(mode="json"))
    sized = compare([Side(records["fours"]), Side(records["other seed"])], detect=0.07)
    yield from _leaves("comparison of a size", sized.model_dump(mode="json"))


def _record(seed: int, replicates: int) -> RunRecord:
    expected = {"fraud_payoff in arm arm_1": "above 3", "change of payer_loss in arm arm_2": "below 1"}
    data = probe_scenario("logit").model_dump(mode="json")
    named = [{"name": f"arm_{number}", "title": "An arm"} for number in range(ARMS)]
    scenario = Scenario.model_validate(data | {"expect": expected, "arms": named})
    results = [_result(scenario, seed, number, replicate) for number in range(ARMS) for replicate in range(replicates)]
    tables = exact_tables(scenario, cases=400, controls=PROBE_CONTROLS)
    uses = [ControlUse(name, 0.05) for name in PROBE_CONTROLS]
    figures = [
        classifier_figures(
            table,
            ClassifierText("a finding", "no network", INPUTS, real=False, pixels=0),
            [TacticText(name, "", name) for name in table.attacked],
            threshold=operating_threshold(table, scenario.payers[0].triage.operating_point),
            uses=uses,
        )
        for table in tables.values()
    ]
    outcomes = arm_outcomes(scenario.arms, results)
    inputs = RunInputs(
        scenario=scenario.model_dump(mode="json"),
        seed=seed,
        replicates=replicates,
        device="cpu",
        versions={},
        modalities=dict.fromkeys(tables, INPUTS),
        outcomes="",
    )
    checks = check_expectations(expectations(scenario.expect), outcomes, figures)
    return assemble_record(inputs, number_kinds={}, classifiers=figures, arms=outcomes, expectations=checks)


def _result(scenario: Scenario, seed: int, arm: int, replicate: int) -> ReplicateResult:
    """A replicate whose figures are drawn: streams of its pair, cases of its own, and something by arm."""

    def drawn(name: str) -> float:
        shared = Streams(seed, replicate // 2).generator(name).integers(0, 4096)
        own = Streams(seed, 1000 * arm + replicate).generator(name).integers(0, 1024)
        return int(shared + own + 40 * arm) / 8192

    def figures(metrics: Sequence[str], within: str) -> dict[str, float]:
        found = {name: drawn(f"{within}/{name}") * (1 if "share" in name else 1000) for name in metrics}
        weeks = int(52 * drawn(f"{within}/weeks"))
        return found | {"weeks_to_detection": float(weeks) if weeks % 5 else math.nan}

    # A quotient of money, few events over an exposure, and few of a total that providers share out.
    denominators = {
        "fraud_payoff": Denominator(1 + drawn("years")),
        "false_accusations": Denominator(0.3 + drawn("honest")),
        "found_rate": Denominator(40.0, 5.0),
    }
    few = {name: int(3 * drawn(name) - 0.4) / denominators[name].size for name in ("false_accusations", "found_rate")}
    return ReplicateResult(
        arm=f"arm_{arm}",
        replicate=replicate,
        outcomes=figures(list(ARM_METRICS), "arm") | few,
        denominators=denominators,
        tactics={name: figures(list(TACTIC_METRICS), name) for name in scenario.tactics},
        accounts={"payers": drawn("account"), "providers": -drawn("account")},
        weekly={"claims": Streams(seed, replicate).generator("weekly").integers(0, 99, scenario.weeks)},
        providers={},
        sample={},
    )


def _areas() -> Iterator[tuple[str, str]]:
    for name, table in exact_tables(probe_scenario("logit"), cases=300).items():
        area = auroc_over_patients(table.clean, table.labels, table.patients, resamples=500)
        yield from _leaves(f"area.{name}", area.model_dump())


def _doubt() -> Iterator[tuple[str, str]]:
    """Draws of every family, and what they and chance make of every figure."""
    data = probe_scenario("logit").model_dump(mode="json")
    for path, distribution in (
        (("conduct", "reluctance_median"), {"lognormal": {"median": 60, "sigma": 0.5}}),
        (("conduct", "belief_paid"), {"beta": {"alpha": 6, "beta": 4}}),
        (("law", "damages"), {"triangular": {"low": 1, "mode": 2, "high": 3}}),
        (("law", "per_claim_penalty"), {"normal": {"mean": 1000, "sd": 300}}),
        (("conduct", "greed_penalty"), {"uniform": {"low": 0, "high": 2}}),
    ):
        number = {key: part for key, part in data[path[0]][path[1]].items() if key != "value"}
        data[path[0]][path[1]] = number | distribution
    named = [{"name": f"arm_{number}", "title": "An arm"} for number in range(3)]
    scenario = Scenario.model_validate(data | {"arms": named})
    arms = {arm.name: scenario for arm in scenario.arms}
    loop = outer_loop(arms, draws=60, seed=1)
    results, of_draws = (
        [_result(scenario, 1, number, replicate) for number in range(len(arms)) for replicate in replicates]
        for replicates in (range(12), loop.replicates)
    )
    found = doubt_findings(loop, arms, of_draws, arm_outcomes(scenario.arms, results))
    assert len(found.numbers) == 5
    yield from _leaves("doubt", found.model_dump(mode="json"))


def _claims() -> Iterator[tuple[str, str]]:
    for split, varied in (("test", 0.0), ("victim train", 0.15)):
        claims = generate(400, seed=104, split=split, payable_share=0.5, varied=varied, mistaken=0.03)
        yield f"claims.{split}.content", digest(np.array(claims.fingerprints))
        yield f"claims.{split}.past", digest(claims.past)
        for claim, row in zip(claims.case_ids, claims.features, strict=True):
            yield f"claims.{split}.features of {claim}", digest(row)


def _leaves(name: str, value: Any) -> Iterator[tuple[str, str]]:
    for path, leaf in flattened(name, value).items():
        yield path, exact(leaf)


if __name__ == "__main__":
    main()
