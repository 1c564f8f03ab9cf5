"""The public face in Python, each name of which `threatsim` has too.

Reading order: `scenario_document`, `options`, `running`, `answers`, `questions`, `deciding`, `fitting`,
`sharding`, `scenario_outcomes`, `simulating`, `auditing`, `image_checking`.
"""
