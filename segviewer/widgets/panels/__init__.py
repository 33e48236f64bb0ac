"""Strips and lists beside the picture."""
