"""The attack engine against foolbox, ART, torchattacks and adv-lib: time and success together, in one process.

Every round runs each engine once on the same batch, in an order drawn anew; medians over the rounds are reported.
Success is that of the untouched float32 model on the saved 8-bit images, for everybody. The ratio is time per success:
(peer's seconds / its successes) / (ours / our successes), against the peer for which it is least. On one thread of a
processor seconds are the process's own, which other programs make little longer. Making our two copies of a network and
finding out whether they round alike in any company, and how many classes there are, happens once for a network, and is
told apart (`engine_ready_seconds`). Grey films stay grey for everybody: peers attack them through one channel.

    python benchmarks/attacks.py [--rounds 5] [--images 64] [--work NAME ...] [--photographs ARCHIVES] [--json]

First come the networks that the paper's figures are of, at 224 pixels and in float32 files: with --photographs the
EfficientNet-Lite0 of fundus photographs, undefended, on the official test part; and a ResNet-50 of random features with
a head fitted to synthetic pictures.

The peers come with `pip install 'threatsim[peers]'`; those that do not import are left out and named.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import random
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from itertools import product
from pathlib import Path
from typing import Any, cast

import torch
from attack_peers import QUERIES, STEPS, Peer, apgd_peers, art_patch_steps, on_grey, pgd_peers, square_peers
from rich.console import Console
from rich.table import Table
from torch import nn

from threatsim.attacks import APGD, NEVER, PGD, UNTIL_SUCCESS, Goal, ImageAttack, PixelBudget, Square, attack_model
from threatsim.attacks.families.patch import train_patch
from threatsim.attacks.search.domain import quantise
from threatsim.attacks.search.target import Target
from threatsim.attacks.trained_patches import load_threat_model
from threatsim.cases.image_set import CaseSet
from threatsim.cases.synthetic.generate import generate
from threatsim.classifiers.card import Network, PatchRecipe
from threatsim.classifiers.network import build
from threatsim.classifiers.networks.resnet import ResNet
from threatsim.classifiers.production import archive_for
from threatsim.classifiers.store import shipped, shipped_names
from threatsim.common.version import installed_version
from threatsim.outcomes.bank.bank import OutcomeBank
from threatsim.outcomes.bank.filling import compute_outcomes

CPU = torch.device("cpu")
REAL = Path(__file__).parents[1] / "packages/threatsim-real/threatsim_real/classifiers"
RESNET50 = Network(
    name="ResNet",
    arguments={
        "block": "bottleneck", "layers": [3, 4, 6, 3], "block_inplanes": [64, 128, 256, 512], "num_classes": 2,
    },
)  # fmt: skip
MOST_LARGE = 6
"""Most images of 224 pixels that are attacked: peers take seconds for each."""


@dataclass(frozen=True)
class Work:
    """A comparison: a model, its rightly classified images, our attack and theirs."""

    name: str
    model: nn.Module
    images: torch.Tensor
    labels: torch.Tensor
    grey_levels: int
    ours: ImageAttack
    peers: dict[str, Peer]
    precision: Any = "auto"


def right_ones(model: nn.Module, cases: CaseSet, count: int) -> tuple[torch.Tensor, torch.Tensor]:
    """Up to `count` images that the model classifies rightly, with their labels."""
    labels = torch.from_numpy(cases.labels.astype("int64"))
    with torch.inference_mode():
        right = torch.empty(0, dtype=torch.int64)
        for start in range(0, len(labels), 64):
            if len(right) < count:  # until there are enough
                decided = model(cases.images[start : start + 64]).argmax(1) == labels[start : start + 64]
                right = torch.cat([right, decided.nonzero().squeeze(1) + start])
    return cases.images[right[:count]], labels[right[:count]]


def resnet50(size: int, count: int = 96, kind: Network = RESNET50) -> tuple[nn.Module, CaseSet]:
    """Return a ResNet-50 of random features with a head fitted to them: the cost of one, without training it.

    Args:
        size: width of the pictures (pixels).
        count: pictures that the head is fitted to, and that may be attacked.
        kind: a ResNet-50, or one with fewer blocks where only the way is tried.
    """
    cases = generate("dermoscopy", count, seed=7, split="train", size=size)
    with torch.random.fork_rng():
        torch.manual_seed(0)
        network = build(kind, mean=cases.images.mean((0, 2, 3)), std=cases.images.std((0, 2, 3)))
    body = cast(ResNet, network.body)
    features: list[torch.Tensor] = []
    handle = body.fc.register_forward_pre_hook(lambda module, args: features.append(args[0].detach()))
    with torch.no_grad():
        for part in cases.images[:64].split(16):
            network.train()(part)  # sets the running statistics of its batch normalisation
        features.clear()
        for part in cases.images.split(16):
            network.eval()(part)
    handle.remove()
    x = torch.cat(features).double()
    x = torch.cat([(x - x.mean(0)) / x.std(0).clamp(min=1e-6), torch.ones(len(x), 1)], 1)
    y = torch.from_numpy(cases.labels.astype("float64")) * 2 - 1
    ridge = x.T @ x + 10 * torch.eye(x.shape[1], dtype=torch.float64)
    solved = torch.linalg.solve(ridge, x.T @ y) * 2
    z = torch.cat(features)
    scale = z.std(0).clamp(min=1e-6)
    with torch.no_grad():
        weight = (solved[:-1].float() / scale) / 2
        bias = (solved[-1].float() - (solved[:-1].float() * z.mean(0) / scale).sum()) / 2
        body.fc.weight.copy_(torch.stack([-weight, weight]))
        body.fc.bias.copy_(torch.stack([-bias, bias]))
    return network.eval().requires_grad_(False), cases


def lite0(archives: Path) -> tuple[nn.Module, CaseSet]:
    """Return the EfficientNet-Lite0 of fundus photographs, and its test photographs of 224 pixels."""
    folder = shipped(str(REAL / "fundoscopy_real"))
    return folder.load("victim", CPU)[0], archive_for(folder.card, archives).test


def works(count: int, wanted: list[str] | None, photographs: Path | None = None) -> list[Work]:
    """Return the comparisons: the networks of 224 pixels, then the small ones of 64."""
    found: list[Work] = []

    def chosen(name: str) -> bool:
        return not wanted or any(part in name for part in wanted)

    def add(work: Work) -> None:
        if chosen(work.name):
            found.append(work)

    def pgd(levels: int, goal: Goal) -> PGD:
        budget = PixelBudget.grey_levels(levels)
        return PGD(access="white_box", budget=budget, step=2.5 * levels / STEPS, steps=STEPS, goal=goal)

    default = APGD(budget=PixelBudget.grey_levels(5), steps=STEPS)
    large: dict[str, Callable[[], tuple[nn.Module, CaseSet]]] = {"resnet50 at 224": lambda: resnet50(224)}
    if photographs:
        large = {"lite0 at 224": lambda: lite0(photographs), **large}
    kinds: dict[str, tuple[ImageAttack, str]] = {
        "pgd20 by default attack": (default, "float32"),
        "pgd20": (pgd(5, UNTIL_SUCCESS), "auto"),
        "all steps": (pgd(5, NEVER), "float32"),
    }
    for name, opened in large.items():
        asked = [kind for kind in kinds if chosen(f"{kind} {name}")]
        if not asked:  # making a network ready takes longer than attacking it
            continue
        network, cases = opened()
        base = (network, *right_ones(network, cases, min(count, MOST_LARGE)))
        for kind in asked:
            add(Work(f"{kind} {name}", *base, 5, kinds[kind][0], pgd_peers(), kinds[kind][1]))
    for name in shipped_names():
        folder = shipped(name)
        model, _ = folder.load("victim", CPU)
        cases = generate(folder.card.modality, 3 * count, seed=folder.card.data.seed, split="test")
        images, labels = right_ones(model, cases, count)
        base = (model, images, labels)
        if name.endswith("_hardened"):
            for levels, steps in product((4, 8), (20, 100)):
                apgd = APGD(budget=PixelBudget.grey_levels(levels), steps=steps)
                work = Work(f"apgd{steps} at {levels}/255 {name}", *base, levels, apgd, apgd_peers(steps=steps))
                add(work)
                if steps == STEPS:
                    add(replace(work, name=f"apgd{steps} float32 at {levels}/255 {name}", precision="float32"))
            continue
        square = Square(budget=PixelBudget.grey_levels(8), queries=QUERIES)
        add(Work(f"pgd20 {name}", *base, 5, pgd(5, UNTIL_SUCCESS), pgd_peers()))
        add(Work(f"pgd20 by default attack {name}", *base, 5, default, pgd_peers()))
        add(Work(f"pgd20 float32 {name}", *base, 5, pgd(5, UNTIL_SUCCESS), pgd_peers(), "float32"))
        add(Work(f"all steps {name}", *base, 5, pgd(5, NEVER), pgd_peers(), "float32"))
        add(Work(f"square {name}", *base, 8, square, square_peers(), "float32"))
    return found


def compare(work: Work, rounds: int) -> dict[str, Any]:
    """One row: medians over interleaved rounds, and the success of the last round."""

    device = work.images.device
    clock = time.process_time if device.type == "cpu" and torch.get_num_threads() == 1 else time.perf_counter
    started = clock()
    target = Target(work.model, device, precision=work.precision)
    target.search_model(work.images[:2], confirmed=True)
    target.is_batch_invariant(work.images)
    target.classes(work.images)
    ready = clock() - started

    def ours(model: nn.Module, images: torch.Tensor, labels: torch.Tensor, epsilon: float) -> torch.Tensor:
        return attack_model(target, images.cpu(), labels.cpu(), work.ours).images

    grey = bool((work.images == work.images[:, :1]).all())
    peers = {name: on_grey(peer) if grey else peer for name, peer in work.peers.items()}
    engines: dict[str, Peer] = {"threatsim": ours, **peers}
    seconds: dict[str, list[float]] = {name: [] for name in engines}
    success: dict[str, float] = {}
    epsilon = work.grey_levels / 255
    for round_number in range(rounds):
        order = list(engines)
        random.Random(round_number).shuffle(order)
        for name in order:
            started = clock()
            altered = engines[name](work.model, work.images, work.labels, epsilon).detach().to(device)
            if device.type == "cuda":
                torch.cuda.synchronize(device)
            seconds[name].append(clock() - started)
            assert float((altered - work.images).abs().max()) <= epsilon + 1e-5, name
            with torch.inference_mode():
                fooled = work.model(quantise(altered, 255)).argmax(1) != work.labels
            success[name] = float(fooled.float().mean())
    median = {name: statistics.median(times) for name, times in seconds.items()}
    per_success = {name: median[name] / max(success[name], 1e-9) for name in engines}
    best = min(work.peers, key=lambda name: per_success[name])
    return {
        "work": work.name,
        "engine_seconds": round(median["threatsim"], 4),
        "engine_ready_seconds": round(ready, 4),
        "peers": {name: round(median[name], 4) for name in work.peers},
        "ratio": round(per_success[best] / per_success["threatsim"], 2),
        "engine_success": round(success["threatsim"], 4),
        "peer_success": round(success[best], 4),
    }


def preparation_row(rounds: int) -> dict[str, Any]:
    """Time making a model ready: two copies, one of them folded and checked, and the bfloat16 one."""
    model, _ = shipped("dermoscopy").load("victim", CPU)
    images, times = torch.rand(2, 3, 64, 64), []
    for _ in range(rounds):
        started = time.perf_counter()
        Target(model, CPU).search_model(images, confirmed=True)
        times.append(time.perf_counter() - started)
    return {
        "work": "preparation of a target",
        "engine_seconds": round(statistics.median(times), 4),
        "peers": {},
        "ratio": None,
        "engine_success": None,
        "peer_success": None,
    }


def patch_row(rounds: int, steps: int = 20) -> dict[str, Any]:
    """Time a step of patch training on a batch of 16, against ART's; success means nothing after so few steps."""
    folder = shipped("dermoscopy")
    model, _ = folder.load("victim", CPU)
    cases = generate("dermoscopy", 16, seed=3, split="train")
    recipe = PatchRecipe(steps=steps, lens_steps=1, batch_size=16)
    target, times = Target(model, CPU), {"threatsim": [], "art": []}
    clock = time.process_time if torch.get_num_threads() == 1 else time.perf_counter
    for _ in range(rounds):
        started = clock()
        train_patch(target, cases, towards=1, recipe=recipe, seed=0)
        times["threatsim"].append(clock() - started)
        started = clock()
        if art_patch_steps(model, cases.images, torch.ones(16, dtype=torch.int64), steps):
            times["art"].append(clock() - started)
    ours = statistics.median(times["threatsim"])
    art = statistics.median(times["art"]) if times["art"] else None
    return {
        "work": f"{steps} patch steps dermoscopy",
        "engine_seconds": round(ours, 4),
        "peers": {} if art is None else {"art": round(art, 4)},
        "ratio": None if art is None else round(art / ours, 2),
        "engine_success": None,
        "peer_success": None,
    }


