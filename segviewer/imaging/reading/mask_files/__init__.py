"""Target masks that are no pictures: polygons, run lengths, and stacks of one mask a class."""
