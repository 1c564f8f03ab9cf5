"""The figures of a replicate, a row each, by what they are of; `threatsim.catalogue.metrics` has them all.

Reading order: `metric_row`, `balance_rows`, `conduct_rows`, `detection_rows`; `price_units`,
`claim_columns` (of kept claims).
"""