def bank_row(count: int) -> dict[str, Any]:
    """Count unique attacks a second through the bank on disk, and the same ones again."""
    threat_model = load_threat_model(shipped("dermoscopy"), CPU)
    cases = generate("dermoscopy", 4 * count, seed=3, split="test")
    spec = APGD(budget=PixelBudget.grey_levels(5), steps=STEPS)
    with tempfile.TemporaryDirectory() as folder:
        started = time.perf_counter()
        compute_outcomes(OutcomeBank(Path(folder)), threat_model, cases, spec)
        first = time.perf_counter() - started
        started = time.perf_counter()
        compute_outcomes(OutcomeBank(Path(folder)), threat_model, cases, spec)
        again = time.perf_counter() - started
    return {
        "work": f"bank, {len(cases)} attacks on an empty disk",
        "engine_seconds": round(first, 4),
        "peers": {"the same from the bank": round(again, 4)},
        "ratio": round(first / again, 1),
        "engine_success": None,
        "peer_success": None,
    }


def machine() -> dict[str, Any]:
    """Say what it ran on, and the versions of all that was compared."""
    models = [line for line in Path("/proc/cpuinfo").read_text().splitlines() if line.startswith("model name")]
    packages = ("threatsim", "torch", "numpy", "foolbox", "adversarial-robustness-toolbox", "torchattacks", "adv-lib")
    return {
        "processor": models[0].split(":")[1].strip() if models else platform.processor(),
        "processors": os.cpu_count(),
        "threads": torch.get_num_threads(),
        "python": platform.python_version(),
        "versions": {package: installed_version(package) for package in packages},
    }


