"""Questions that need many markets: sweeps, break-evens, what drives the answer, the best choice.

Reading order: `markets` (what is asked of the simulation), `pictures` (what of it needs attacks), `points` (values at
paths), `scenario_markets` (who runs it), `variation`, `varied_paths` and `places_apart` (what varies), `samples`
(figures of points), `sweep/`, `break_even/`, `sensitivity/`, `optimise/`, `answer_record` (how all of them are kept),
`verification`.
"""
