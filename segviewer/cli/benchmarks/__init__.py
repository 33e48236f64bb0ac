"""How fast the whole program is on this machine: ``segviewer benchmark all``."""
