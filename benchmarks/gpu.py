"""What one GPU does in eight minutes: training, the paper's table, attacks a second, the flagship's outcomes, peers.

    python benchmarks/gpu.py [--device auto|cpu|cuda] [--photographs ARCHIVES] [--small] [--parts NAME ...] [--out FILE]

Parts run in the order in which they are listed, all in one process and with an empty cache, so that nothing is taken
from earlier runs. One that would begin after `--minutes` is left out and named. With `--photographs` the paper's table
is of all official test photographs, and so are the flagship's outcomes where the package threatsim-real is installed;
else they are of synthetic cases. A share is of the rate of matrix products measured in the same run: in the numbers
that the search runs in, and for training in tf32 on a GPU, which convolutions use there, float32 elsewhere; a forward
pass counts once, with the backward pass to the weights three times, to the image alone twice. Pictures a second are
those of this machine; shares and the peers' ratios compare.

`--small` runs all parts at sizes that take about a minute on a processor. It shows that they run, and its figures say
nothing.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch
from attack_peers import pgd_peers
from attacks import REAL, RESNET50, Work, compare, resnet50, right_ones
from gpu_rates import STEPS, attack_rows, matrix_rates, million_row, training_row
from rich.console import Console

from threatsim import outcomes_of
from threatsim.attacks import APGD, PixelBudget
from threatsim.cases.archive import Archive
from threatsim.cases.image_set import CaseSet
from threatsim.cases.layouts.known import find_archives
from threatsim.cases.synthetic.generate import generate
from threatsim.classifiers.card import Network
from threatsim.classifiers.production import archive_for
from threatsim.classifiers.store import ClassifierFolder, added_names, shipped
from threatsim.common.device import resolve_device
from threatsim.common.files import write_text
from threatsim.common.version import installed_version
from threatsim.outcomes.lab.paper_table_run import TableRequest, run_table
from threatsim.outcomes.published.finlayson import TEST_IMAGES

LITE0 = Network(name="EfficientNetLite0", arguments={"num_classes": 2})
VERSIONS = ("torch", "numpy", "foolbox", "adversarial-robustness-toolbox", "torchattacks", "adv-lib")


@dataclass(frozen=True)
class Sizes:
    """How much each part does.

    Attributes:
        side: of the matrices whose product is timed.
        pixels: width of the pictures that are trained on and attacked.
        trained: pictures in a pass of training.
        passes: of training; the first one warms up.
        attacked: pictures attacked in each kind of number.
        compared: pictures that peers attack too.
        rounds: of the comparison with peers.
        table: synthetic cases of each modality in the paper's table; all photographs, if there are any.
        million: pictures from which a million are reckoned.
        victims: modalities whose victim is trained, and whose table is made.
        cases: of the flagship, where they are to be others than its own.
        residual: the residual network that is trained and attacked.
    """

    side: int = 8192
    pixels: int = 224
    trained: int = 512
    passes: int = 3
    attacked: int = 512
    compared: int = 64
    rounds: int = 3
    table: int | None = 500
    million: int = 4096
    victims: tuple[str, ...] = tuple(TEST_IMAGES)
    cases: dict[str, Any] = field(default_factory=dict)
    residual: Network = RESNET50


SMALL = Sizes(
    side=128,
    pixels=32,
    trained=32,
    passes=2,
    attacked=4,
    compared=2,
    rounds=1,
    table=2,
    million=4,
    victims=("dermoscopy",),
    cases={"per_modality": 20},
    residual=RESNET50.model_copy(
        update={"arguments": {**RESNET50.arguments, "layers": [1, 1, 1, 1], "block": "basic"}}
    ),
)


@dataclass
class Stages:
    """Is told how far long work is, and keeps how many steps a stage had and how long it took."""

    steps: dict[str, int] = field(default_factory=dict)
    seconds: dict[str, float] = field(default_factory=dict)

    @contextmanager
    def stage(self, title: str, total: int, unit: str = "steps") -> Iterator[Callable[[int], None]]:
        """Time a stage; stages of one title are added up."""
        started = time.perf_counter()
        yield lambda count: None
        self.steps[title] = self.steps.get(title, 0) + total
        self.seconds[title] = self.seconds.get(title, 0.0) + time.perf_counter() - started

    def note(self, text: str) -> None:
        """Take no note."""

    def attacks(self) -> dict[str, float]:
        """Return attacks, the seconds that they took, and how many that is a second."""
        count, seconds = self.steps.get("Attacks", 0), self.seconds.get("Attacks", 0.0)
        return {"attacks": count, "seconds_of_attacks": seconds, "attacks_a_second": count / max(seconds, 1e-9)}


class Benchmark:
    """The parts of the benchmark on one device, and what they found.

    Args:
        device: where everything runs.
        photographs: folder of archives; synthetic cases if None.
        sizes: how much each part does.
    """

    def __init__(self, device: torch.device, photographs: Path | None, sizes: Sizes) -> None:
        self.device, self.photographs, self.sizes = device, photographs, sizes
        self.rates: dict[str, float] = {}
        self._resnet: tuple[torch.nn.Module, torch.Tensor, torch.Tensor] | None = None

    def matrix_rate(self) -> dict[str, float]:
        """Measure what the device can do; all shares are of it."""
        self.rates = matrix_rates(self.device, self.sizes.side)
        return {f"{kind}_operations_a_second": rate for kind, rate in self.rates.items()}

    def training(self) -> list[dict[str, Any]]:
        """Train each victim's network and a ResNet-50."""
        found = []
        for modality in self.sizes.victims:
            card, cases = self._real(modality).card, self._cases(modality)
            network = LITE0 if self.sizes.pixels >= card.data.image_size else shipped(modality).card.network
            recipe = card.recipe_for_archives.model_copy(update={"batch_size": min(64, self.sizes.trained)})
            found.append(self._trained(f"{modality}, {network.label}", network, recipe, cases))
        recipe = shipped("dermoscopy").card.recipe.model_copy(update={"batch_size": min(64, self.sizes.trained)})
        found.append(self._trained("ResNet-50", self.sizes.residual, recipe, self._cases("dermoscopy")))
        return found

    def _trained(self, name: str, network: Network, recipe: Any, cases: CaseSet) -> dict[str, Any]:
        return training_row(name, network, recipe, cases, self.rates, passes=self.sizes.passes, device=self.device)

    def _cases(self, modality: str) -> CaseSet:
        """Return training pictures: an archive's where there is one and it is large enough, else synthetic ones."""
        sizes = self.sizes
        if archive := self._archive(modality):
            return archive.train.sample(sizes.trained)
        return generate(modality, sizes.trained, seed=11, split="train", size=sizes.pixels)

    def _archive(self, modality: str) -> Archive | None:
        if self.photographs is None or modality not in find_archives(self.photographs):
            return None
        return archive_for(self._real(modality).card, self.photographs)

    def _real(self, modality: str) -> ClassifierFolder:
        """Open the classifier of photographs of a modality."""
        return shipped(str(REAL / f"{modality}_real"))

    def table(self) -> dict[str, Any]:
        """Make the paper's table."""
        stages, names, cases = Stages(), self.sizes.victims, self.sizes.table
        if self.photographs:
            names, cases = tuple(str(self._real(name).path) for name in find_archives(self.photographs)), None
        request = TableRequest(
            names=names, images=self.photographs, cases=cases, epsilon=None, pixel_range=None, controls=False
        )
        started = time.perf_counter()
        made = run_table(request, device=self.device, progress=stages)
        return {"seconds": time.perf_counter() - started, **stages.attacks(), "rows": made.flat()}

    def attacks(self) -> list[dict[str, Any]]:
        """Attack a ResNet-50."""
        model, images, labels = self._fitted()
        return list(attack_rows("ResNet-50", model, images, labels, self.rates, self.device))

    def _fitted(self) -> tuple[torch.nn.Module, torch.Tensor, torch.Tensor]:
        """Return a ResNet-50, and images that it classifies rightly, again and again until there are enough."""
        if self._resnet is None:
            network, cases = resnet50(self.sizes.pixels, 8 if self.sizes == SMALL else 96, self.sizes.residual)
            images, labels = right_ones(network, cases, self.sizes.attacked)
            rows = torch.arange(self.sizes.attacked) % len(images)
            self._resnet = network.to(self.device), images[rows], labels[rows]
        return self._resnet

    def bank(self) -> dict[str, Any]:
        """Compute every outcome that the flagship asks for."""
        stages, installed = Stages(), any(shipped(name).card.photographs for name in added_names())
        images = self.photographs if installed else None  # else a classifier would be trained on them first
        cases = {**self.sizes.cases, "source": "real" if images else "synthetic"}
        scenario = {"extends": "insurance_upcoding", "name": "benchmark", "cases": cases}
        started = time.perf_counter()
        outcomes_of(scenario, device=self.device.type, images=images, progress=stages)
        return {"cases": cases["source"], "seconds": time.perf_counter() - started, **stages.attacks()}

    def peers(self) -> dict[str, Any]:
        """Attack the ResNet-50 beside other libraries, on the same device."""
        model, images, labels = self._fitted()
        some = slice(self.sizes.compared)
        peers = pgd_peers()
        if not peers:
            return {"left_out": "no other library imports"}
        ours = APGD(budget=PixelBudget.grey_levels(5), steps=STEPS)
        given = (model, images[some].to(self.device), labels[some].to(self.device))
        return compare(Work("ResNet-50, default attack", *given, 5, ours, peers), self.sizes.rounds)

    def million(self) -> dict[str, Any]:
        """Attack and judge pictures of the dermoscopy victim; a million are reckoned from them."""
        folder, count = shipped("dermoscopy"), self.sizes.million
        drawn = generate("dermoscopy", min(count, 512), seed=5, split="test", size=folder.card.data.image_size)
        cases = drawn.subset([row % len(drawn) for row in range(count)])
        return million_row(folder.load("victim", self.device)[0], cases, self.device)


