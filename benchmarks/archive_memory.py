"""Does an archive of any size train and get attacked in the same memory? Made archives in NIH ChestX-ray14's layout.

For each size a folder is made with the published tables and 64 different films under as many names as wanted (hard
links). A process of its own then opens it, trains EfficientNet-Lite0 at 224 pixels for a few steps on pictures
drawn from the whole, goes through all training pictures once, and attacks a few test films. What is told is the most
memory that the process ever held (`ru_maxrss`), the file that the pictures are kept in, and what they would take as
float32, which is how they were held before.

    python benchmarks/archive_memory.py --sizes 1000 10000 112120 --out benchmarks/results/archive_memory.json
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
import torch
from PIL import Image

from threatsim.attacks.budget import PixelBudget
from threatsim.attacks.engine import attack
from threatsim.attacks.families.pgd import PGD
from threatsim.attacks.search.target import Target
from threatsim.attacks.threat_model import ThreatModel
from threatsim.cases.archive import archive_of
from threatsim.classifiers.card import Network
from threatsim.classifiers.store import shipped
from threatsim.classifiers.training_loop import train_classifier
from threatsim.common.files import write_text

SIDE, FILMS, STEPS, BATCH, ATTACKED = 224, 64, 8, 16, 4
CPU = torch.device("cpu")


def made(folder: Path, count: int) -> Path:
    """Make an archive of `count` films: three of a patient, every seventh patient ill, a fifth of them tested."""
    originals, rows, tested = folder / "originals", [], []
    originals.mkdir(parents=True)
    y, x = np.mgrid[:SIDE, :SIDE]
    for number in range(FILMS):
        film = 128 + 60 * np.sin(x / (7 + number % 13)) + 60 * np.cos(y / (5 + number % 11))
        Image.fromarray(film.astype(np.uint8)).save(originals / f"{number}.bmp")
    archive = folder / "nih"
    for number in range(count):
        patient, name = number // 3, f"{number // 3:08d}_{number % 3:03d}.png"
        place = archive / f"images_{number // 10_000 + 1:03d}" / "images"
        if number % 10_000 == 0:
            place.mkdir(parents=True)
        # A picture's kind is told by its content, whatever it is called; a bitmap costs least to read.
        os.link(originals / f"{number % FILMS}.bmp", place / name)
        finding = "Pneumothorax" if patient % 7 == 0 else "No Finding"
        rows.append(f"{name},{finding},0,{patient},57,M,PA,2682,2749,0.143,0.143")
        tested.append(patient % 5 == 0)
    header = "Image Index,Finding Labels,Follow-up #,Patient ID,Patient Age,Patient Gender,View Position"
    pixels = "OriginalImage[Width,Height],OriginalImagePixelSpacing[x,y]"
    (archive / "Data_Entry_2017.csv").write_text("\n".join([f"{header},{pixels}", *rows]) + "\n")
    for name, wanted in (("test_list.txt", True), ("train_val_list.txt", False)):
        lines = [row.partition(",")[0] for row, test in zip(rows, tested, strict=True) if test is wanted]
        (archive / name).write_text("\n".join(lines) + "\n")
    return archive


def peak() -> float:
    """Return the most memory that this process ever held, in GB."""
    return round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6, 3)


def measured(folder: Path) -> dict[str, float]:
    """Open, train, go through and attack the archive, and return the peak after each."""
    found = {"libraries": peak()}
    archive = archive_of(folder, "chest_xray", size=SIDE)
    found["opening"] = peak()
    recipe = shipped("chest_xray").card.recipe_for_archives.model_copy(
        update={"epochs": 1, "batch_size": BATCH, "cases_a_pass": STEPS * BATCH, "initial": "random"}
    )
    network = train_classifier(
        Network(name="EfficientNetLite0"), recipe, archive.train, archive.calibration.sample(64), seed=0, device=CPU
    )
    found["training, whose mean is over all pictures"] = peak()
    assert sum(len(part) for part in archive.train.images.split(64)) == len(archive.train)
    found["all training pictures as float32, once"] = peak()
    target = Target(network, CPU)
    spec = PGD(access="white_box", budget=PixelBudget(epsilon=0.02), step=0.01, steps=5)
    attack(ThreatModel(target, target, {}, {"victim": "v"}), archive.test.sample(ATTACKED), spec)
    found["attack"] = peak()
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sizes", type=int, nargs="+", default=[1000, 10_000])
    parser.add_argument("--out", type=Path)
    parser.add_argument("--measure", type=Path, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.measure:
        print(json.dumps(measured(arguments.measure)))
        return
    rows = []
    for count in arguments.sizes:
        with tempfile.TemporaryDirectory() as place:
            archive, cache = made(Path(place), count), Path(place) / "cache"
            environment = {**os.environ, "THREATSIM_CACHE": str(cache)}
            command = [sys.executable, __file__, "--measure", str(archive)]
            done = subprocess.run(command, env=environment, check=True, stdout=subprocess.PIPE, text=True)
            kept = sum(path.stat().st_size for path in cache.glob("images/*.levels"))
        row = {
            "images": count,
            "as_float32_gb": round(count * 3 * SIDE**2 * 4 / 1e9, 1),
            "file_gb": round(kept / 1e9, 2),
            "peak_gb": json.loads(done.stdout),
        }
        print(json.dumps(row))
        rows.append(row)
        if arguments.out:
            result = {"side": SIDE, "steps": STEPS, "batch": BATCH, "attacked": ATTACKED, "torch": torch.__version__}
            write_text(arguments.out, json.dumps({**result, "rows": rows}, indent=2) + "\n")


if __name__ == "__main__":
    main()
