"""Providers and what they choose.

Reading order: `table`, `options`, `utility` (of options), `beliefs`, `insiders` (tips).
"""
