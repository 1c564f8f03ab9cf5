"""The market held against published patterns.

Reading order: `published_patterns` (what they are), `pattern_checks`, `model_check`.
"""
