"""Dental claims for threatsim. Reading order: `rows`, then what each row leads to."""
