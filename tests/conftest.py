"""How the tests are shared out among processes, and what they need not collect."""

from __future__ import annotations

import gc
import signal

import pytest


@pytest.hookimpl(tryfirst=True)  # before pytest-xdist reads the marks
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Says what `--dist loadgroup` of pytest-xdist keeps together: the tests of a file, for their fixtures' sake.

    What looks at a run of an application, most of a minute each, parts by application; the files that share a trained
    model stay together.
    """
    for item in items:
        called = getattr(item, "callspec", None)
        application = called.params.get("finished") or called.params.get("alone") if called else None
        if application:
            group = f"applications-{application}"
        else:
            group = str(item.path.parent if "trained" in item.fixturenames else item.path)
        item.add_marker(pytest.mark.xdist_group(group))


def pytest_configure() -> None:
    """A shell starts background jobs deaf to Ctrl-C, and their children too."""
    signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_collection_finish() -> None:
    """Leaves what is imported out of garbage collection, which took a sixth of the time: tracing makes many objects."""
    gc.freeze()
    gc.set_threshold(50_000, 20, 20)
