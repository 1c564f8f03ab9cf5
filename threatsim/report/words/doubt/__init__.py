"""Uncertain numbers in words.

Reading order: `section` (what a report says of them), `doubt_words`, `older_draws`.
"""
