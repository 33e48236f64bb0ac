"""Pictures and masks as arrays: read, resized, coloured, written. Neither torch nor Qt.

May be imported by all but files.
"""
