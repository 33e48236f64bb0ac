"""The dense CRF: settings, engines, inspection, diagnosis, search. Neither torch nor Qt.

May import imaging and files; imported by labs, the engine and the window.
"""
