"""Defences measured against attacks, also against those that know them.

Reading order: `defence_trial`, `detector_trials`, `control_trials`, `defence_figures`, `defence_run`.
"""
