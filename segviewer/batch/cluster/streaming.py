"""Parts of a long list, computed by a cluster and handed out as they come."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from typing import Any, TypeVar

Item = TypeVar("Item")
Result = TypeVar("Result")

PART = 24
"""Pictures in a task: seconds of work, beside which sending it is nothing."""

_WAITING = 3  # tasks for each worker: one that runs, and what it goes on with


def streamed(
    client: Any,
    name: str,
    function: Callable[[str, list[Item]], list[Result]],
    items: Iterable[Item],
    part: int = PART,
) -> Iterator[Result]:
    """What `function` gives for all items, a part at a time, in the order in which parts are done.

    Only few tasks for each worker are under way, so that a list may be as long as it likes. The
    tasks of a worker that is lost run again on another.

    Parameters
    ----------
    client : distributed.Client
    name : str
        Of the run, the function's first argument.
    function : callable (str, list)
        Of a module that workers can import.
    items : iterable
        Read as they are needed.
    part : int
        Items in a task.
    """
    from distributed import as_completed

    left = iter(items)

    def submitted() -> Iterator[Any]:
        while some := list(islice(left, part)):
            yield client.submit(function, name, some, pure=False)

    more = submitted()
    workers = max(1, len(client.scheduler_info(-1)["workers"]))
    running = as_completed(list(islice(more, _WAITING * workers)))
    for future in running:
        results = future.result()
        future.release()
        running.update(list(islice(more, 1)))
        yield from results
