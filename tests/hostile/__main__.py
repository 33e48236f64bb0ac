"""``python -m tests.hostile --minutes 60``: attack the program for as long as one likes."""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from pathlib import Path

from tests.hostile.report import CAMPAIGNS, campaign_named


def main() -> int:
    """Run the campaigns in turn, a new seed each round, until the time is over."""
    parser = argparse.ArgumentParser(prog="python -m tests.hostile", description=__doc__)
    parser.add_argument("--minutes", type=float, default=10.0, help="how long in all")
    parser.add_argument("--seed", type=int, default=0, help="seed of the first round")
    parser.add_argument("--only", choices=CAMPAIGNS, action="append", help="these campaigns alone")
    parser.add_argument("--attacks", type=int, help="so many of each campaign, once")
    options = parser.parse_args()
    names = tuple(options.only or CAMPAIGNS)
    most = options.attacks or None
    end = time.monotonic() + 60 * options.minutes
    # Short turns, so that even a short run attacks everything.
    turn = max(20.0, min(300.0, 60 * options.minutes / len(names)))
    if most is not None:
        turn = 60 * options.minutes
    seed, failures = options.seed, 0
    while time.monotonic() < end:
        for name in names:
            left = end - time.monotonic()
            if left <= 0:
                break
            with tempfile.TemporaryDirectory() as folder:
                report = campaign_named(name)(seed, min(turn, left), Path(folder), most)
            print(report, flush=True)
            failures += len(report.failures)
        if most is not None:
            break
        seed += 1
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
