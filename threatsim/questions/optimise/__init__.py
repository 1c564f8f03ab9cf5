"""The best choice of a payer, or of an attacker, when the others respond inside the market.

Reading order: `levers` (what may be chosen, and by whom), `goals` (what is wanted, and what must hold), `findings` (the
record's part), `trials` (choices tried, and what they came to), `proposals` (Optuna's), `search` (all trials), `fresh`
(the winner in other markets), `best` (one side), `in_turn` (payer and attacker), `record`, `question` (from a scenario
to the record).
"""
