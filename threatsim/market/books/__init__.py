"""What a market remembers.

Reading order: `run_counts` (counts), `history` (decisions), `tenures` (owners), `claim_files` (claims written to disk).
"""
