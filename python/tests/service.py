"""A small service to release: says its version, and fails as often as the file `fails` beside it says."""

import os
import random
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

FAILS = float(Path("fails").read_text()) if Path("fails").is_file() else 0.0
VERSION = os.environ["TIDEGATE_VERSION"]


class Service(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        failed = self.path != "/healthz" and random.random() < FAILS
        body = f"{VERSION} {os.environ.get('ENVIRONMENT_NAME', '')}".encode()
        self.send_response(500 if failed else 200)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *arguments: object) -> None:
        if self.path != "/healthz":
            print(format % arguments, flush=True)


print(f"{VERSION} starts", flush=True)
ThreadingHTTPServer(("127.0.0.1", int(os.environ["PORT"])), Service).serve_forever()
