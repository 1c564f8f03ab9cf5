"""Claims as a data set for research on detectors: what is written beside them, and two detectors to compare with.

Reading order: `documents` (schema, splits, datasheet), `splits`, `features` (what a payer knows when it decides),
`detectors`, `baseline`.
"""
