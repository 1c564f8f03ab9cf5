"""Figures of a record, from results.

Reading order: `arm_figures`, `avoided`, `ceilings`, `steps`, `estimates`, `contrast`, `pairing`, `comparison`,
`input_differences`, `expectations`, `classifier_figures`, `modality_figures`.
"""
