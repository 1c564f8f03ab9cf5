"""The checks by theme.

Reading order: `budgets`, `effort`, `black_box`, `gradients`, `binarised`, `closed_forms`, `saved_files`, `replay`,
`denominators`, `patches`, `query_counts`, `surrogate`, `scale`, `broken_copies` (of what `broken` breaks).
"""
