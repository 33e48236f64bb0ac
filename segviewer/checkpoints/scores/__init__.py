"""Scores from files in a network's place: read, understood, and opened as a network is."""
