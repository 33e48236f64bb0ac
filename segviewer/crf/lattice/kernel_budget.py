"""How much the kept kernels of a process may take; without the compiler that comes with them."""

from __future__ import annotations


class KernelBudget:
    """Bytes that the process's own cache of kernels may take.

    Attributes
    ----------
    limit : int
    """

    limit = 2**30


BUDGET = KernelBudget()
