"""The same work on many processes or machines, by Dask (an optional package)."""
