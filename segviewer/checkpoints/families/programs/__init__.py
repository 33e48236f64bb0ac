"""Families of files that one public program writes, named after who published it."""
