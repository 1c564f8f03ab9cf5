"""Threat modelling and fraud simulation for medical imaging."""

__version__ = "0.1.0"
