"""The command line. Commands only: each says what it takes, calls a room and prints; heavy imports are inside.

Reading order: `main` (all of them), `options` (what they share), then a group: `run_commands`, `scenario_commands`,
`question_commands`, `decision_commands`, `shard_commands`, `report_commands`, `view_commands`, `verify_commands`,
`atlas_command`, `classifier_commands`, `surrogate_commands`, `outcome_commands`, `attack_commands`, `lab_commands`,
`doctor_command`, `plugin_commands`.
"""
