"""Label, evaluate and tune over folders, without a window.

May import the engine and below; imported by cli and the tuning process.
"""
