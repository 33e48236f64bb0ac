"""Programs for developers: gallery pictures, screenshots of README and guide.

Imported by nobody.
"""
