"""Free numbers of a scenario fitted to published moments, by approximate Bayesian computation over the market.

Reading order: `request` (what is asked), `moments_file` (what is written), `moment_figures` (what a market is measured
by), `moment_values` (a moment from those figures), `moments_of_scenario` (whether a scenario can give them),
`free_numbers` (what is fitted, and its prior), `inference/` (from moments to a posterior), `moment_markets` (runs and
keeps the markets), `kept_markets` (but not those of a refusal), `reach` (what each number moves), `predictions` (fresh
markets against moments, fitted and held out), `findings` (the record's part), `telling` (what goes into it),
`fitted_scenario` (the posterior as a scenario file), `kept_posterior` (an earlier one taken up), `question` (from a
scenario to the record).
"""
