"""The command line. Commands only: each says what it takes, calls a room and prints; heavy imports are inside.

Reading order: `main` (all of them), `options` (what they share), then a group: `run_commands`, `scenario_commands`,
`provider_commands`, `questions/`, `shard_commands`, `report_commands`, `view_commands`, `share_commands`,
`verify_commands`, `claim_commands`, `atlas_command`, `pictures/` (classifiers and attacks), `doctor_command`,
`plugin_commands`.
"""
