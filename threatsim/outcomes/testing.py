"""Checks that the author of a plug-in runs on an attack, a detector or a kind of image.

Each is a property that the rest of threatsim builds on and cannot see from outside: outcomes are kept for ever under
their key, and cases are attacked in whatever company. A check returns nothing, or raises `AssertionError` with what
does not hold. All run on small networks and images made here, in seconds.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

import numpy as np
import torch
from torch import nn

from threatsim.attacks.base import ImageAttack, TrainingImages
from threatsim.attacks.engine import Attacked, attack
from threatsim.attacks.search.domain import Domain
from threatsim.attacks.search.target import Target
from threatsim.attacks.threat_model import ThreatModel
from threatsim.cases.image_set import CaseSet, to_grid
from threatsim.cases.synthetic.case_draws import CaseDraws
from threatsim.cases.synthetic.generate import generate
from threatsim.cases.synthetic.generator import Generator
from threatsim.catalogue.modalities import MODALITIES
from threatsim.common.keyed.keyed_random import keyed_uniform
from threatsim.defences.detectors.detector import DetectorProtocol, statistics
from threatsim.defences.reference import Ground, Reference, Watched
from threatsim.outcomes.bank.filling import outcome_keys

_CPU = torch.device("cpu")
_SIZE = 32
_PATCHES = ("white_box", "black_box", "none", "lens_white_box", "lens_black_box")


def check_attack(spec: ImageAttack, *, cases: int = 9) -> None:
    """Check an attack on images.

    It comes out the same every time, and for a case in any company; its files lie within the budget, and grey films
    stay grey; counts are counts; and whatever changes an outcome changes the key under which it is kept.

    Args:
        spec: the attack, with the parameters to check it with.
        cases: how many images to try it on.

    Raises:
        AssertionError: one of these does not hold.
        ThreatsimError: the attack cannot be run, or its row is not in the catalogue.
    """
    threat_model, images = _threat_model(), _cases(cases)
    whole = attack(threat_model, images, spec)
    _require(_same(whole, attack(threat_model, images, spec)), "the attack comes out differently the second time")
    rows = list(range(cases))[::-2]
    part = attack(threat_model, images.subset(rows), spec, pool=images, batch=2)
    found = Attacked(*(getattr(whole, name)[rows] for name in Attacked.__dataclass_fields__))
    _require(_same(part, found), "the outcome of a case depends on the cases that it is attacked with")
    _check_files(spec, images, whole)
    for name in ("steps", "gradients", "queries"):
        counts = getattr(whole, name)
        _require(
            counts.shape == (cases,) and counts.dtype == torch.int64 and bool((counts >= 0).all()),
            f"{name} are not {cases} whole numbers of at least 0",
        )
    if spec.access != "queries":
        _require(not bool(whole.queries.any()), f"it counts queries, with access {spec.access}")
    _check_keys(spec, threat_model, images, whole)


def check_detector(made: Callable[[Ground], DetectorProtocol]) -> None:
    """Check a detector of altered images.

    Its statistic is a finite number for each image, the same alone and in company and every time it is fitted to the
    same images; and a gradient of it reaches the images, so that an adaptive attack can be run against it.

    Args:
        made: the implementation that its row leads to.

    Raises:
        AssertionError: one of these does not hold.
    """
    network, images = _network(1), _cases(9).images[:]
    reference = Reference("check", lambda: _cases(24, seed=3), lambda: _cases(24, seed=4), 24)
    ground = Ground(_cases(9), Watched(lambda: network, Target(network, _CPU), "check"), reference)
    detector = made(ground)
    whole = statistics(detector, images)
    _require(whole.shape == (len(images),), f"the statistic has shape {tuple(whole.shape)} for {len(images)} images")
    _require(bool(torch.isfinite(whole).all()), "the statistic is not a finite number")
    _require(torch.equal(whole, statistics(made(ground), images)), "fitted again, it gives other statistics")
    alone = torch.cat([statistics(detector, image[None]) for image in images])
    _require(torch.equal(whole, alone), "the statistic of an image depends on the images beside it")
    submitted = images.clone().requires_grad_(True)
    with torch.enable_grad():
        statistic = detector.statistic(submitted).sum()
        _require(statistic.requires_grad, "no gradient of the statistic reaches the images")
        (gradient,) = torch.autograd.grad(statistic, submitted)
    _require(bool(torch.isfinite(gradient).all()), "the gradient of the statistic is not finite")
    _require(bool(gradient.any()), "the gradient of the statistic is 0 everywhere")


def check_modality(name: str, *, sizes: tuple[int, ...] = (32, 64)) -> None:
    """Check the synthetic cases of a kind of image.

    Images have the shape asked for and lie about [0, 1]; a case is the same whatever it is drawn with; seeds and splits
    share none; and the finding is graver where the label says that it is there, though not always.

    Args:
        name: the modality's, in the catalogue.
        sizes: widths to draw (pixels).

    Raises:
        AssertionError: one of these does not hold.
        InputError: there is no such modality.
    """
    generator: Generator = MODALITIES.find(name).resolve()
    draws = CaseDraws(5, torch.arange(400), stream=f"{name}/test")
    positive = torch.arange(400) % 2 == 1
    severity = generator.severity(draws, positive)
    _require(severity.shape == (400,), f"the severity has shape {tuple(severity.shape)} for 400 cases")
    with_finding, without = severity[positive], severity[~positive]
    above = float((with_finding[:, None] > without[None]).float().mean())
    _require(above > 0.6, "the finding is no graver in cases that have it")
    _require(above < 1.0, "the finding divides the cases without overlap, so that nothing is left to be mistaken")
    few = CaseDraws(5, torch.arange(6), stream=f"{name}/test")
    for size in sizes:
        drawn = generator.render(few, severity[:6], size=size)
        _require(drawn.shape == (6, 3, size, size), f"6 images of {size} pixels have shape {tuple(drawn.shape)}")
        _require(bool(torch.isfinite(drawn).all()), "a pixel is not a finite number")
        _require(float(drawn.min()) > -0.5 and float(drawn.max()) < 1.5, "pixels lie far outside [0, 1]")
    sets = {
        (seed, split): generate(name, 6, seed=seed, split=split, size=sizes[0]).fingerprints
        for seed in (1, 2)
        for split in ("train", "test")
    }
    more = generate(name, 17, seed=1, split="test", size=sizes[0]).fingerprints
    _require(sets[1, "test"] == more[:6], "a case depends on how many are drawn")
    _require(len({image for images in sets.values() for image in images}) == 24, "seeds or splits share a case")


def _check_files(spec: ImageAttack, cases: CaseSet, found: Attacked) -> None:
    files = found.images
    _require(files.shape == cases.images.shape, f"files have shape {tuple(files.shape)}")
    if spec.bound is not None:
        domain = Domain.of(cases.images[:], spec.bound)
        furthest = float(domain.distance(files).max())
        _require(
            furthest <= domain.radius * (1 + 1e-5) + 1e-7,
            f"a file is {furthest:.3g} from its original, and the budget is {domain.radius:.3g}, on [0, 1]",
        )
        grey = domain.grey
        _require(torch.equal(files[grey][:, :1].expand_as(files[grey]), files[grey]), "a grey film comes out coloured")


def _check_keys(spec: ImageAttack, threat_model: ThreatModel, cases: CaseSet, whole: Attacked) -> None:
    """Check that whatever changes an outcome changes its key."""
    keys = outcome_keys(threat_model, cases, spec, 0)
    _require(len(set(keys)) == len(keys), "two cases have one key")
    for changed, other in _others(threat_model, cases):
        found, known = attack(other, cases, spec), outcome_keys(other, cases, spec, 0)
        for row, (one, two) in enumerate(zip(keys, known, strict=True)):
            moved = not (torch.equal(whole.logits[row], found.logits[row]) and whole.queries[row] == found.queries[row])
            _require(
                not moved or one != two,
                f"the outcome depends on the {changed}, and the row's depends_on does not say so",
            )


def _others(threat_model: ThreatModel, cases: CaseSet) -> Iterator[tuple[str, ThreatModel]]:
    """Yield attackers that differ from one in a single input, which is named."""

    def named(**fingerprints: str) -> dict[str, str]:
        return {**threat_model.fingerprints, **fingerprints}

    scores = sorted(threat_model.victim.scores(cases.images[:]).tolist())
    for place in (len(scores) // 4, -len(scores) // 4):  # so that some decisions are others
        yield "threshold", threat_model.at(scores[place])
    yield "victim", replace(threat_model, victim=Target(_network(4), _CPU), fingerprints=named(victim="other"))
    yield "surrogate", replace(threat_model, surrogate=Target(_network(5), _CPU), fingerprints=named(surrogate="other"))
    yield "patches", replace(threat_model, patches=_patches("other"), fingerprints=named(patches="other"))
    yield "training", replace(threat_model, training=_training("other", seed=8))


def _threat_model() -> ThreatModel:
    return ThreatModel(
        victim=Target(_network(1), _CPU),
        surrogate=Target(_network(2), _CPU),
        patches=_patches("first"),
        fingerprints={"victim": "first", "surrogate": "first", "patches": "first"},
        training=_training("first", seed=7),
    )


def _network(seed: int) -> nn.Module:
    """Make a small network with random weights that divides images about evenly."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        last = nn.Linear(8 * (_SIZE // 4) ** 2, 2)
        network = nn.Sequential(
            nn.Conv2d(3, 8, 5, stride=2, padding=2),
            nn.Tanh(),
            nn.Conv2d(8, 8, 3, stride=2, padding=1),
            nn.Tanh(),
            nn.Flatten(),
            last,
        )
    with torch.no_grad():
        last.bias.sub_(network(_cases(24, seed=6).images).median(0).values)
    return network


