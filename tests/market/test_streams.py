"""One stream a decision: random numbers depend on the decision and the week, on nothing else."""

from __future__ import annotations

import numpy as np

from threatsim.market.streams import Streams, replicate_streams, resampling_streams


def test_a_stream_does_not_depend_on_what_else_is_drawn() -> None:
    alone, crowded = Streams(3, 1), Streams(3, 1)
    expected = alone.week(5, 1000)("audit")
    crowded.week(4, 17)("audit")
    crowded.week(5, 1000)("triage")
    crowded.generator("audit", 5).standard_normal(33)  # leaves half-used state behind
    np.testing.assert_array_equal(crowded.week(5, 1000)("audit"), expected)


def test_a_column_is_the_same_whenever_it_is_asked_for() -> None:
    draws = Streams(0, 0).week(0, 100)
    first = draws("a").copy()
    draws("b")
    np.testing.assert_array_equal(draws("a"), first)


def test_streams_differ_by_seed_replicate_decision_and_week() -> None:
    columns = [
        Streams(seed, replicate).week(week, 5000)(decision)
        for seed, replicate, decision, week in [
            (1, 2, "audit", 3),
            (2, 1, "audit", 3),
            (1, 3, "audit", 3),
            (12, 2, "audit", 3),
            (1, 2, "audits", 3),
            (1, 2, "audit", 4),
        ]
    ]
    correlation = np.corrcoef(columns) - np.eye(len(columns))
    assert np.abs(correlation).max() < 0.06  # four standard errors


def test_draws_are_uniform() -> None:
    column = Streams(9, 0).week(1, 200_000)("x")
    assert column.dtype == np.float32
    assert column.min() >= 0
    assert column.max() < 1
    counts = np.bincount((column * 20).astype(int), minlength=20)
    chi_square = ((counts - 10_000) ** 2 / 10_000).sum()
    assert chi_square < 45  # the 99.9 % point of 19 degrees of freedom is 43.8


def test_four_replicates_in_turn_are_two_sets_of_streams_crossed_with_two_resamples() -> None:
    """Each pair of (streams, cases) once; a four has nothing in common with the next one."""

    def first(streams: Streams) -> float:
        return float(streams.generator("x").random())

    drawn = [
        (first(replicate_streams(5, replicate)), first(resampling_streams(5, replicate))) for replicate in range(12)
    ]
    streams, cases = zip(*drawn, strict=True)
    for start in (0, 4, 8):
        a, b, c, d = range(start, start + 4)
        assert streams[a] == streams[b] != streams[c] == streams[d]
        assert cases[a] == cases[c] != cases[b] == cases[d]
    assert len(set(streams)) == len(set(cases)) == 6
    assert len(set(drawn)) == 12
