"""Which share of approvals is worth reading where the machine may approve alone, by kind of image, and what drives it.

The scenario `approve_alone` with one specialty of a hundred practices at a time, in which every denial is read. What is
looked for is the share of approvals at which false billing pays nothing any more (`threatsim break-even`), and what
reading a share is worth against reading none, in the same replicates. Then one number at a time goes to either end of
its range. Run it with

    OMP_NUM_THREADS=1 python benchmarks/approve_alone.py [--replicates 24] [--modality dermoscopy] [--out FOLDER]
    python benchmarks/approve_alone.py --closed-form

Stopped, it goes on where it was if FOLDER is the same. `benchmarks/results/approve_alone.json` has the closed form,
and of the markets that it ran the break-even's curve and the differences to reading none; the drivers in it are of
eight replicates, those of fundus photographs with a burn-in of a year.
"""

from __future__ import annotations

import argparse
import json
import tempfile
from pathlib import Path
from typing import Any, Final

import pandas as pd

import threatsim
from threatsim.common.version import __version__
from threatsim.scenario.reading.reader import load_scenario
from threatsim.statistics.over_replicates import paired_mean_difference

PATH: Final = "payers.*.readers.second_look"
SPECIALTIES: Final = {"fundoscopy": "ophthalmology", "chest_xray": "radiology", "dermoscopy": "dermatology"}
FIGURES: Final = ("net_benefit", "payer_loss", "control_cost", "denied_value")
READ: Final = 0.25
"""The share of approvals at which drivers are compared."""
DRIVERS: Final = {
    "payers.*.readers.specificity": (0.7, 0.95),
    "payers.*.readers.sensitivity": (0.75, 0.98),
    "payers.*.readers.cost": (10, 80),
    "conduct.reluctance_median": (415, 1600),
    "conduct.white_box_share": (0.02, 0.2),
}
"""A number that may decide it, and the ends it is tried at: of a distribution about its 5 and 95 %, else as far as
readers are told of in the literature, or a third and three times the price."""


def scenario_file(folder: Path, modality: str) -> Path:
    """Write the scenario of one specialty."""
    others = [name for name in SPECIALTIES if name != modality]
    without = [f"modalities.{name}" for name in others] + [f"providers.{SPECIALTIES[name]}" for name in others]
    path = folder / f"approve_{modality}.yaml"
    path.write_text(
        f"extends: approve_alone\nwithout: [{', '.join(without)}]\nschema_version: 1\nname: approve_{modality}\n"
        f"title: Approve alone, {modality}\nquestion: Which share of approvals is it worth to read?\n"
        "arms:\n  - {name: baseline, title: Denials are read}\n",
        encoding="utf-8",
    )
    return path


def of_reading(metrics: pd.DataFrame, points: pd.DataFrame, base: dict[str, Any]) -> list[dict[str, Any]]:
    """Return, for each point, each figure's mean difference to the point `base` with its 95 % interval."""
    wanted = (points[list(base)] == pd.Series(base)).all(axis=1)
    (first,) = points.loc[wanted, "point"]
    rows = []
    for _, point in points.iterrows():
        row: dict[str, Any] = {name: float(point[name]) for name in base}
        for figure in FIGURES:
            of_figure = metrics[metrics["metric"] == figure].set_index(["point", "replicate"])["value"]
            found = paired_mean_difference(of_figure[first], of_figure[point["point"]], design="fours")
            row[figure] = [found.value, found.low, found.high]
        rows.append(row)
    return rows


CLOSED_FORM_DRIVERS: Final = {
    "readers.sensitivity": (0.75, 0.98),
    "readers.specificity": (0.7, 0.95),
    "readers.cost": (10, 80),
    "appeals.filed": (0.05, 0.5),
    "appeals.overturned_supported": (0.8, 1.0),
}
"""What the closed form hangs on, and the ends that each is tried at alone."""


