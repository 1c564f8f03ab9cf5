"""What a market remembers.

Reading order: `tally` (counts), `history` (decisions), `careers` (owners), `claim_files` (claims written to disk).
"""
