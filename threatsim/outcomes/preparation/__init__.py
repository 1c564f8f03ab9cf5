"""Cases, classifiers and scores made ready for a market.

Reading order: `images`, `claim_codes`, `gallery`, `gallery_item`.
"""
