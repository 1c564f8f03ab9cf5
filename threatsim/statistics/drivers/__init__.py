"""Which numbers a figure hangs on.

Reading order: `rank_correlation` and `sensitivity` (over given draws), `elementary_effects` (Morris), `variance_shares`
(Sobol's indices).
"""
