"""`unroll serve`: the web page with exported bundles, on this machine alone."""

from __future__ import annotations

import argparse
import contextlib
from pathlib import Path

from common.errors import UserError
from export.web_runtime import fetch_runtime, runtime_files
from export.web_server import Server
from export.web_site import site_of


def serve_bundles(options: argparse.Namespace) -> None:
    """Serves until Ctrl-C; with --download fetches the browser's runtime first, and without bundles does only that."""
    folder = Path(options.runtime)
    if options.download:
        fetch_runtime(folder)
    if not options.bundles:
        if options.download:
            print(f"done: {folder}")
            return
        raise UserError("expected bundles to serve, found none; export one with `unroll export RUN --output bundle`")
    site = site_of([Path(name) for name in options.bundles], runtime_files(folder))
    with contextlib.suppress(KeyboardInterrupt), Server(site, options.port) as server:
        print(f"serving {', '.join(options.bundles)} at {server.url} (Ctrl-C ends it)", flush=True)
        server.serve_forever()
