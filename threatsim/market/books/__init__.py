"""What a market remembers.

Reading order: `tally` (counts), `history` (decisions), `tenures` (owners), `claim_files` (claims written to disk).
"""
