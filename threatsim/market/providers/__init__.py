"""Providers and what they choose.

Reading order: `table`, `utility` (best reply), `beliefs`, `bandit`, `insiders` (tips).
"""
