#!/usr/bin/env python3
"""Kills the daemon again and again while files go up, and counts afterwards.

Usage: uploads_test.py BUILD_DIRECTORY [TIMES [SEED]]     (10 times, or RFI_CRASH_ENDINGS)
Exit 0 only if: every row is `submitted`; no file went up after its uri was on record; every file went up; the API took every
PATCH once, each with uris of that customer's own, and never had two requests of one customer; no attempt is left open.
"""
import collections
import contextlib
import hashlib
import json
import os
import pathlib
import random
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time

import parts

MAX_IN_FLIGHT = 4
MAX_OPEN = 8
ROWS_PER_LIFE = 30
FILE_BYTES = 30_000
REQUESTED = ["proof_of_identity.files"]


def open_items():
    return [parts.open_item("proof_of_identity", {"type": "PASSPORT", "files": []})]


class Producer:
    """Puts two files of a customer into the directory, opens an RFI at the API and queues the answer."""

    def __init__(self, test, uploads, dice):
        self.test, self.uploads, self.dice = test, uploads, dice
        self.files = set()  # (customer, sha256)
        self.rows = 0

    def queue(self, count):
        rows = []
        with self.test.sandbox.connection() as api:
            for _ in range(count):
                self.rows += 1
                customer = f"{self.rows:08x}-0000-4000-8000-000000000000"
                directory = self.uploads / customer
                directory.mkdir()
                names = []
                for side in ("front.pdf", "back.pdf"):
                    content = b"%PDF-1.7\n" + self.dice.randbytes(FILE_BYTES)
                    (directory / side).write_bytes(content)
                    self.files.add((customer, hashlib.sha256(content).hexdigest()))
                    names.append({"path": side})
                api.ask("PUT", f"/sandbox/customers/{customer}", {"request_for_information": open_items()})
                documents = {"proof_of_identity": {"type": "PASSPORT", "number": "A1", "files": names}}
                rows.append((f"row-{self.rows}", customer, json.dumps(REQUESTED), json.dumps(documents)))
        with contextlib.closing(sqlite3.connect(self.test.queue, timeout=30)) as database, database:
            database.executemany("INSERT INTO rfi (reference, customer_id, requested, documents) VALUES (?, ?, ?, ?)", rows)


def on_record(queue):
    with contextlib.closing(sqlite3.connect(queue, timeout=30)) as database:
        return set(database.execute(
            "SELECT customer_id, upload.sha256 FROM upload JOIN rfi ON rfi.id = upload.rfi"))


def uploads_of(sandbox):
    return [(file["customer"], file["sha256"]) for file in sandbox.ask("GET", "/sandbox/uploads")]


def wait_until_quiet(sandbox):
    """What the killed daemon had sent is carried out or gone."""
    limit = time.monotonic() + 10
    while sandbox.ask("GET", "/sandbox/summary")["in_flight"] and time.monotonic() < limit:
        time.sleep(0.002)


def live_and_kill(test, producer, times, dice):
    """After each kill: which files had a uri on record, and how many the API had taken by then."""
    snapshots = []
    for _ in range(times):
        ready_before = test.times_ready()
        with test.start_daemon() as daemon:
            test.wait_until_ready(ready_before)
            time.sleep(dice.random() * 0.3)
            daemon.send_signal(signal.SIGKILL)
            daemon.wait()
        wait_until_quiet(test.sandbox)
        snapshots.append((on_record(test.queue), len(uploads_of(test.sandbox))))
        producer.queue(ROWS_PER_LIFE)
    return snapshots


