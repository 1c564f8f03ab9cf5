"""Money between accounts.

Reading order: `ledger`, `cost_sharing`, `payment`.
"""
