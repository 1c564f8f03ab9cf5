"""A file of moments: what is wrong is told in one message with its place and the nearest name."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.calibration.conftest import MOMENTS
from threatsim.calibration.free_numbers import free_numbers
from threatsim.calibration.moment_figures import OWN_FIGURES, figure_names
from threatsim.calibration.moment_values import value_of, wanted_arms, wanted_figures
from threatsim.calibration.moments_file import Measure, read_moments, shipped_moments
from threatsim.calibration.moments_of_scenario import check_moments, scenario_with_arms
from threatsim.catalogue.metrics import ARM_METRICS
from threatsim.common.errors import InputError
from threatsim.experiment.run_request import RunRequest


def looked_at(file: Path, scenario: str = "insurance_upcoding", **settings: object) -> None:
    read = read_moments(file)
    request = RunRequest(scenario, None, replicates=None, seed=None, workers=1, device="cpu", out=file.parent)
    loaded, _ = scenario_with_arms(request, settings, read)
    check_moments(read, loaded.scenario)
    free_numbers(loaded, read, settings)


@pytest.mark.parametrize(
    ("edit", "place", "said"),
    [
        (
            ("figure: fraud_share", "figure: fraud_shares"),
            "9:",
            "no metric measures 'fraud_shares'. Did you mean 'fraud_share'",
        ),
        (("[0.03, 0.10]", "[0.10, 0.03]"), "7:", "the interval is 0.1 to 0.03; its first end must be below"),
        (("value: 0.05", "value: 0.5"), "4:", "lies outside its interval"),
        (("use: fit\n", "use: predict\n"), "3:", "nothing to fit to"),
        (("use: fit\n", "used: fit\n"), "8:", "there is no key 'used' here"),
        (("    value: 0.05\n", ""), "4:", "lacks 'value'"),
        (("kind: assumed", "kind: measured"), "4:", "needs a source"),
        (("conduct.reluctance_median", "conduct.reluctance_medain"), "2:3", "Did you mean 'reluctance_median'"),
        (("conduct.reluctance_median", "conduct.rule"), "2:3", "is no number"),
        (("conduct.reluctance_median", "conduct.precision"), "2:3", "it needs a prior here"),
        (("conduct.reluctance_median", "seed"), "2:3", "cannot vary"),
        (
            ("conduct.reluctance_median:", "conduct.reluctance_median: {uniform: {low: 2, high: 1}}"),
            "2:",
            "low must lie below high",
        ),
        (("arm: audits_doubled", "arm: audits_doubledd"), "15:", "Did you mean 'audits_doubled'"),
        (("arm: audits_doubled", "arm: baseline"), "15:", "is the baseline"),
        (("how: change, arm: audits_doubled", "how: change"), "15:", "change needs an arm"),
        (("how: change", "how: saved_per"), "15:", "saved_per needs `per`"),
        (("weeks: [1, 4]", "weeks: [1, 400]"), "15:", "beyond the record, which has 52"),
        (("weeks: [1, 4]", "weeks: [4, 1]"), "15:", "count from 1 and must rise"),
        (("figure: fraud_share", "figure: fraud_share, weeks: [1, 4]"), "9:", "is of the whole record"),
        (("figure: fraud_share", "figure: lasting_outliers"), "9:", "needs 2 whole years; the record has 52 weeks"),
    ],
)
def test_what_is_wrong_has_its_place(tmp_path: Path, edit: tuple[str, str], place: str, said: str) -> None:
    assert edit[0] in MOMENTS
    file = tmp_path / "m.yaml"
    file.write_text(MOMENTS.replace(*edit, 1))
    with pytest.raises(InputError) as caught:
        looked_at(file)
    message = str(caught.value)
    assert said in message
    assert f"m.yaml:{place}" in message


def test_arms_of_the_file_are_checked_like_those_of_a_scenario(tmp_path: Path) -> None:
    file = tmp_path / "m.yaml"
    for written, said in (
        ("{name: audits_doubled, title: A, set: {weeks: 3}}", "has an arm 'audits_doubled' already"),
        ("{name: mine, title: A, set: {weeks: 3}}", "which is the same in all arms"),
        ("{name: mine, title: A, set: {payers.*.audit.rondom: 0.1}}", "Did you mean 'random'"),
        ("{name: mine, title: A, set: {payers.*.audit.random: 7}}", "the arms of"),
    ):
        file.write_text(f"arms: [{written}]\n{MOMENTS}")
        with pytest.raises(InputError, match=said):
            looked_at(file)


def test_a_number_that_is_set_is_not_free(tmp_path: Path) -> None:
    file = tmp_path / "m.yaml"
    file.write_text(MOMENTS)
    with pytest.raises(InputError, match="it is one or the other"):
        looked_at(file, **{"conduct.reluctance_median": 1000})


def test_the_file_that_ships_fits_the_flagship_and_holds_moments_out() -> None:
    read = read_moments(shipped_moments())
    looked_at(shipped_moments(), weeks=156)
    assert len(read.used("predict")) >= 2
    assert all(one.kind != "measured" or one.source for one in read.content.moments.values())


def test_no_figure_of_moments_hides_one_of_the_catalogue() -> None:
    assert not set(OWN_FIGURES) & set(ARM_METRICS)
    assert len(set(figure_names())) == len(figure_names())


def test_measures_are_what_they_say() -> None:
    of = {("base", "paid"): 100.0, ("other", "paid"): 80.0, ("base", "recouped"): 1.0, ("other", "recouped"): 6.0}

    def means(arm: str, figure: object) -> float:
        return of[arm, figure.name]  # type: ignore[attr-defined]

    def value(**measure: str) -> float:
        return value_of(Measure.model_validate({"figure": "paid", **measure}), means, "base")

    assert value() == 100
    assert value(arm="other") == 80
    assert value(how="difference", arm="other") == -20
    assert value(how="change", arm="other") == pytest.approx(-0.2)
    assert value(how="saved_per", per="recouped", arm="other") == 4


def test_each_figure_and_arm_is_asked_for_once() -> None:
    moments = read_moments(shipped_moments()).content.moments.values()
    assert len({one.key for one in wanted_figures(moments)}) == len(wanted_figures(moments))
    arms = ("baseline", "unused", "all_read", "dearer", "investigated")
    assert wanted_arms(moments, arms) == ("baseline", "all_read", "dearer", "investigated")
