"""Sequential Monte Carlo over anything that gives moments at a point; it knows no market.

Points are of as many standard normal numbers as there are free ones, so that the prior is the same whatever is fitted.
Sums are rounded once (`math.fsum`) and exponentials are the project's own: a posterior has the same bytes everywhere.

Reading order: `weighted` (means, covariances, quantiles), `kernel` (where a particle moves, and its density),
`sequential` (the populations), `adjustment` (what is left of the tolerance), `posterior` (what it comes to).
"""
