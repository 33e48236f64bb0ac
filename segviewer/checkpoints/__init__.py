"""Files of weights: read safely, recognised, mapped onto networks, opened.

May import networks, imaging and below; torch lives here, Qt does not.
"""
