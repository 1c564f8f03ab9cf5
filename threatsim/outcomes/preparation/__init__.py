"""Cases, classifiers and scores made ready for a market.

Reading order: `prepared` (the steps, and what they end in), `opening`, `images`, `kept` (outcomes
from a table), `claim_codes`, `control_use`, `gallery`, `gallery_item`, `swap_examples`, `swapped_claim`.
"""
