"""Attacks on image classifiers: one family a file, and the batched engine that drives them."""
