"""What leaves the program: results, figures with their record, copies as text. No Qt.

May import the engine and below.
"""
