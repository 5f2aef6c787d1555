"""Requests to a Tidegate server, and its answers or errors.

A command carries an idempotency key, so it is sent again when its answer was lost, and happens once. Waiting for the
server lets other threads run.
"""

from __future__ import annotations

import contextlib
import http.client
import json
import os
import secrets
import socket
import ssl
import threading
import time
from collections.abc import Iterator, Mapping
from typing import Any, BinaryIO
from urllib.parse import quote, urlencode, urlsplit

from .errors import fault, from_problem, refused

BASE_PATH = "/api/v1"
#: For what reads whole artifacts or the whole log.
LONG_SECONDS = 900.0
#: A server that was killed is back within seconds, or somebody must look.
_RETRY_SECONDS = 30.0
_PAUSE_FIRST_SECONDS = 0.1
_PAUSE_MAX_SECONDS = 2.0
_BODY_BYTES_MAX = 64 << 20
_IDLE_MAX = 8
#: What an installation has once, whatever its projects.
_OF_INSTALLATION = {"projects", "setup", "session", "people", "groups"}
#: The server says something at least every 10 s.
_SILENCE_SECONDS = 45.0
_LINE_BYTES_MAX = 16 << 20

#: Its answer did not come whole: it may have been done or not.
_BROKEN = (http.client.HTTPException, ConnectionError, socket.timeout, OSError)


