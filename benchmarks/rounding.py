"""What it costs that a case's outcome does not depend on its company: MKL's strict mode, and the sample of a network.

Each setting runs in child processes of its own, in turns, since MKL reads its setting once: CPU seconds of one thread,
medians over the rounds. Prints the ratio of each setting to MKL's own choice as if company did not matter, and the
share of an attack's time that finding out whether a network is batch invariant takes.

    python benchmarks/rounding.py [--rounds 5] [--json]
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys

ROWS = ("pgd", "apgd", "square")
SETTINGS = {
    "MKL's own choice, company not minded": ("AUTO", True),
    "MKL's own choice": ("AUTO", False),
    "AVX2, strict (threatsim's)": ("AVX2,STRICT", False),
    "AVX-512, strict": ("AVX512,STRICT", False),
}
"""Name -> MKL_CBWR, and whether networks are taken for batch invariant unasked."""


def child(*, unasked: bool, modality: str = "chest_xray", images: int = 48) -> dict[str, float]:
    """CPU seconds of each attack, and of the sample, in this process."""
    import time

    import torch

    from threatsim.attacks import APGD, NEVER, PGD, PixelBudget, Square
    from threatsim.attacks.engine import attack
    from threatsim.attacks.trained_patches import load_threat_model
    from threatsim.classifiers.production import synthetic_cases
    from threatsim.classifiers.store import shipped

    torch.set_num_threads(1)
    folder = shipped(modality)
    cases = synthetic_cases(folder.card, "test").subset(list(range(images)))
    budget = PixelBudget.grey_levels(4)
    specs = {
        "pgd": PGD(access="white_box", budget=budget, step=0.5, steps=20, goal=NEVER),
        "apgd": APGD(budget=budget, steps=20, goal=NEVER),
        "square": Square(budget=budget, queries=40),
    }
    threat_model = load_threat_model(folder, torch.device("cpu"))
    found = {}
    start = time.process_time()
    threat_model.victim.is_batch_invariant(cases.images)
    found["sample"] = time.process_time() - start
    if unasked:
        threat_model.victim._invariant = True
    for name in ROWS:
        attack(threat_model, cases.subset([0, 1]), specs[name])
        start = time.process_time()
        attack(threat_model, cases, specs[name])
        found[name] = time.process_time() - start
    return found


def main() -> None:
    """Run the settings in turns and print their ratios."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--child", action="store_true", help=argparse.SUPPRESS)
    parser.add_argument("--unasked", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.child:
        print(json.dumps(child(unasked=options.unasked)))
        return
    measured: dict[str, list[dict[str, float]]] = {name: [] for name in SETTINGS}
    for _ in range(options.rounds):
        for name, (setting, unasked) in SETTINGS.items():
            command = [sys.executable, __file__, "--child", *(["--unasked"] if unasked else [])]
            environment = os.environ | {"MKL_CBWR": setting, "OMP_NUM_THREADS": "1"}
            done = subprocess.run(command, env=environment, check=True, capture_output=True, text=True)
            measured[name].append(json.loads(done.stdout))
    medians = {
        name: {key: statistics.median(row[key] for row in rows) for key in rows[0]} for name, rows in measured.items()
    }
    first = next(iter(medians.values()))
    table = {
        name: {key: row[key] / first[key] for key in ROWS} | {"sample of apgd": row["sample"] / row["apgd"]}
        for name, row in medians.items()
    }
    if options.json:
        print(json.dumps(table, indent=2))
        return
    for name, row in table.items():
        print(f"{name:36}", "  ".join(f"{key} {value:.3f}" for key, value in row.items()))


if __name__ == "__main__":
    main()
