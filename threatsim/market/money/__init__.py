"""Money between accounts.

Reading order: `ledger`, `payment`.
"""