def closed_form() -> dict[str, Any]:
    """Return the share of false claims among approvals above which reading one is worth it, by kind of image.

    The formula is that of docs/explanation/approve-alone.md: for a payer that counts no wrong denials, for one that
    does, and for one whose readers miss 2 % of what is due; and for the second with one number at a time at its ends.
    """
    scenario = load_scenario("approve_alone").scenario
    readers = scenario.payers[0].readers
    appeals = readers.appeals
    assert appeals is not None
    borne = sum(float(payer.share) * float(payer.share_of_allowed) for payer in scenario.payers)
    numbers = {f"readers.{name}": float(getattr(readers, name)) for name in ("sensitivity", "specificity", "cost")}
    names = ("filed", "overturned_supported", "overturned_unsupported")
    numbers |= {f"appeals.{name}": float(getattr(appeals, name)) for name in names}

    def worth_it(added: float, missed: float | None = None, **changed: float) -> float:
        given = numbers | changed
        undue, due = (given["appeals.filed"] * given[f"appeals.{name}"] for name in (names[2], names[1]))
        saved = given["readers.specificity"] * (1 - undue) * borne * added
        denied = (1 - given["readers.sensitivity"] if missed is None else missed) * (1 - due) * added
        return (given["readers.cost"] + denied) / (saved + denied)

    found: dict[str, Any] = {}
    for name, modality in scenario.modalities.items():
        without, with_finding = modality.fees
        added = with_finding - without
        found[name] = {
            "USD": round(added, 2),
            "payer": worth_it(added, 0.0),
            "net": worth_it(added),
            "net, 2 % missed": worth_it(added, 0.02),
            "net, at the ends": {
                path: [worth_it(added, **{path: end}) for end in ends] for path, ends in CLOSED_FORM_DRIVERS.items()
            },
        }
    return found


def main() -> None:
    """Run it, and print the results."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--replicates", type=int, default=24)
    options.add_argument("--burn-in", type=int, default=156)
    options.add_argument("--modality", action="append", choices=SPECIALTIES, default=None)
    options.add_argument("--drivers", action=argparse.BooleanOptionalAction, default=True)
    options.add_argument("--out", type=Path, default=None)
    options.add_argument("--closed-form", action="store_true", help="what a reading is worth apart from deterrence")
    given = options.parse_args()
    if given.closed_form:
        print(json.dumps(closed_form(), indent=1))
        return
    folder = given.out or Path(tempfile.mkdtemp())
    folder.mkdir(parents=True, exist_ok=True)
    common: dict[str, Any] = {
        "replicates": given.replicates,
        "overrides": {"burn_in": given.burn_in, "cases.source": "synthetic"},
        "workers": 1,
        "out": folder,
    }
    results: dict[str, Any] = {"version": __version__, "replicates": given.replicates, "burn_in": given.burn_in}
    for modality in given.modality or SPECIALTIES:
        file = scenario_file(folder, modality)
        found = threatsim.break_even(file, f"{PATH}=0:1", "fraud_payoff = 0", **common)
        swept = threatsim.sweep(file, f"{PATH}=0:1:9", **common)
        results[modality] = {
            "payoff of false billing": list(found.sentences),
            "crossings": json.loads((found.path / "record.json").read_text(encoding="utf-8"))["findings"]["crossings"],
            "curve": found.table("curve")[[PATH, "value", "low", "high"]].to_numpy().tolist(),
            "reading against none": of_reading(swept.table("metrics"), swept.table("points"), {PATH: 0.0}),
        }
        if given.drivers:
            results[modality]["drivers"] = {}
        for path, ends in DRIVERS.items() if given.drivers else ():
            of_ends = {}
            for end in ends:
                tried = common | {"overrides": common["overrides"] | {path: end}}
                one = threatsim.sweep(file, f"{PATH}=0,{READ}", **tried)
                (_, read) = of_reading(one.table("metrics"), one.table("points"), {PATH: 0.0})
                of_ends[str(end)] = read
            results[modality]["drivers"][path] = of_ends
        print(json.dumps(results, indent=1))


if __name__ == "__main__":
    main()
