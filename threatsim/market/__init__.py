"""The market: providers, payers, triage models and investigators over weeks of claims.

Reading order: `model` (the week; `agents`, of Mesa), `conventions`, `case_pool`, `week` (claims), `providers/`,
`decisions`, `conduct/`, `payers/`, `law/`, `foresight/` (of the law), `money/`, `steps/` (payment, settlement),
`learning`, `books/`, `measures/` (what comes out; `result`), `streams` (random numbers), `referrals`, `simulation`,
which runs a market to its end, and `exact_tables`, `testing` (checks for plug-ins). Importing this package imports
nothing else; `threatsim.market.model` imports Mesa.
"""
