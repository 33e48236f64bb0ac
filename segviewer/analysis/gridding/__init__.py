"""Rates in sequence: which taps are read, how much of a map is grid, and remedies."""
