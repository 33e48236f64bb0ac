"""Pure functions on networks, labels and numbers; nothing here knows a session or draws.

May be imported by labs, the engine, training and the window. May import what lies below.
"""