def check(test, producer, snapshots, times):
    complaints = []

    def expect(holds, sentence):
        if not holds:
            complaints.append(sentence)

    taken = uploads_of(test.sandbox)
    with contextlib.closing(sqlite3.connect(test.queue)) as database:
        states = collections.Counter(
            state for (state,) in database.execute("SELECT state || ifnull('/' || failure, '') FROM rfi"))
        left_open = database.execute("SELECT count(*) FROM attempt WHERE outcome IS NULL").fetchone()[0]
        outcomes = collections.Counter(row[0] for row in database.execute("SELECT outcome FROM attempt"))
        integrity = database.execute("PRAGMA integrity_check").fetchone()[0]
    expect(states == {"submitted": producer.rows}, f"of {producer.rows} rows: {dict(states)}")
    expect(not left_open, f"{left_open} attempts have no outcome")
    expect(integrity == "ok", f"integrity_check: {integrity}")
    again = 0
    for recorded, count in snapshots:
        again += sum(1 for file in taken[count:] if file in recorded)
    expect(again == 0, f"{again} files went up again although their uri was on record")
    expect(set(taken) == producer.files, f"{len(producer.files - set(taken))} files never went up")
    expect(on_record(test.queue) == producer.files, "the files on record are not those of the directory")
    twice = len(taken) - len(producer.files)
    # Those under way at a kill: their answer had not been recorded.
    expect(twice <= times * MAX_IN_FLIGHT, f"{twice} files went up twice, more than could be under way at {times} kills")
    violations = test.sandbox.ask("GET", "/sandbox/violations")
    expect(not violations, f"two requests of one customer at once: {violations[:3] if violations else ''}")
    for number in range(1, producer.rows + 1):
        account = test.sandbox.ask("GET", f"/sandbox/customers/{number:08x}-0000-4000-8000-000000000000")
        expect(account["accepted"] == 1 and account["refused"] == 0, f"row {number}: {account}")
    print(f"{producer.rows} rows, {len(producer.files)} files, {len(taken)} uploads taken ({twice} of them a second time, answer "
          f"lost in a kill); {sum(len(recorded) for recorded, _ in snapshots)} files on record at {times} kills, {again} of "
          f"them went up again; attempts: {dict(sorted(outcomes.items()))}")
    return complaints


def main():
    times = int(sys.argv[2] if len(sys.argv) > 2 else os.environ.get("RFI_CRASH_ENDINGS", "10"))
    seed = int(sys.argv[3]) if len(sys.argv) > 3 else time.time_ns() % 10**6
    print(f"kill during uploads, {times} times, seed {seed}", flush=True)
    dice = random.Random(seed)
    with tempfile.TemporaryDirectory(prefix="rfi-uploads-") as name:
        uploads = pathlib.Path(name) / "uploads"
        uploads.mkdir()
        with parts.Parts(pathlib.Path(sys.argv[1]).resolve(), pathlib.Path(name), f"""
[submission]
max_in_flight = {MAX_IN_FLIGHT}
max_open = {MAX_OPEN}
[retry]
initial_delay = "20ms"
max_delay = "500ms"
max_attempts = 1000
[upload]
directory = "{uploads}"
""", ["--known-uris-only"]) as test:
            # Each request takes a moment, so that a kill finds some on the wire.
            slow = {"kind": "slow", "delay_ms": 8}
            lost = {"kind": "accept_then_reset"}
            upload = {"path_contains": "/v1/customers/upload"}
            test.sandbox.ask("POST", "/sandbox/faults", [
                *({"match": upload, "after": 40 * n, "times": 1, "action": lost} for n in range(1, 1 + times // 5)),
                {"match": upload, "times": -1, "action": slow},
                {"match": {"method": "PATCH"}, "times": -1, "action": slow}])
            producer = Producer(test, uploads, dice)
            producer.queue(2 * ROWS_PER_LIFE)
            snapshots = live_and_kill(test, producer, times, dice)
            test.sandbox.ask("DELETE", "/sandbox/faults")
            try:
                test.drain()
                complaints = check(test, producer, snapshots, times + times // 5)
            except subprocess.CalledProcessError as trouble:
                complaints = [f"the queue does not drain: {trouble}"]
            if complaints:
                print("the last lines of the log:", *test.last_lines(20), sep="\n")
    for complaint in complaints:
        print(complaint)
    return 1 if complaints else 0


if __name__ == "__main__":
    sys.exit(main())
