"""Providers and what they choose.

Reading order: `table`, `utility` (best reply), `beliefs`, `learning` (what a week teaches them), `bandit`, `insiders`
(tips).
"""
