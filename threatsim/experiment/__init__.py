"""Replicates of every arm, their statistics, the run record, and the comparison of two records."""
