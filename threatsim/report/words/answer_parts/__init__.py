"""What the answer is put together from.

Reading order: `asked` (the question by its own figure), `situation` (what false billing does in the baseline),
`benefit` (which arm is worth most), `ceiling` (what its control may cost), `ways` (which ways of billing falsely an arm
closes, and what is left of them), `brief` (the answer in a few sentences),
`endpoint`, `suppression` (of scenarios that ask for something else), `overridden` (what was asked for in place of the
scenario's own).
"""
