"""Figures of a record, from results.

Reading order: `arm_figures`, `avoided`, `ceilings`, `steps`, `estimates`, `contrast`, `pairing`, `comparison`,
`input_differences`, `expectations`, `figure_names` (as an analyst writes them), `interval_goal` (how narrow is narrow
enough), `classifier_figures`, `modality_figures`.
"""
