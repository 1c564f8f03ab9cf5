"""What others have published and threatsim is held against, and how the two are compared."""
