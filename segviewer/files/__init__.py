"""Files, whoever wrote them: read only where regular, written whole or not at all, locked.

The lowest room but the ground floor; may be imported by all.
"""
