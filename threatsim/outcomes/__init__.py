"""The outcome bank: what each attack did to each case, computed once and kept by content."""
