"""Functions that are equal to the bit on every x86-64 processor.

Reading order: `portable` (arrays, by sums and products alone), `binomial`, `high_precision`,
`exact` (scalars, by integers), `symmetric` (small matrices).
"""