def main() -> None:
    """Run the comparisons and print them."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, help="5 by default, of networks of 224 pixels 1")
    parser.add_argument("--images", type=int, default=64)
    parser.add_argument("--work", nargs="*", help="only works whose name contains one of these")
    parser.add_argument("--photographs", type=Path, help="folder of archives with fundoscopy, for the row of Lite0")
    parser.add_argument("--threads", type=int, help="of torch; all processors by default")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    if options.threads:
        torch.set_num_threads(options.threads)
    console = Console(stderr=True)
    rows = []
    for work in works(options.images, options.work, options.photographs):
        rows.append(compare(work, options.rounds or (1 if "at 224" in work.name else 5)))
        console.print(f"{rows[-1]['work']}: {rows[-1]['ratio']} x", highlight=False)
    if not options.work or "preparation" in options.work:
        rows.append(preparation_row(options.rounds or 5))
    if not options.work or "patch" in options.work:
        rows.append(patch_row(options.rounds or 5))
    if not options.work or "bank" in options.work:
        rows.append(bank_row(options.images))
    if options.json:
        json.dump({"machine": machine(), "rows": rows}, sys.stdout, indent=2)
        print()
        return
    table = Table("work", "threatsim", "peers (s)", "per success", "success", "peer's")
    for row in rows:
        peers = ", ".join(f"{name} {seconds:.2f}" for name, seconds in row["peers"].items())
        shown = [("" if row[key] is None else f"{row[key]:.3f}") for key in ("engine_success", "peer_success")]
        table.add_row(
            row["work"],
            f"{row['engine_seconds']:.3f} s",
            peers,
            "" if row["ratio"] is None else f"{row['ratio']} x",
            *shown,
        )
    Console().print(table)


if __name__ == "__main__":
    main()
