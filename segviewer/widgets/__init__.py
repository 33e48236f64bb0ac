"""Leaf widgets of Qt, which know no session, no engine and no lab.

May import imaging, crf settings and below; imported by lab views and the window.
"""