PARTS = ("matrix_rate", "training", "attacks", "peers", "million", "table", "bank")
"""Methods of `Benchmark`; the first is always run."""


def run(bench: Benchmark, parts: tuple[str, ...], minutes: float, tell: Callable[[str], None]) -> dict[str, Any]:
    """Run parts with an empty cache until the time is up, and return what they found by name."""
    started, found, late = time.perf_counter(), {}, []
    before = os.environ.get("THREATSIM_CACHE")
    with tempfile.TemporaryDirectory() as cache:
        os.environ["THREATSIM_CACHE"] = cache
        try:
            for part in PARTS:
                if part not in ("matrix_rate", *parts):
                    continue
                if time.perf_counter() - started > 60 * minutes:
                    late.append(part)
                    continue
                tell(f"{part} ...")
                found[part] = getattr(bench, part)()
        finally:
            os.environ.pop("THREATSIM_CACHE")
            if before is not None:
                os.environ["THREATSIM_CACHE"] = before
    return {"seconds": time.perf_counter() - started, "left_out_for_time": late, **found}


def machine(device: torch.device) -> dict[str, Any]:
    """Say what it ran on, and the versions of all that was compared."""
    name = torch.cuda.get_device_name(device) if device.type == "cuda" else platform.processor() or platform.machine()
    return {
        "device": device.type,
        "name": name,
        "threads": torch.get_num_threads(),
        "cuda": torch.version.cuda,
        "python": platform.python_version(),
        "versions": {package: installed_version(package) for package in VERSIONS},
    }


def main(arguments: list[str] | None = None) -> None:
    """Run the parts, and write what they found as JSON."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--device", default="auto", help="auto, cpu or cuda")
    parser.add_argument("--photographs", type=Path, help="folder of archives of the three modalities")
    parser.add_argument("--small", action="store_true")
    parser.add_argument("--parts", nargs="+", choices=PARTS, default=list(PARTS))
    parser.add_argument("--minutes", type=float, default=6.5, help="after which no further part begins")
    parser.add_argument("--out", type=Path, help="file to write to; stdout if absent")
    options = parser.parse_args(arguments)
    device = resolve_device(options.device)
    bench = Benchmark(device, options.photographs, SMALL if options.small else Sizes())
    console = Console(stderr=True)
    found = run(bench, tuple(options.parts), options.minutes, lambda line: console.print(line, highlight=False))
    text = json.dumps({"machine": machine(device), "small": options.small, **found}, indent=2) + "\n"
    if options.out:
        write_text(options.out, text)
        console.print(f"written to {options.out}", highlight=False)
    else:
        sys.stdout.write(text)


if __name__ == "__main__":
    main()
