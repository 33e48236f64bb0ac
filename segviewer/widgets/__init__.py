"""Leaf Qt widgets that know no Session and never import torch."""
