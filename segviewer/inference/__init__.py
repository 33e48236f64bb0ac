"""How a network is run: at a size, in tiles, on a device, with a geometry; what it costs.

May import checkpoints, analysis and below; results cross processes and hold no torch.
"""
