"""What every room may use and that knows nothing of them.

Reading order: `errors`, `suggest`, `shell`, `files` (also those of others), `yaml_text/`, `trust`, `package_source`,
`cache`, `library`, `device`, `progress`, `html_table`, `version`; numbers: `numerics` (how they are rounded),
`arithmetic/`, `digest`, `keyed/`; `thresholds`, `outcome_table` (what the pictures hand to the market).
"""
