"""Lessons: files of steps that a lecturer goes through, each checked against the program."""
