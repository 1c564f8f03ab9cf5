"""Claims as codes.

Reading order: `book` (what codes there are), `patient` (what is true), `policy` (a payer's edits), `claim_set`.
"""
