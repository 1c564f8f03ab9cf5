"""Does an attack fail because images are small? One classifier of photographs at several sizes, from two starts.

For each size and start a victim and a surrogate are trained by the card's recipe (seeds 0 and 1; from random weights
all layers are trained, in twice the passes, with statistics of their own and a greater learning rate), and PGD at the
paper's budget is run on all test photographs, white box and from the surrogate. A row that the results hold already is
not run again.

    python benchmarks/photograph_sizes.py packages/threatsim-real/threatsim_real/classifiers/fundoscopy_real \
        --images ARCHIVES --sizes 64 128 --out benchmarks/results/photograph_sizes.json
"""

from __future__ import annotations

import argparse
import json
import time
from importlib.metadata import version
from pathlib import Path

import numpy as np
import torch

from threatsim.attacks.engine import attack, clean_scores
from threatsim.attacks.search.target import Target
from threatsim.attacks.threat_model import ThreatModel
from threatsim.cases.archive import Archive, archive_of
from threatsim.classifiers.imagenet_start import imagenet_start
from threatsim.classifiers.store import open_classifier
from threatsim.classifiers.training_loop import train_classifier
from threatsim.common.files import write_text
from threatsim.outcomes.published.finlayson_attacks import paper_attacks
from threatsim.statistics.discrimination import auroc, proportion
from threatsim.statistics.estimate import Estimate

STARTS: dict[str, dict[str, object]] = {
    "imagenet": {},
    "random": {"initial": "random", "frozen": 0, "statistics": "trained", "learning_rate": 1e-3},
}
CPU = torch.device("cpu")


def measure(folder: Path, archive: Archive, start: str) -> dict[str, object]:
    """Give the figures of one size and start."""
    card = open_classifier(folder).card
    recipe = card.recipe_for_archives.model_copy(update=STARTS[start])
    if start == "random":
        recipe = recipe.model_copy(update={"epochs": 2 * recipe.epochs})
    initial = imagenet_start(card.network)[0] if start == "imagenet" else None
    began = time.process_time()
    victim, surrogate = (
        train_classifier(
            card.network, recipe, archive.train, archive.calibration, seed=seed, device=CPU, initial=initial
        )
        for seed in (0, 1)
    )
    trained = time.process_time() - began
    threat_model = ThreatModel(
        victim=Target(victim, CPU), surrogate=Target(surrogate, CPU), patches={}, fingerprints={}
    )
    test, patients = archive.test, np.array(archive.test.patient_ids)
    clean = clean_scores(threat_model, test).numpy()
    found: dict[str, object] = {
        "classifier": card.name,
        "size": test.size[1],
        "start": start,
        "epochs": recipe.epochs,
        "training_cpu_s": round(trained / 2),
        "auroc": _listed(auroc(clean, test.labels, patients)),
        "clean": _listed(proportion((clean >= 0.5) == (test.labels == 1), patients)),
    }
    attacks = paper_attacks()
    for name in ("pgd_white_box", "pgd_black_box"):
        scores = attack(threat_model, test, attacks[name], keep_images=False).scores.numpy()
        found[name] = _listed(proportion((scores >= 0.5) == (test.labels == 1), patients))
    return found


def _listed(estimate: Estimate) -> list[float | None]:
    return [None if x is None else round(x, 4) for x in (estimate.value, estimate.low, estimate.high)]


def main() -> None:
    """Measure and write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("classifier", type=Path)
    parser.add_argument("--images", type=Path, required=True)
    parser.add_argument("--sizes", type=int, nargs="+", default=[64, 128])
    parser.add_argument("--starts", nargs="+", choices=STARTS, default=list(STARTS))
    parser.add_argument("--out", type=Path, required=True)
    arguments = parser.parse_args()
    card = open_classifier(arguments.classifier).card
    rows = json.loads(arguments.out.read_text())["rows"] if arguments.out.is_file() else []
    done = {(row["classifier"], row["size"], row["start"]) for row in rows}
    for size in arguments.sizes:
        squared = card.photographs.squared if card.photographs else None
        archive = archive_of(arguments.images, card.modality, size=size, squared=squared)
        for start in arguments.starts:
            if (card.name, size, start) in done:
                continue
            rows.append(measure(arguments.classifier, archive, start))
            print(json.dumps(rows[-1]), flush=True)
            write_text(arguments.out, json.dumps({"torch": version("torch"), "rows": rows}, indent=1) + "\n")


if __name__ == "__main__":
    main()
