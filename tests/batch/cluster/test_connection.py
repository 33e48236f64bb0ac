"""Addresses of clusters, and what is said where there is none."""

import importlib

import pytest

from segviewer.batch.cluster.connection import INSTALL, available, connected
from segviewer.errors import EngineError, SettingsError


@pytest.mark.parametrize("address", ["local:0", "local:", "local:x", "local:9999", "here", "host"])
def test_an_address_that_is_none_is_refused(address):
    pytest.importorskip("distributed")
    with pytest.raises(SettingsError) as caught, connected(address, print):
        pass
    assert "local:2" in caught.value.next_step


def test_without_dask_it_is_said_how_to_install_it(monkeypatch):
    def missing(name):
        raise ModuleNotFoundError(f"No module named {name!r}", name=name)

    monkeypatch.setattr(importlib, "import_module", missing)
    assert INSTALL in available()
    with pytest.raises(EngineError) as caught, connected("local:2", print):
        pass
    assert INSTALL in caught.value.why
