"""What the answer is put together from.

Reading order: `situation` (what false billing does in the baseline), `benefit` (which arm is worth most), `endpoint`,
`suppression` (of scenarios that ask for something else).
"""
