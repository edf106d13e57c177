"""The applications, one folder each, and the command line on top of them."""

from __future__ import annotations

import gc
import importlib
import importlib.util
from types import ModuleType
from typing import TYPE_CHECKING

from common.errors import UserError

if TYPE_CHECKING:
    from common.app import App
    from common.config import TrainingConfig

# name -> package; `<package>.config.CONFIG` is its configuration, `<package>.app.APP` the application
APPS = {
    "handwriting": "apps.handwriting",
    "ner": "apps.ner",
    "sentiment": "apps.sentiment",
    "dna": "apps.dna",
    "stock": "apps.stock",
}


def load_config(name: str) -> type[TrainingConfig]:
    """The configuration type of an application; imports no TensorFlow."""
    config: type[TrainingConfig] = importlib.import_module(f"{APPS[name]}.config").CONFIG
    return config


def load_app(name: str) -> App:
    """The application called `name`; from now on Python looks for cycles more rarely.

    Examples are read into many small objects without cycles: looking for them every 700 objects took half of the time.

    Raises:
        UserError: there is no such application.
    """
    if name not in APPS:
        raise UserError(f"expected an application of {', '.join(APPS)}, found {name!r}; see `unroll apps`")
    gc.set_threshold(50_000, *gc.get_threshold()[1:])
    app: App = importlib.import_module(f"{APPS[name]}.app").APP
    return app


def load_commands(name: str) -> ModuleType | None:
    """The application's own part of the command line: its module `commands`, where it has one.

    The module imports no TensorFlow at its top and may hold, for COMMAND `predict`, `explain` and `evaluate`,
    `add_COMMAND_flags(parser)`, which adds the application's flags, and `COMMAND(options, loaded)`, which does the work
    with a `common.pipeline.LoadedRun`; `predict` and `evaluate` return False where their own flags ask for nothing.
    """
    package = APPS.get(name, "")
    if not package or importlib.util.find_spec(f"{package}.commands") is None:
        return None
    return importlib.import_module(f"{package}.commands")


def summaries() -> list[str]:
    """One line an application: its name and the first line of its package's docstring."""
    width = max(map(len, APPS))
    lines = [(name, (importlib.import_module(module).__doc__ or "").splitlines()[0]) for name, module in APPS.items()]
    return [f"{name:{width}}  {line}" for name, line in lines]
