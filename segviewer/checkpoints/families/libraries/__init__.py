"""Families of files that a library writes: its model zoo, and what people trained with it."""
