"""Commands that ask a scenario a question of many markets.

Reading order: `shared` (what they take and print), `variation_commands` (sweep, break-even), `decision_commands`
(sensitivity, optimise), `calibration_command`, `sweep_comparison` (two of them).
"""
