"""How the tests are shared out among processes."""

from __future__ import annotations

import pytest


@pytest.hookimpl(tryfirst=True)  # before pytest-xdist reads the marks
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Says what `--dist loadgroup` of pytest-xdist keeps together: the tests of a file, for their fixtures' sake.

    The contract, a minute an application, parts by application.
    """
    for item in items:
        called = getattr(item, "callspec", None)
        application = called.params.get("finished", "") if called else ""
        item.add_marker(pytest.mark.xdist_group(f"{item.path.stem}-{application}" if application else str(item.path)))
