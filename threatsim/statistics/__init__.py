"""Estimates with their 95 % intervals: over replicates, and over a classifier's cases. Knows nothing of the rest."""