class Transport:
    """One server. Any number of threads may use it."""

    def __init__(
        self,
        url: str,
        *,
        token: str | None = None,
        actor: str | None = None,
        project: str | None = None,
        timeout_seconds: float = 30.0,
        ca_file: str | os.PathLike[str] | None = None,
    ) -> None:
        parts = urlsplit(url)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            detail = f"`{url}` is not the address of a server"
            raise refused("server-address-malformed", detail, "it looks like http://127.0.0.1:7070")
        self.url = url.rstrip("/")
        self._host, self._port = parts.hostname, parts.port
        self._tls = ssl.create_default_context(cafile=ca_file) if parts.scheme == "https" else None
        self._timeout_seconds = timeout_seconds
        self._project = project
        self._headers = {"accept": "application/json", "user-agent": "release-management"}
        if token:
            self._headers["authorization"] = f"Bearer {token}"
        if actor:
            self._headers["x-tidegate-actor"] = actor
        self._idle: list[http.client.HTTPConnection] = []
        self._lock = threading.Lock()
        self._process_id = os.getpid()
        self._was_there = False

    def close(self) -> None:
        """Closes what is idle; it can still be used."""
        with self._lock:
            idle, self._idle = self._idle, []
        for connection in idle:
            connection.close()

    def _target(self, path: tuple[str, ...], query: Mapping[str, Any] | None) -> str:
        if self._project is not None and path[0] not in _OF_INSTALLATION:
            path = ("projects", self._project, *path)
        # A name cannot leave its place in the path.
        target = BASE_PATH + "".join("/" + quote(str(part), safe="") for part in path)
        asked = {name: value for name, value in (query or {}).items() if value is not None}
        return f"{target}?{urlencode(asked)}" if asked else target

    def get(self, *path: str, query: Mapping[str, Any] | None = None, slow: bool = False) -> Any:
        return self._ask("GET", path, query=query, slow=slow)

    def post(self, *path: str, body: Mapping[str, Any]) -> Any:
        return self._ask("POST", path, body=body, slow=True)

    def put(self, *path: str, body: Mapping[str, Any], edition: int | None = None) -> Any:
        return self._ask("PUT", path, body=body, edition=edition)

    def put_content(self, *path: str, content: bytes) -> Any:
        return self._ask("PUT", path, content=("application/octet-stream", content))

    def delete(self, *path: str, edition: int | None = None) -> Any:
        return self._ask("DELETE", path, edition=edition)

    def upload(
        self,
        *path: str,
        content: bytes | BinaryIO,
        query: Mapping[str, Any] | None = None,
        kind: str = "application/octet-stream",
        edition: int | None = None,
    ) -> Any:
        return self._ask("POST", path, query=query, content=(kind, content), slow=True, edition=edition)

    def content(self, *path: str, query: Mapping[str, Any] | None = None) -> bytes:
        """An answer as it is, byte for byte."""
        status, body = self._send("GET", self._target(path, query), None, {}, LONG_SECONDS)
        if not 200 <= status < 300:
            raise _problem(status, body, self.url)
        return body

    def text(self, *path: str, query: Mapping[str, Any] | None = None) -> str:
        """An answer that is not JSON."""
        return self.content(*path, query=query).decode("utf-8", "replace")

    def health(self) -> Any:
        """Also when the server says that it is not well."""
        status, body = self._send("GET", self._target(("health",), None), None, {}, 5.0)
        if status not in (200, 503):
            raise _problem(status, body, self.url)
        return json.loads(body)

    def _ask(
        self,
        method: str,
        path: tuple[str, ...],
        *,
        query: Mapping[str, Any] | None = None,
        body: Mapping[str, Any] | None = None,
        content: tuple[str, bytes | BinaryIO] | None = None,
        slow: bool = False,
        edition: int | None = None,
    ) -> Any:
        headers: dict[str, str] = {} if edition is None else {"if-match": f'"{edition}"'}
        sent: bytes | BinaryIO | None = None
        if body is not None:
            headers["content-type"], sent = "application/json", json.dumps(body).encode()
        elif content is not None:
            headers["content-type"], sent = content
            if not isinstance(sent, bytes):
                headers["content-length"] = str(sent.seek(0, os.SEEK_END))
        if method != "GET":
            headers["idempotency-key"] = f"py-{secrets.token_hex(16)}"
        seconds = max(LONG_SECONDS, self._timeout_seconds) if slow else self._timeout_seconds
        status, answer = self._send(method, self._target(path, query), sent, headers, seconds)
        if not 200 <= status < 300:
            raise _problem(status, answer, self.url)
        try:
            return json.loads(answer)
        except ValueError:
            raise _unexpected(self.url, "what it said is not JSON") from None

    def _send(
        self, method: str, target: str, body: bytes | BinaryIO | None, headers: Mapping[str, str], seconds: float
    ) -> tuple[int, bytes]:
        """Sent again while the connection breaks under it; a server that never was there is not waited for."""
        deadline = time.monotonic() + _RETRY_SECONDS
        pause = _PAUSE_FIRST_SECONDS
        while True:
            reused, connection = self._connection(seconds)
            try:
                if body is not None and not isinstance(body, bytes):
                    body.seek(0)  # a file is sent from its beginning each time
                connection.request(method, target, body=body, headers={**self._headers, **headers})
                response = connection.getresponse()
                answer = response.read(_BODY_BYTES_MAX + 1)
                if len(answer) > _BODY_BYTES_MAX:
                    connection.close()
                    raise _unexpected(self.url, f"more than {_BODY_BYTES_MAX} bytes")
                self._was_there = True
                self._give_back(connection, response)
                return response.status, answer
            except _BROKEN as error:
                connection.close()
                if reused:
                    continue  # the server closed it while it was idle
                again = self._was_there and not isinstance(error, ssl.SSLError)
                if not again or time.monotonic() + pause > deadline:
                    raise _unreachable(self.url, error) from error
            time.sleep(pause)
            pause = min(pause * 2, _PAUSE_MAX_SECONDS)

    def _connection(self, seconds: float) -> tuple[bool, http.client.HTTPConnection]:
        if self._process_id != os.getpid():
            # Forked: the connections are the parent's.
            self._idle, self._lock, self._process_id = [], threading.Lock(), os.getpid()
        with self._lock:
            connection = self._idle.pop() if self._idle else None
        if connection is None:
            return False, self._new(seconds)
        if connection.sock is not None:
            connection.sock.settimeout(seconds)
        return True, connection

    def _new(self, seconds: float) -> http.client.HTTPConnection:
        if self._tls is not None:
            return http.client.HTTPSConnection(self._host, self._port, timeout=seconds, context=self._tls)
        return http.client.HTTPConnection(self._host, self._port, timeout=seconds)

    def _give_back(self, connection: http.client.HTTPConnection, response: http.client.HTTPResponse) -> None:
        if not response.will_close:
            with self._lock:
                if len(self._idle) < _IDLE_MAX:
                    self._idle.append(connection)
                    return
        connection.close()

    def lines(self, *path: str, query: Mapping[str, Any] | None = None, stop: Stop) -> Iterator[Any]:
        """JSON lines as they come, until the server hangs up or `stop` is set."""
        with self._open(path, query, {}, stop) as lines:
            stop.quieten(None)  # an instance may say nothing for days
            for line in lines:
                if line.strip():
                    yield json.loads(line)

    def events(self, *, after: int | None, stream: str | None, stop: Stop) -> Iterator[dict[str, Any]]:
        """The log as it grows, connected again whenever it breaks: nothing is missed and nothing comes twice."""
        last = None if after is None else str(after)
        pause, heard = _PAUSE_FIRST_SECONDS, time.monotonic()
        while not stop.is_set():
            headers = {"accept": "text/event-stream", **({} if last is None else {"last-event-id": last})}
            try:
                with self._open(("events", "stream"), {"stream": stream}, headers, stop) as lines:
                    stop.quieten(_SILENCE_SECONDS)
                    pause, data, name = _PAUSE_FIRST_SECONDS, "", ""
                    for line in lines:
                        heard = time.monotonic()
                        field, _, value = line.partition(":")
                        value = value.removeprefix(" ")
                        if field == "id":
                            last = value
                        elif field == "event":
                            name = value
                        elif field == "data":
                            data += value
                        elif not line:
                            # What has a name of its own is not of the log: that something was measured, the time.
                            if data and name in ("", "message"):
                                yield json.loads(data)
                            data, name = "", ""
            except _BROKEN as error:
                if stop.is_set():
                    return
                if time.monotonic() - heard > 2 * _RETRY_SECONDS:
                    raise _unreachable(self.url, error) from error
            stop.wait(pause)
            pause = min(pause * 2, _PAUSE_MAX_SECONDS)

    @contextlib.contextmanager
    def _open(
        self, path: tuple[str, ...], query: Mapping[str, Any] | None, headers: Mapping[str, str], stop: Stop
    ) -> Iterator[Iterator[str]]:
        connection = self._new(self._timeout_seconds)
        try:
            connection.connect()
            # The answer's end is the connection's, so its object lets go of the socket; it is kept here.
            stop.attach(connection.sock)
            connection.request("GET", self._target(path, query), headers={**self._headers, **headers})
            response = connection.getresponse()
            if response.status != 200:
                raise _problem(response.status, response.read(_BODY_BYTES_MAX), self.url)
            yield self._read_lines(response)
        finally:
            stop.attach(None)
            connection.close()

    def _read_lines(self, response: http.client.HTTPResponse) -> Iterator[str]:
        held = b""
        while piece := response.read1(65_536):
            held += piece
            if len(held) > _LINE_BYTES_MAX:
                raise _unexpected(self.url, "an endless line")
            *whole, held = held.split(b"\n")
            for line in whole:
                yield line.decode("utf-8", "replace").rstrip("\r")


