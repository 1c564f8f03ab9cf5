"""Steps of a week that take more than a few lines, in the order of the week.

Reading order: `payment`, `settlement`.
"""
