"""The market: providers, payers, triage models and investigators over weeks of claims.

Reading order: `model` (the week), `claims`, `conduct`, `payers`, `investigators`, `enforcement`, `measures`, and
`simulation`, which runs a market to its end; `metrics` and `result` say what comes out. Importing this package
imports nothing else; `threatsim.market.model` imports Mesa.
"""
