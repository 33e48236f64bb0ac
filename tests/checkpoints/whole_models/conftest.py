"""Nobody has agreed to anything when a test begins."""

from __future__ import annotations

import pytest


@pytest.fixture(autouse=True)
def each_begins_untrusted(nobody_agreed):
    """See there."""
