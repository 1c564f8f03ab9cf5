"""What this package adds, checked with threatsim's own checks for plug-ins."""

from __future__ import annotations

import numpy as np
from dental_plugin.satisficing import Satisficing
from dental_plugin.smooth_noise import SmoothNoise

from threatsim.attacks.budget import PixelBudget
from threatsim.catalogue.controls import CONTROLS
from threatsim.market.testing import check_conduct_rule, check_metric
from threatsim.outcomes.testing import check_attack, check_detector, check_modality
from threatsim.scenario.reading.reader import load_scenario


def test_the_attack() -> None:
    for access in ("white_box", "black_box"):
        check_attack(SmoothNoise(access=access, budget=PixelBudget(epsilon=0.1), tries=3))


def test_the_detector() -> None:
    check_detector(CONTROLS["grain"].resolve())


def test_the_films() -> None:
    check_modality("bitewing")


def test_the_metric() -> None:
    check_metric("false_share", load_scenario("dental_fillings").scenario)


def test_the_conduct_rule() -> None:
    check_conduct_rule("satisficing", load_scenario("dental_fillings").scenario.conduct)


def test_the_first_option_that_pays_is_taken_and_not_the_best() -> None:
    rule = Satisficing(load_scenario("dental_fillings").scenario.conduct)
    utility = np.array([[[-1.0, 2.0], [9.0, 1.0]], [[-1.0, -2.0], [-np.inf, -1.0]]])  # providers, tactics, shares
    assert rule.choose(np.arange(2), lambda rows: utility[rows], np.random.default_rng(0)).option.tolist() == [2, 0]
