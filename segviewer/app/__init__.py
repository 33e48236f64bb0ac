"""The window. Each room is a concern of it; state lies lowest, shell puts all together.

May import everything but cli and tools; imported by cli alone.
"""