class Stop:
    """Ends what waits for a server, from another thread: a read returns at once."""

    def __init__(self) -> None:
        self._event = threading.Event()
        self._lock = threading.Lock()
        self._socket: socket.socket | None = None

    def is_set(self) -> bool:
        return self._event.is_set()

    def wait(self, seconds: float) -> bool:
        """Whether it was set within this time."""
        return self._event.wait(seconds)

    def set(self) -> None:
        self._event.set()
        with self._lock:
            if self._socket is not None:
                with contextlib.suppress(OSError):
                    self._socket.shutdown(socket.SHUT_RDWR)

    def attach(self, current: socket.socket | None) -> None:
        with self._lock:
            self._socket = current
        if current is not None and self.is_set():
            self.set()

    def quieten(self, seconds: float | None) -> None:
        """How long nothing may come."""
        with self._lock:
            if self._socket is not None:
                self._socket.settimeout(seconds)


def _problem(status: int, body: bytes, url: str) -> Exception:
    try:
        problem = json.loads(body)
        if isinstance(problem, dict) and "code" in problem:
            return from_problem(problem, status)
    except ValueError:
        pass
    return _unexpected(url, f"status {status} without a reason")


def _unexpected(url: str, what: str) -> Exception:
    help = "check the address; `tidegate --version` and GET /api/v1/health say which builds talk here"
    return fault("unexpected-answer", f"an unexpected answer from {url}: {what}", help)


def _unreachable(url: str, error: BaseException) -> Exception:
    help = "start it with `tidegate up`, or name another server with url="
    return fault("server-unreachable", f"no Tidegate answers at {url}: {error or type(error).__name__}", help)
