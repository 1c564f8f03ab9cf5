"""Success against epsilon where the picture that is sent is larger than what the classifier reads.

Two networks are fine-tuned on pictures reduced to half their width by Pillow's bilinear resize: the fundoscopy
classifier of photographs (from its own weights at 224 pixels) on photographs of 224 pixels reduced to 112, and the
shipped dermoscopy classifier on synthetic pictures of 256 reduced to 128. Each is then deployed behind Pillow's
bilinear resize and behind OpenCV's linear one, and attacked, with its weights known, by those who know the resize, who
guess another, who are not aware of it (the network is followed on the large picture), and who attack the reduced
picture and enlarge the change. The same change with its pixels in random order is the control. Everybody takes the
same number of steps, budgets are whole grey levels of the file that is sent, and success is the payer's decision on
that file.

    python benchmarks/resize.py --images ARCHIVES --out benchmarks/results/resize.json
    python benchmarks/resize.py --first-order --count 12 --images ARCHIVES --out results/resize_first_order.json

The second trains nothing: it takes the first-order effect of a change, sent by who reckons with each resize, on the
shipped networks as they are.
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from rich.console import Console
from torch import nn

from threatsim.attacks import APGD, NEVER, PixelBudget, attack_model
from threatsim.attacks.search.domain import quantise
from threatsim.cases.image_set import CaseSet
from threatsim.cases.synthetic.generate import generate
from threatsim.catalogue.pictures.resizes import RESIZES
from threatsim.classifiers.network import scores
from threatsim.classifiers.production import archive_for
from threatsim.classifiers.resizing.resize import Resize
from threatsim.classifiers.resizing.resized_classifier import ResizedClassifier, as_read
from threatsim.classifiers.store import ClassifierFolder, shipped
from threatsim.classifiers.training_loop import train_classifier
from threatsim.classifiers.weights import load_tensors
from threatsim.common.files import write_text
from threatsim.statistics.discrimination import auroc, proportion

CPU = torch.device("cpu")
BEHIND = {"pillow_bilinear": "opencv_linear", "opencv_linear": "pillow_bilinear"}
"""The payer's resize -> the one that an attacker guesses in its place."""
Attacker = Callable[[ResizedClassifier, torch.Tensor, torch.Tensor, APGD], torch.Tensor]


@dataclass(frozen=True)
class Setting:
    """Pictures, and how the network that reads their half is trained.

    Attributes:
        folder: the classifier that training starts from.
        train, test: cases with pictures as they are submitted.
        reads: width that the network reads (pixels).
        epochs: passes of the fine-tuning.
    """

    folder: ClassifierFolder
    train: CaseSet
    test: CaseSet
    reads: int
    epochs: int


def of_photographs(images: Path, folder: Path) -> Setting:
    """Fundus photographs of 224 pixels, read at 112."""
    own = shipped(str(folder))
    archive = archive_for(own.card, images)
    return Setting(own, archive.train, archive.test, 112, 2)


def of_synthetic(train: int, test: int) -> Setting:
    """Synthetic dermoscopy of 256 pixels, read at 128."""
    own = shipped("dermoscopy")
    counts, seed = {"train": train, "test": test}, own.card.data.seed
    drawn = (generate("dermoscopy", count, seed=seed, split=split, size=256) for split, count in counts.items())
    return Setting(own, *drawn, 128, 2)


def trained(setting: Setting) -> nn.Module:
    """Fine-tune the victim on reduced pictures, by the card's recipe for archives in fewer passes."""
    card = setting.folder.card
    recipe = card.recipe_for_archives.model_copy(update={"epochs": setting.epochs, "batch_size": 16})
    start = {
        name: one.float() if one.is_floating_point() else one
        for name, one in load_tensors(setting.folder.path / "victim.safetensors")[0].items()
    }
    small = as_read(setting.train, setting.reads)
    return train_classifier(card.network, recipe, small, None, seed=0, device=CPU, initial=start)


