"""numba.njit as all loops of the CRF want it, and where its compiled code is kept.

Numba keeps compiled code beside the source and takes it for fresh as long as that one file stays
the same. But kernels inline functions and constants of other files. So the folder here is named
after what all files of the CRF hold, and a compiled kernel is stale only where its folder is.
Folders of other versions are left alone: a program that is running may be using one.
"""

from __future__ import annotations

import contextlib
import hashlib
import logging
import os
import tempfile
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any, TypeVar, cast

import numba

_CRF = Path(__file__).resolve().parents[1]

Kernel = TypeVar("Kernel", bound=Callable[..., Any])

logger = logging.getLogger(__name__)

_variants: list[str] = []


def kernel(**options: Any) -> Callable[[Kernel], Kernel]:
    """Decorate a kernel: no interpreter lock, kept on disk, division by zero as in numpy."""

    def decorate(function: Kernel) -> Kernel:
        compiled = numba.njit(nogil=True, error_model="numpy", **options)(function)
        _keep(compiled)
        return cast(Kernel, compiled)

    return decorate


def keep_apart(variant: str) -> None:
    """Keep what is compiled from now on in a folder of its own.

    For kernels whose text is the same, but not what they call; numba does not see the difference.
    """
    _variants.append(variant)
    _folder.cache_clear()


def is_compiled(what: str = "complete") -> bool:
    """Whether a refinement has all it needs on disk, see :func:`note_compiled`."""
    return (_folder() / what).exists()


def note_compiled(what: str = "complete") -> None:
    """Remember that all a refinement, or `what` else there is, needs has been compiled."""
    # Where it cannot be written nothing could be kept either.
    with contextlib.suppress(OSError):
        (_folder() / what).touch()


def _keep(compiled: Any) -> None:
    """Give one dispatcher its cache on disk.

    ``njit(cache=True)`` finds the folder in numba's global configuration, which kernels of other
    packages read, too, perhaps at this moment on another thread. Hence a cache of our own class.
    """
    if numba.config.DISABLE_JIT:
        return  # a plain function
    try:
        compiled._cache = _cache_class()(compiled.py_func)
    except Exception:
        # The insides of numba have moved, or nothing can be written: compile at every start.
        logger.warning("The CRF's compiled code cannot be kept on disk.", exc_info=True)


@cache
def _cache_class() -> Any:
    from numba.core.caching import CompileResultCacheImpl, FunctionCache

    class Kept(CompileResultCacheImpl):
        _locator_classes = (_Locator,)

    class KernelFiles(FunctionCache):
        _impl_class = Kept

    return KernelFiles


class _Locator:
    """Where numba finds the compiled code of a kernel, and what it was made from."""

    def __init__(self, function: Any, source: str):
        self._py_file = source  # named so by numba, whose warnings say it
        self._line = function.__code__.co_firstlineno
        self._path = _folder() / Path(source).resolve().parent.name

    @classmethod
    def from_function(cls, function: Any, source: str) -> _Locator | None:
        """None where the folder cannot be written."""
        self = cls(function, source)
        try:
            self.ensure_cache_path()
        except OSError:
            return None
        return self

    def ensure_cache_path(self) -> None:
        """Make the folder and try it out."""
        self._path.mkdir(parents=True, exist_ok=True)
        tempfile.TemporaryFile(dir=self._path).close()

    def get_cache_path(self) -> str:
        """The folder."""
        return str(self._path)

    def get_source_stamp(self) -> str:
        """The digest of the sources, once more."""
        return _digest()

    def get_disambiguator(self) -> str:
        """What distinguishes functions of one name in one file."""
        return str(self._line)


@cache
def _folder() -> Path:
    """Folder for the compiled code of exactly these sources."""
    return _base() / "-".join(["kernels", _digest(), *_variants])


@cache
def _digest() -> str:
    digest = hashlib.blake2b(digest_size=8)
    for path in sorted(_CRF.rglob("*.py")):
        digest.update(path.relative_to(_CRF).as_posix().encode() + b"\0")
        digest.update(path.read_bytes())
    return digest.hexdigest()


def _base() -> Path:
    if numba.config.CACHE_DIR:  # from the environment
        return Path(numba.config.CACHE_DIR)
    beside = Path(__file__).resolve().parent / "__pycache__"
    try:
        beside.mkdir(exist_ok=True)
        if os.access(beside, os.W_OK):
            return beside
    except OSError:
        pass
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "segviewer"
