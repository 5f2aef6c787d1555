"""Visitors of EduLibra: so many requests a second to each address, counted by the service and the version that answered.

Invariant: each answer is counted once; the figures are on disk twice a second and when the visitors leave (SIGTERM).
Deliberately not here: judging. Tidegate never sees these figures; they are the script's own witness.

    visitors.py FILE NAME URL REQUESTS_A_SECOND [NAME URL REQUESTS_A_SECOND …]
"""
import http.client
import json
import os
import signal
import sys
import threading
import time
import urllib.parse

WORKERS = 8
file, asked = sys.argv[1], [sys.argv[start : start + 3] for start in range(2, len(sys.argv), 3)]
leaving, lock, counts = threading.Event(), threading.Lock(), {}


def count(who: str, failed: bool) -> None:
    with lock:
        tally = counts.setdefault(who, {"answered": 0, "failed": 0})
        tally["answered"] += 1
        tally["failed"] += failed


def visit(name: str, address: str, rate: float) -> None:
    url = urllib.parse.urlsplit(address)
    door = http.client.HTTPConnection(url.hostname, url.port, timeout=30)
    next_at = time.monotonic()
    while not leaving.wait(max(0.0, next_at - time.monotonic())):
        # A machine that stood still is not caught up with.
        next_at = max(next_at + WORKERS / rate, time.monotonic() - 1)
        try:
            door.request("GET", url.path or "/")
            answer = door.getresponse()
            answer.read()
            count(f"{name} {answer.getheader('x-shop-version') or 'nobody'}", answer.status >= 500)
        except (OSError, http.client.HTTPException):
            count(f"{name} nobody", True)
            door.close()


def write() -> None:
    with lock:
        text = json.dumps(counts)
    with open(f"{file}.new", "w") as out:
        out.write(text)
    os.replace(f"{file}.new", file)


for end in (signal.SIGTERM, signal.SIGINT):
    signal.signal(end, lambda *_: leaving.set())
crowd = [
    threading.Thread(target=visit, args=(name, url, float(rate)), daemon=True)
    for name, url, rate in asked
    for _ in range(WORKERS)
]
for one in crowd:
    one.start()
while not leaving.wait(0.5):
    write()
for one in crowd:
    one.join()
write()
