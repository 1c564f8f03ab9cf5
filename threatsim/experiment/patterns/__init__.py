"""The market held against published patterns.

Reading order: `published_patterns` (what they are), `measures` (what is measured), `bench` (the runs), `ratio`,
`pattern_checks`, `model_check`.
"""
