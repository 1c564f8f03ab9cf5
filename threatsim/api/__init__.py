"""The public face in Python, each name of which `threatsim` has too.

Reading order: `scenario_document`, `options`, `running`, `scenario_outcomes`, `simulating`, `auditing`.
"""
