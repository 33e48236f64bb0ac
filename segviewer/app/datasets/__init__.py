"""The bench: a network measured on a whole data set, its worst pictures, and what they confuse."""
