"""Closed forms that the lecture computes by hand: signals, sizes, growth, energies."""
