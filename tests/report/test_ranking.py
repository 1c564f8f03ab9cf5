"""The first screen's arms: the best first, each with its interval on one scale."""

from __future__ import annotations

import pytest

from threatsim.experiment.record.record import RunRecord
from threatsim.report.page.ranking import ranked_arms
from threatsim.report.words import numbers
from threatsim.report.words.arm_lines import arm_lines


def test_the_baseline_stands_first_and_then_the_best(record: RunRecord) -> None:
    metric = arm_lines(record).metrics[0]
    assert metric.good == "higher"
    values = {numbers.printable(arm.title): arm.differences[metric.name].value or 0.0 for arm in record.arms[1:]}
    base, *others = [arm.line.title for arm in ranked_arms(record)]
    assert base == record.arms[0].title
    assert others == sorted(values, key=lambda title: -values[title])


def test_strips_share_one_scale_with_zero_in_it(record: RunRecord) -> None:
    metric = arm_lines(record).metrics[0]
    found = {arm.line.title: arm.strip for arm in ranked_arms(record)}
    assert found.pop(record.arms[0].title) is None
    strips = [strip for strip in found.values() if strip is not None]
    assert len({strip.zero for strip in strips}) == 1
    assert min(min(strip.low, strip.zero) for strip in strips) == 3
    assert max(max(strip.high, strip.zero) for strip in strips) == 97
    for arm in record.arms[1:]:
        strip, change = found[arm.title], arm.differences[metric.name]
        assert strip is not None
        assert change.low is not None
        assert change.high is not None
        assert change.value is not None
        assert strip.low <= strip.middle <= strip.high
        assert (strip.low > strip.zero) == (change.low > 0)
        # One factor takes figures to places.
        other = found[record.arms[1].title]
        first = record.arms[1].differences[metric.name]
        assert other is not None
        assert first.value is not None
        assert (strip.middle - strip.zero) * first.value == pytest.approx(
            (other.middle - other.zero) * change.value, abs=abs(first.value), rel=0.02
        )


def test_one_arm_or_no_interval_has_no_strip(record: RunRecord) -> None:
    (alone,) = ranked_arms(record.model_copy(update={"arms": record.arms[:1]}))
    assert alone.strip is None
    metric = arm_lines(record).metrics[0].name
    other = record.arms[1]
    bare = other.differences[metric].model_copy(update={"low": None, "high": None})
    changed = other.model_copy(update={"differences": {**other.differences, metric: bare}})
    assert [one.strip for one in ranked_arms(record.model_copy(update={"arms": (record.arms[0], changed)}))] == [
        None
    ] * 2
