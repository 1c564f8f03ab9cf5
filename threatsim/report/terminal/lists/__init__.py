"""What there is, a row each.

Reading order: `listings` (scenarios, classifiers), `outcome_listing`, `report_list`, `plugin_table`, `archive_table`,
`leftover_table`, `state_table` (how far runs are), `population_table`,
`baseline_table` (detectors on kept claims).
"""