def knowing(resize: str | None) -> Attacker:
    """Follow the gradient through a resize: the payer's own if None, `none` for the large picture itself."""

    def run(victim: ResizedClassifier, images: torch.Tensor, labels: torch.Tensor, spec: APGD) -> torch.Tensor:
        return attack_model(victim, images, labels, spec.model_copy(update={"assumed_resize": resize})).images

    return run


def enlarging(victim: ResizedClassifier, images: torch.Tensor, labels: torch.Tensor, spec: APGD) -> torch.Tensor:
    """Attack the reduced picture, and add its change to the large one, each pixel's to the 2 x 2 that it came from."""
    with torch.no_grad():
        small = victim.resize(images)
    change = attack_model(victim.classifier, small, labels, spec).images - small
    times = images.shape[2] // small.shape[2]
    return quantise(images + change.repeat_interleave(times, 2).repeat_interleave(times, 3), 255)


def shuffled(victim: ResizedClassifier, images: torch.Tensor, labels: torch.Tensor, spec: APGD) -> torch.Tensor:
    """Put the pixels of the change of who knows the resize in random order, in all channels alike."""
    change = knowing(None)(victim, images, labels, spec) - images
    order = torch.randperm(images.shape[2] * images.shape[3], generator=torch.Generator().manual_seed(0))
    return quantise(images + change.flatten(2)[..., order].reshape(images.shape), 255)


def rows_of(
    setting: Setting, network: nn.Module, *, behind: list[str], count: int, levels: list[int], steps: int
) -> Iterator[dict[str, object]]:
    """Measure one network behind each of these resizes."""
    for resize in behind:
        other = BEHIND[resize]
        victim = ResizedClassifier(network, setting.reads, resize).eval()
        clean = scores(victim, setting.test.images, device=CPU).numpy()
        truth = setting.test.labels
        right = np.flatnonzero((clean >= 0.5) == (truth == 1))
        chosen = np.sort(np.random.default_rng(0).permutation(right)[:count])
        images = setting.test.images[torch.from_numpy(chosen)]
        labels = torch.from_numpy(truth[chosen].astype("int64"))
        attackers: dict[str, Attacker] = {
            "knows the resize": knowing(None),
            f"guesses {other}": knowing(other),
            "not aware of it": knowing("none"),
            "enlarges the small change": enlarging,
            "control: shuffled": shuffled,
        }
        area = auroc(clean, truth, np.array(setting.test.patient_ids))
        for level in levels:
            spec = APGD(budget=PixelBudget.grey_levels(level), steps=steps, goal=NEVER)
            for name, attacker in attackers.items():
                began = time.process_time()
                files = attacker(victim, images, labels, spec)
                assert float((files - images).abs().max()) <= level / 255 + 1e-6, name
                wrong, moved = _reached(victim, images, files, labels)
                yield {
                    "pictures": setting.test.source,
                    "sent": int(images.shape[2]),
                    "read": setting.reads,
                    "auroc": _listed(area),
                    "resize": resize,
                    "attacker": name,
                    "grey_levels": level,
                    "images": len(images),
                    "success": _listed(proportion(wrong, np.array(setting.test.patient_ids)[chosen])),
                    "logits_moved": round(moved, 3),
                    "cpu_seconds_an_image": round((time.process_time() - began) / len(images), 3),
                }


def first_order_rows(folder: ClassifierFolder, cases: CaseSet, reads: int) -> Iterator[dict[str, object]]:
    """Measure what a small change reaches: its first-order effect as a share of that of who knows the resize.

    Of a network with gradient g at the picture that it reads, the steepest change within the ball is sign(R'g) for the
    resize R; who reckons with another, Q, sends sign(Q'g), and moves the margin by sign(Q'g).R'g instead of |R'g|. Here
    g is that of the card's own network, as it is.
    """
    network, _ = folder.load("victim", CPU)
    for resize in RESIZES:
        layers = {name: Resize(reads, name, rounds=False) for name in RESIZES}
        leaf = layers[resize](cases.images[:]).detach().requires_grad_()
        logits = network(leaf)
        (at_small,) = torch.autograd.grad((logits[:, 1] - logits[:, 0]).sum(), leaf)

        followed = _traced_back(at_small, layers[resize], cases.images[:])
        whole = followed.abs().flatten(1).sum(1)
        for other in RESIZES:
            sent = _traced_back(at_small, layers[other], cases.images[:]).sign()
            share = ((sent * followed).flatten(1).sum(1) / whole).numpy()
            yield {
                "pictures": cases.source,
                "classifier": folder.card.name,
                "sent": cases.size[1],
                "read": reads,
                "resize": resize,
                "guessed": other,
                "images": len(cases),
                "first_order": round(float(share.mean()), 3),
                "least": round(float(share.min()), 3),
            }


