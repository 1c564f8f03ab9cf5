"""A plan in shares, on machines that share nothing but files.

Reading order: `tables_file`, `scenario_changes`, `plan_file`, `prepared_plan`, `shards`.
"""
