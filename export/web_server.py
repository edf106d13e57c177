"""A web server for one machine: loopback only, and only what a `Site` names."""

from __future__ import annotations

import urllib.parse
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from common.errors import UserError
from export.web_site import Site

LOOPBACK = "127.0.0.1"


class _Handler(BaseHTTPRequestHandler):
    server: Server
    protocol_version = "HTTP/1.1"
    server_version = "unroll"
    sys_version = ""
    timeout = 30

    def do_GET(self) -> None:
        self._answer(body=True)

    def do_HEAD(self) -> None:
        self._answer(body=False)

    def _answer(self, body: bool) -> None:
        # another name that leads here is another site's page, pointed at this machine (DNS rebinding)
        if self.headers.get("Host", "") not in self.server.names:
            self._send(HTTPStatus.MISDIRECTED_REQUEST, b"expected this machine's own name\n", "text/plain", body)
            return
        path = urllib.parse.unquote(self.path.split("?", 1)[0].split("#", 1)[0]).removeprefix("/")
        found = self.server.site.content(path)
        if found is None:
            self._send(HTTPStatus.NOT_FOUND, b"nothing here\n", "text/plain", body)
            return
        self._send(HTTPStatus.OK, *found, body)

    def _send(self, status: HTTPStatus, content: bytes, kind: str, body: bool) -> None:
        self.send_response(status)
        for name, value in self.server.site.headers.items():
            self.send_header(name, value)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        if body:
            self.wfile.write(content)

    def log_message(self, format: str, *values: object) -> None:
        """Says nothing: a line a request is noise to who looks at the page."""


class Server(ThreadingHTTPServer):
    """Serves a site on loopback until `shutdown`.

    Args:
        site: what is served.
        port: int. 0 picks a free one.

    Raises:
        UserError: the port is taken, or needs another user.
    """

    daemon_threads = True

    def __init__(self, site: Site, port: int) -> None:
        if not 0 <= port <= 65535:
            raise UserError(f"--port: expected 0 to 65535, found {port}; choose another")
        self.site = site
        try:
            super().__init__((LOOPBACK, port), _Handler)
        except OSError as error:
            raise UserError(
                f"--port: expected a free port, found {port}: {error.strerror or error}; choose another, or 0 for any"
            ) from error
        self.names = {f"{name}:{self.server_port}" for name in (LOOPBACK, "localhost")}
        if self.server_port == 80:
            self.names |= {LOOPBACK, "localhost"}

    @property
    def url(self) -> str:
        """Where the page is."""
        return f"http://{LOOPBACK}:{self.server_port}/"
