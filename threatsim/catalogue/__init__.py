"""What there is, as data without heavy imports: a row for each thing, in a table for each kind.

Reading order: `row` (what all share, and the table), `names` (checked against a table); then the kinds: `attacks`
(`attack_row`, `access`), `controls`, `modalities`, `pictures/`, `metrics` (`figures/`), `conduct_rules`,
`payment_models`, `distributions`, `charts`; then `plugins`, `plugin_list`, `atlas_ids`, `written/` (kinds of report)
and `words/` (the glossary).
"""