def _traced_back(gradient: torch.Tensor, resize: Resize, images: torch.Tensor) -> torch.Tensor:
    """Return the gradient (N, 3, H, W) at large pictures for one (N, 3, size, size) at what a resize makes of them."""
    leaf = images.clone().requires_grad_()
    (found,) = torch.autograd.grad((resize(leaf) * gradient).sum(), leaf)
    return found


def _reached(
    victim: nn.Module, images: torch.Tensor, files: torch.Tensor, labels: torch.Tensor
) -> tuple[NDArray[np.bool_], float]:
    """Return (N,) whether the payer decides wrongly on the files, and how far their margin moved towards that."""
    with torch.inference_mode():
        before, after = (one[:, 1] - one[:, 0] for one in (victim(images), victim(files)))
    wrong: NDArray[np.bool_] = ((after >= 0).long() != labels).numpy()
    return wrong, float(((after - before) * (1 - 2 * labels)).mean())


def _listed(estimate: object) -> list[float | None]:
    values = (estimate.value, estimate.low, estimate.high)  # type: ignore[attr-defined]
    return [None if value is None else round(value, 4) for value in values]


def main() -> None:
    """Measure and write."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument(
        "--images", type=Path, help="folder of archives with fundoscopy; synthetic ones alone if absent"
    )
    parser.add_argument(
        "--classifier",
        type=Path,
        default=Path("packages/threatsim-real/threatsim_real/classifiers/fundoscopy_real"),
        help="of the photographs",
    )
    parser.add_argument("--behind", nargs="+", choices=tuple(BEHIND), default=list(BEHIND), help="the payer's resizes")
    parser.add_argument("--count", type=int, default=16, help="images that are attacked")
    parser.add_argument("--train", type=int, default=400, help="synthetic training cases")
    parser.add_argument("--test", type=int, default=200, help="synthetic test cases")
    parser.add_argument("--levels", type=int, nargs="+", default=[1, 2, 4], help="budgets, grey levels")
    parser.add_argument("--steps", type=int, default=8)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--first-order", action="store_true", help="only what small changes reach; nothing is trained")
    options = parser.parse_args()
    console = Console(stderr=True)
    rows: list[dict[str, object]] = []
    if options.first_order:
        own = shipped("dermoscopy")
        for sent in (128, 256):
            drawn = generate("dermoscopy", options.count, seed=own.card.data.seed, split="test", size=sent)
            rows += first_order_rows(own, drawn, own.card.data.image_size)
        if options.images:
            real = shipped(str(options.classifier))
            rows += first_order_rows(real, archive_for(real.card, options.images).test.sample(options.count), 112)
        write_text(options.out, json.dumps({"torch": version("torch"), "rows": rows}, indent=1) + "\n")
        return

    settings = [of_photographs(options.images, options.classifier)] if options.images else []
    settings.append(of_synthetic(options.train, options.test))
    for setting in settings:
        network = trained(setting)
        console.print(f"{setting.test.source}: trained, {time.process_time():.0f} cpu s", highlight=False)
        for row in rows_of(
            setting,
            network,
            behind=options.behind,
            count=options.count,
            levels=options.levels,
            steps=options.steps,
        ):
            rows.append(row)
            told = (row[name] for name in ("resize", "grey_levels", "attacker", "success", "logits_moved"))
            console.print(", ".join(map(str, told)), highlight=False)
            made = {"torch": version("torch"), "threads": torch.get_num_threads(), "steps": options.steps}
            write_text(options.out, json.dumps({**made, "rows": rows}, indent=1) + "\n")


if __name__ == "__main__":
    main()
