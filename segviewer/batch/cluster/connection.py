"""A Dask cluster to work on: one that is there, or one started here for as long as it is needed."""

from __future__ import annotations

import importlib
import logging
import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from segviewer.errors import EngineError, SettingsError
from segviewer.export.run_notes import Say

INSTALL = 'pip install "segviewer[distributed]"'
LOCAL = "local:"
MOST_LOCAL = 256
SECONDS = 15  # for a scheduler to answer
SPAWNED = "distributed.nanny.pre-spawn-environ"  # what a worker's process is started with


def available() -> str | None:
    """None if Dask can be used, else a sentence that says why not and how to install it."""
    try:
        importlib.import_module("distributed")
    except ModuleNotFoundError as error:
        if error.name in ("distributed", "dask"):
            return f"--dask needs the package dask[distributed], which is not installed: {INSTALL}"
        return f"dask cannot be loaded ({error}); install it anew: {INSTALL}"
    return None


@contextmanager
def connected(address: str, say: Say) -> Iterator[Any]:
    """A client of the cluster; one that was started here ends with it.

    Parameters
    ----------
    address : str
        ``tcp://HOST:PORT`` of a scheduler, or ``local:N`` for N processes on this machine, which
        share its cores.
    say : callable
        Called with where the dashboard is.

    Raises
    ------
    EngineError
        Without Dask, or if the scheduler does not answer.
    SettingsError
        For an address that is none.
    """
    missing = available()
    if missing:
        raise EngineError("No cluster can be used.", missing, "Without --dask everything works.")
    number = _local(address)
    import dask
    import distributed

    # A lost worker is started again; the tasks that it had are no fault of theirs.
    dask.config.set({"distributed.scheduler.allowed-failures": 20})
    if number:
        threads = max(1, (os.cpu_count() or 1) // number)
        # Dask has each worker give memory back at once, by a variable that also has the system
        # fetch every large array anew: a picture took 2.3 times the processor time.
        spawned = dict(dask.config.get(SPAWNED, {}))
        spawned.pop("MALLOC_TRIM_THRESHOLD_", None)
        with dask.config.set({SPAWNED: spawned}):
            cluster = distributed.LocalCluster(
                n_workers=number,
                threads_per_worker=1,
                dashboard_address="127.0.0.1:0",
                host="127.0.0.1",
                silence_logs=logging.CRITICAL,
                env={"OMP_NUM_THREADS": str(threads)},
            )
    else:
        cluster = None
    try:
        try:
            client = distributed.Client(cluster or address, timeout=SECONDS)
        except (OSError, ValueError) as error:
            raise EngineError(
                f"The cluster at {address} does not answer.",
                str(error)[:200] or "Nothing came back in time.",
                "Start a scheduler (dask scheduler) and workers (dask worker ADDRESS), or use "
                "--dask local:2.",
            ) from error
        with client:
            workers = len(client.scheduler_info(-1)["workers"])
            say([f"Cluster of {workers} workers; dashboard: {client.dashboard_link}"])
            yield client
    finally:
        if cluster is not None:
            cluster.close()


def _local(address: str) -> int:
    """N of ``local:N``; 0 for the address of a scheduler."""
    if not address.startswith(LOCAL):
        if "://" not in address and not address.rpartition(":")[2].isdecimal():
            raise SettingsError(
                f"“{address}” is no address of a cluster.",
                "It is tcp://HOST:PORT of a Dask scheduler, or local:N for N processes here.",
                "Write for example --dask local:2.",
            )
        return 0
    text = address.removeprefix(LOCAL)
    if not text.isdecimal() or not 1 <= int(text) <= MOST_LOCAL:
        raise SettingsError(
            f"“{address}” is no number of processes.",
            f"After local: stands a number from 1 to {MOST_LOCAL}.",
            "Write for example --dask local:2.",
        )
    return int(text)
