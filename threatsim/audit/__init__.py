"""The audit: whether attacked figures of a classifier can be believed, or its attacks have failed on a working defence.

Reading order: `result` (what a check says), `subject` (what is audited), the checks by theme (`budgets`, `effort`,
`black_box`, `gradients`, `binarised`, `oracles`, `files`, `replay`, `figures`, `patches`, `queries`, `surrogate`,
`scale`, `broken_copies`), `battery` (all of them), `keeping` (the report beside the weights).
"""
