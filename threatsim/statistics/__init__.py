"""Estimates with their 95 % intervals: over replicates, and over a classifier's cases. Knows nothing of the rest.

Reading order: `estimate`, `design` (what replicates share), `over_replicates`, `mean_error`, `ratio`, `counts`,
`spread`, `confidence_sequence`, `significance`, `variance_components`, `outer_interval`, `drivers/` (which numbers a
figure hangs on), `discrimination` (of a classifier), `bootstrap`, `special` (functions).
"""
