"""Money between accounts.

Reading order: `ledger`, `payment`, `enforcement` (the law).
"""
