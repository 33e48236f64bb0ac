"""Programs for developers: gallery pictures.

Imported by nobody.
"""
