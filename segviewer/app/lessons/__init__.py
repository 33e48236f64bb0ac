"""Lessons shown and written."""
