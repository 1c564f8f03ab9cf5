"""How much do the classifiers of photographs owe to the seed? A third training each, beside victim and surrogate.

By the card's recipe, with another seed, on the same training photographs; AUROC on all official test photographs.
Nothing is chosen by it. A classifier that the results hold already is not trained again.

    python benchmarks/photograph_seeds.py packages/threatsim-real/threatsim_real/classifiers/* \
        --images ARCHIVES --out benchmarks/results/photograph_seeds.json
"""

from __future__ import annotations

import argparse
import json
import time
from importlib.metadata import version
from pathlib import Path
from statistics import mean

import numpy as np
import torch

from threatsim.attacks.engine import clean_scores
from threatsim.attacks.search.target import Target
from threatsim.attacks.threat_model import ThreatModel
from threatsim.cases.archive import archive_of
from threatsim.classifiers.imagenet_start import imagenet_start
from threatsim.classifiers.store import open_classifier
from threatsim.classifiers.training_loop import train_classifier
from threatsim.common.files import write_text
from threatsim.statistics.discrimination import auroc

CPU = torch.device("cpu")
SEED = 2
"""Another than those of victim and surrogate."""


def measure(path: Path, images: Path) -> dict[str, object]:
    """Give the AUROC of the two networks that ship and of a third."""
    folder = open_classifier(path)
    card = folder.card
    assert card.photographs is not None
    archive = archive_of(images, card.modality, size=card.data.image_size, squared=card.photographs.squared)
    began = time.process_time()
    third = train_classifier(
        card.network,
        card.recipe_for_archives,
        archive.train,
        archive.calibration,
        seed=SEED,
        device=CPU,
        initial=imagenet_start(card.network)[0],
    )
    trained = time.process_time() - began
    target = Target(third, CPU)
    threat_model = ThreatModel(victim=target, surrogate=target, patches={}, fingerprints={})
    scores = clean_scores(threat_model, archive.test).numpy()
    figures = folder.figures
    found = [
        [round(x, 4) for x in (area.value, area.low, area.high)]
        for area in (
            figures.victim.auroc,
            figures.surrogate.auroc,
            auroc(scores, archive.test.labels, np.array(archive.test.patient_ids)),
        )
    ]
    return {
        "classifier": card.name,
        "test_photographs": len(archive.test),
        "auroc_of_victim_surrogate_third": found,
        "mean": round(mean(values[0] for values in found), 4),
        "training_cpu_s": round(trained),
    }


def main() -> None:
    """Measure and write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("classifiers", nargs="+", type=Path)
    parser.add_argument("--images", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    arguments = parser.parse_args()
    rows = json.loads(arguments.out.read_text())["rows"] if arguments.out.is_file() else []
    for path in arguments.classifiers:
        if path.name not in {row["classifier"] for row in rows}:
            rows.append(measure(path, arguments.images))
            print(json.dumps(rows[-1]), flush=True)
            write_text(arguments.out, json.dumps({"torch": version("torch"), "rows": rows}, indent=1) + "\n")


if __name__ == "__main__":
    main()
