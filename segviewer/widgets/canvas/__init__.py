"""The picture and what lies over it."""