def _patches(key: str) -> dict[str, torch.Tensor]:
    drawn = keyed_uniform([f"{key}/{name}/{towards}" for name in _PATCHES for towards in (0, 1)], (3, 16, 16))
    return {name: to_grid(drawn[2 * place : 2 * place + 2]) for place, name in enumerate(_PATCHES)}


def _training(fingerprint: str, *, seed: int) -> TrainingImages:
    return TrainingImages(fingerprint, lambda count: _cases(count, seed=seed).images[:])


def _cases(count: int, *, seed: int = 0) -> CaseSet:
    """Draw images of smooth noise, a third of them grey."""
    keys = [f"{seed}/{row}" for row in range(count)]
    coarse = keyed_uniform(keys, (3, 6, 6))
    images = nn.functional.interpolate(coarse, (_SIZE, _SIZE), mode="bilinear", align_corners=False)
    grey = torch.arange(count) % 3 == 0
    images = torch.where(grey[:, None, None, None], images[:, :1].expand_as(images), images)
    return CaseSet(
        modality=next(iter(MODALITIES)),
        images=to_grid(images),
        labels=np.arange(count, dtype=np.int8) % 2,
        case_ids=tuple(keys),
        patient_ids=tuple(keys),
        source="noise",
    )


def _same(one: Attacked, other: Attacked) -> bool:
    return all(torch.equal(getattr(one, name), getattr(other, name)) for name in Attacked.__dataclass_fields__)


def _require(holds: bool, otherwise: str) -> None:
    if not holds:
        raise AssertionError(otherwise)
