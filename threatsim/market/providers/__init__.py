"""Providers and what they choose.

Reading order: `table`, `utility` (of their options), `beliefs`, `insiders` (tips).
"""
