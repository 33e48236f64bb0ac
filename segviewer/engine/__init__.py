"""From a session to results: the table of stages and the executor that loops over it.

The window may import stages, results, listener and worker; what computes lies in computing.
"""
