"""Classifiers of real medical photographs for threatsim: folders of weights, cards and figures, and no code."""
