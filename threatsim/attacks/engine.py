"""The batched engine: one attack on many cases, on any device; the untouched classifier decides on the saved files."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import torch

from threatsim.attacks.base import ImageAttack
from threatsim.attacks.checks import check_images, check_spec
from threatsim.attacks.search.batch import Batch
from threatsim.attacks.search.batch_invariance import alone, out_of_memory, steady_threads
from threatsim.attacks.search.domain import quantise
from threatsim.attacks.search.other_patients import other_patients
from threatsim.attacks.search.target import LogitsError, Target
from threatsim.attacks.search.target_decision import TargetDecision
from threatsim.attacks.threat_model import ThreatModel
from threatsim.cases.image_set import CaseSet
from threatsim.cases.stored_images import Images
from threatsim.common.errors import ThreatsimError
from threatsim.common.html_table import html_table

if TYPE_CHECKING:
    import pandas as pd

BATCH = {"cpu": 64, "cuda": 512}
_PIXELS = 64 * 128 * 128
"""Most pixels in a batch on a processor: more fill the memory with activations and save no time."""
ENGINE_VERSION = 6
"""Raised whenever an attack changes what it does, so that outcomes kept from before are not taken for its own."""


_COSTS = ["steps", "gradients", "queries"]


@dataclass(frozen=True, repr=False)
class Attacked:
    """The outcome of an attack, on the CPU.

    Attributes:
        images: (N, 3, H, W) float32 in [0, 1], as the saved files have them; empty if they were not to be kept.
        logits: (N, C) float32, the victim's, on those files.
        success: (N,) bool, whether the victim's decision on the file is the one that the attacker wanted.
        steps: (N,) int64, gradient steps to the file that counts.
        gradients: (N,) int64, gradients computed.
        queries: (N,) int64, queries to the payer.
    """

    images: torch.Tensor
    logits: torch.Tensor
    success: torch.Tensor
    steps: torch.Tensor
    gradients: torch.Tensor
    queries: torch.Tensor

    @property
    def scores(self) -> torch.Tensor:
        """(N,) p(finding) of a two-class victim."""
        return self.logits.softmax(1)[:, 1]

    def __repr__(self) -> str:
        kept = f", files of {' x '.join(map(str, self.images.shape[1:]))}" if len(self.images) else ""
        reached = f"{int(self.success.sum())} of {len(self.success)} images reach the wanted decision"
        return f"Attacked({reached}; {int(self.gradients.sum())} gradients, {int(self.queries.sum())} queries{kept})"

    def _repr_html_(self) -> str:
        frame = self.to_frame()
        costs = [[name, *(f"{frame[name].agg(of):g}" for of in ("median", "max", "sum"))] for name in _COSTS]
        return html_table(["", "median", "most", "sum"], costs, caption=repr(self))

    def to_frame(self) -> pd.DataFrame:
        """Return a row an image, with success, decision (the class of the greatest logit) and what it cost."""
        import pandas as pd

        columns = {"success": self.success, "decision": self.logits.argmax(1)}
        columns |= {name: getattr(self, name) for name in _COSTS}
        return pd.DataFrame({name: column.numpy() for name, column in columns.items()}).rename_axis("image")


@dataclass(frozen=True)
class AttackProblem:
    """Images to attack, and all that the attack needs to know.

    Attributes:
        victim: gives the verdict.
        source: whose gradients or scores are followed.
        images: (N, 3, H, W) in [0, 1].
        target_decision: (N,) what is wanted.
        keys: (N,) what random numbers are drawn from.
        names: (N,) what an error calls each image.
        trained: what was trained ahead.
        others: rows -> for each another patient's image with the wanted label; None where there are none.
        levels: grid of the file, or None.
    """

    victim: Target
    source: Target
    images: Images
    target_decision: TargetDecision
    keys: Sequence[str]
    names: Sequence[str]
    trained: Mapping[str, torch.Tensor] = field(default_factory=dict)
    others: Callable[[list[int]], torch.Tensor] | None = None
    levels: int | None = 255


def attack(
    threat_model: ThreatModel,
    cases: CaseSet,
    spec: ImageAttack,
    *,
    seed: int = 0,
    towards: torch.Tensor | None = None,
    pool: CaseSet | None = None,
    batch: int | None = None,
    keep_images: bool = True,
    on_batch: Callable[[int], None] | None = None,
) -> Attacked:
    """Attack every case of a two-class classifier, toward the class that it is not unless told otherwise.

    A case's outcome is a function of (image, spec, weights, operating point, seed): random numbers are keyed by the
    image, and evaluations have shapes that do not let one image's rounding depend on another's.

    Args:
        towards: (N,) int64, the decision wanted of each case (1 = the finding).
        pool: whose images substitution sends instead; `cases` if None.
        batch: cases in a batch; the device's own if None. It is halved when memory runs out.
        keep_images: whether the altered images come back; scores alone need no memory to speak of.
        on_batch: called with the number of cases finished by each batch.

    Raises:
        ThreatsimError: there are no cases, an image is not within [0, 1], the budget leaves nothing to change, or the
            classifier's output is no verdict. The message names the case.
    """
    check_images(cases.images, cases.case_ids)
    check_spec(spec)
    wanted = torch.from_numpy(1 - cases.labels.astype("int64")) if towards is None else towards
    source = threat_model.source_of(spec)
    drawn = "other_patients" in spec.row.needs
    problem = AttackProblem(
        victim=threat_model.victim,
        source=source,
        images=cases.images,
        target_decision=TargetDecision.finding(wanted, threshold=threat_model.threshold),
        keys=[f"{spec.family}/{seed}/{fingerprint}" for fingerprint in cases.fingerprints],
        names=[f"case '{name}'" for name in cases.case_ids],
        trained={**threat_model.patches, **spec.train(source, threat_model.training_for(spec), seed=seed)},
        others=other_patients(cases, wanted, pool or cases, seed=seed) if drawn else None,
    )
    return solve(problem, spec, batch=batch, keep_images=keep_images, on_batch=on_batch)


def solve(
    problem: AttackProblem,
    spec: ImageAttack,
    *,
    batch: int | None = None,
    keep_images: bool = True,
    on_batch: Callable[[int], None] | None = None,
) -> Attacked:
    """Run an attack in batches; a batch that memory has no room for is tried again at half the size.

    Args:
        problem: the images, with all that the attack needs to know.
        spec: the attack.
        batch: images at once; as many as the device is given by default if None.
        keep_images: whether the attacked images are returned; scores and costs are in any case.
        on_batch: called with the number of images done, after each batch.

    Raises:
        LogitsError: the classifier's output is no verdict.
        ThreatsimError: one image alone is too large for the memory.
    """
    device = problem.victim.device
    size = batch or _batch_size(device, problem.images)
    parts: list[Attacked] = []
    start = 0
    models = (problem.victim, problem.source)
    with steady_threads(), alone(not all(model.is_batch_invariant(problem.images) for model in models)):
        while start < len(problem.images):
            rows = list(range(start, min(start + size, len(problem.images))))
            try:
                parts.append(_one_batch(problem, spec, rows, keep_images))
            except LogitsError as error:
                row = None if error.row is None else rows[error.row]
                name = "" if row is None else f"{problem.names[row]}: "
                raise LogitsError(name + error.message, row) from error
            except RuntimeError as error:
                if not out_of_memory(error):
                    raise
                if size == 1:
                    raise ThreatsimError(f"{problem.names[start]}: memory has no room for one image") from error
                size = max(1, size // 2)
                if device.type == "cuda":
                    torch.cuda.empty_cache()
                continue
            start += len(rows)
            if on_batch:
                on_batch(len(rows))
    joined = (torch.cat([getattr(part, name) for part in parts]) for name in Attacked.__dataclass_fields__)
    return Attacked(*joined)


def _batch_size(device: torch.device, images: Images) -> int:
    """Give how many of the (N, 3, H, W) images a device is given at once."""
    most = BATCH[device.type]
    return most if device.type != "cpu" else max(1, min(most, _PIXELS // (images.shape[2] * images.shape[3])))


def _one_batch(problem: AttackProblem, spec: ImageAttack, rows: list[int], keep_images: bool) -> Attacked:
    device = problem.victim.device
    index = torch.tensor(rows)
    batch = Batch(
        source=problem.source,
        victim=problem.victim,
        images=problem.images[index].to(device, memory_format=torch.channels_last),
        target_decision=problem.target_decision.take(index).to(device),
        keys=[problem.keys[row] for row in rows],
        trained=problem.trained,
        other=problem.others(rows).to(device) if problem.others else None,
    )
    adversarial = spec.run(batch)
    levels = spec.file_levels(problem.levels)
    files = adversarial.files if levels is None else quantise(adversarial.files, levels)
    known = adversarial.logits is not None and batch.source is batch.victim and torch.equal(files, adversarial.files)
    logits = adversarial.logits if known and adversarial.logits is not None else problem.victim.verdict(files)
    return Attacked(
        images=files.float().cpu().contiguous() if keep_images else torch.empty(0, *files.shape[1:]),
        logits=logits.cpu(),
        success=batch.target_decision.is_success(logits).cpu(),
        steps=adversarial.steps.cpu(),
        gradients=adversarial.gradients.cpu(),
        queries=adversarial.queries.cpu(),
    )


def clean_scores(threat_model: ThreatModel, cases: CaseSet) -> torch.Tensor:
    """Return (N,) the victim's p(finding) on the untouched images, on the CPU.

    Raises:
        ThreatsimError: an image is not within [0, 1], or the classifier's output is no verdict.
    """
    check_images(cases.images, cases.case_ids)
    size, parts = _batch_size(threat_model.victim.device, cases.images), []
    with steady_threads(), alone(not threat_model.victim.is_batch_invariant(cases.images)):
        for start in range(0, len(cases), size):
            try:
                part = threat_model.victim.scores(cases.images[start : start + size].to(threat_model.victim.device))
            except LogitsError as error:
                row = None if error.row is None else start + error.row
                name = "" if row is None else f"case '{cases.case_ids[row]}': "
                raise LogitsError(name + error.message, row) from error
            parts.append(part.float().cpu())
    return torch.cat(parts)
