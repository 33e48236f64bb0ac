"""Lessons shown, written and presented."""
