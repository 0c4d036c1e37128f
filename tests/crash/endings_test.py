#!/usr/bin/env python3
"""Ends the daemon again and again while two producers insert and the API fails now and then, and counts afterwards.

Usage: endings_test.py BUILD_DIRECTORY kill|stop|stop-twice [TIMES [SEED]]     (10 times, or RFI_CRASH_ENDINGS)
kill is SIGKILL, stop one SIGTERM and stop-twice two of them, each at a random moment. Exit 0 only if: every row whose insert
was acknowledged is there and `submitted`, and no other row; the API took every answer exactly once and never had two requests
of one customer; every request that reached it has an attempt; a kill left no more `unknown` attempts than rows may be open,
and a stop left none open; the queue is intact.
"""
import collections
import contextlib
import json
import multiprocessing
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

MAX_OPEN = 8
ROWS_PER_LIFE = 60
DRAIN_TIMEOUT = 2
# A machine that does other things as well is slower; the figure that was measured is printed.
FIRST_REQUEST_LIMIT = float(os.environ.get("RFI_CRASH_FIRST_REQUEST_SECONDS", "5"))


def fault_rules(dice, count):
    """`count` failures of every kind, spread over the requests to come."""
    actions = [
        {"kind": "status", "status": 503},
        {"kind": "status", "status": 429, "headers": {"Retry-After": "1"}},
        {"kind": "reset", "when": "before_reading"},
        {"kind": "reset", "when": "mid_answer"},
        {"kind": "accept_then_reset"},
        {"kind": "close", "close_notify": False},
        {"kind": "cut"},
        {"kind": "slow", "delay_ms": 150},
        {"kind": "hang"},
        {"kind": "no_keep_alive"},
        {"kind": "malformed"},
    ]
    rules = []
    after = 5
    for _ in range(count):
        after += dice.randrange(5, 25)
        method = "GET" if dice.random() < 0.1 else "PATCH"
        rules.append({"match": {"method": method}, "after": after, "times": 1, "action": dice.choice(actions)})
    # The rest takes a moment, so that an end finds requests on the wire.
    rules.append({"match": {"method": "PATCH"}, "times": -1, "action": {"kind": "slow", "delay_ms": 10}})
    return rules


def produce(number, queue, sandbox, stop, wanted, report):
    """Opens an RFI of three items at the API, then queues an answer to each, and notes what the queue has acknowledged."""
    attempted, acknowledged = [], []
    dice = random.Random(number)
    with contextlib.closing(sqlite3.connect(queue, timeout=30)) as database, sandbox.connection() as api:
        for count in range(10**6):
            if stop.is_set():
                break
            if len(acknowledged) >= wanted.value:
                time.sleep(0.01)
                continue
            customer = f"{number:08x}-0000-4000-8000-{count:012x}"
            api.ask("PUT", f"/sandbox/customers/{customer}", {"request_for_information": parts.OPEN_ITEMS})
            for section, documents in parts.ANSWERS.items():
                reference = f"{customer}/{section}"
                attempted.append(reference)
                with database:
                    database.execute(
                        "INSERT INTO rfi (reference, customer_id, requested, documents) VALUES (?, ?, ?, ?)",
                        (reference, customer, json.dumps([section]), json.dumps({section: documents})))
                acknowledged.append(reference)
                time.sleep(dice.random() * 0.002)
    report.put((attempted, acknowledged))


def first_requests(lives, requests):
    """For each start the seconds to the first request about a customer that reached the API before the next start."""
    seconds = []
    received = sorted(request["received_ms"] / 1000 for request in requests if request["customer"])
    for start, finish in lives:
        of_this_life = [moment for moment in received if start <= moment < finish]
        if of_this_life:
            seconds.append(of_this_life[0] - start)
    return sorted(seconds)


def check(test, attempted, acknowledged, lives):
    """Everything that is wrong, as sentences."""
    complaints = []
    queue, sandbox = test.queue, test.sandbox
    with contextlib.closing(sqlite3.connect(queue)) as database:
        rows = dict(database.execute("SELECT reference, state || ifnull('/' || failure, '') FROM rfi"))
        attempts = database.execute(
            "SELECT customer_id, body_sha256, outcome, attempt.finished_at, attempt.detail FROM attempt"
            " JOIN rfi ON rfi.id = rfi_id").fetchall()
        integrity = database.execute("PRAGMA integrity_check").fetchone()[0]
    requests = test.requests()
    patches = [request for request in requests if request["method"] == "PATCH"]

    def expect(holds, sentence):
        if not holds:
            complaints.append(sentence)

    lost = [reference for reference in acknowledged if reference not in rows]
    expect(not lost, f"{len(lost)} acknowledged rows are lost: {lost[:3]}")
    phantom = set(rows) - set(attempted)
    expect(not phantom, f"{len(phantom)} rows that nobody inserted: {sorted(phantom)[:3]}")
    others = {reference: state for reference, state in rows.items() if state != "submitted"}
    expect(not others, f"{len(others)} rows are not submitted: {dict(list(others.items())[:3])}")
    expect(integrity == "ok", f"integrity_check: {integrity}")
    violations = sandbox.ask("GET", "/sandbox/violations")
    expect(not violations, f"two requests of one customer at once: {violations[:3] if violations else ''}")

    open_ones = [attempt for attempt in attempts if attempt[2] is None]
    expect(not open_ones, f"{len(open_ones)} attempts have no outcome")
    left_by_kills = collections.Counter(
        finished for _, _, outcome, finished, detail in attempts
        if outcome == "unknown" and detail == "the service ended while this attempt was open")
    most_left = max(left_by_kills.values(), default=0)
    expect(most_left <= MAX_OPEN, f"a kill left {most_left} unknown attempts, more than the {MAX_OPEN} that may be open")

    sent = collections.Counter((customer, sha) for customer, sha, outcome, _, _ in attempts if outcome != "confirmed")
    arrived = collections.Counter(
        (patch["customer"], patch["body_sha256"]) for patch in patches if patch["body_bytes"])
    unrecorded = arrived - sent
    expect(not unrecorded, f"{sum(unrecorded.values())} requests reached the API without an attempt: "
                           f"{list(unrecorded)[:3]}")
    sent_of_customer = collections.Counter(customer for customer, *_ in sent.elements())
    unrecorded = collections.Counter(patch["customer"] for patch in patches) - sent_of_customer
    expect(not unrecorded, f"more requests than attempts for {list(unrecorded)[:3]}")

    refused = 0
    for customer in {reference.partition("/")[0] for reference in acknowledged}:
        account = sandbox.ask("GET", f"/sandbox/customers/{customer}")
        answers = sum(1 for reference in rows if reference.startswith(customer))
        expect(account["accepted"] == answers,
               f"{customer}: {answers} answers were queued, the API took {account['accepted']}")
        refused += account["refused"]
    expect(refused == 0, f"{refused} answers were sent a second time without a look")

    seconds = first_requests(lives, requests)
    expect(seconds and seconds[-1] <= FIRST_REQUEST_LIMIT,
           f"the first request came {seconds[-1] if seconds else '?'} s after a start")
    outcomes = collections.Counter(outcome for _, _, outcome, _, _ in attempts)
    print(f"{len(rows)} rows, {len(patches)} PATCHes, {len(requests) - len(patches)} other requests; attempts: "
          f"{dict(sorted(outcomes.items()))}")
    print(f"{sum(left_by_kills.values())} attempts were open at a kill, {most_left} at most; first request after a start: "
          f"median {seconds[len(seconds) // 2]:.3f} s, at most {seconds[-1]:.3f} s" if seconds else "no request at all")
    return complaints


def end(test, daemon, how, dice, ready_before):
    """Ends one life of the daemon; what is wrong with its end, or nothing."""
    if how == "kill":
        daemon.kill()
        daemon.wait()
        return None
    daemon.send_signal(signal.SIGTERM)
    if how == "stop-twice":
        time.sleep(dice.random() * 0.05)
        daemon.send_signal(signal.SIGTERM)
    limit = DRAIN_TIMEOUT if how == "stop" else 0
    began = time.monotonic()
    try:
        # Room for a busy machine, and for the commit of the last outcomes.
        code = daemon.wait(timeout=limit + 5)
    except subprocess.TimeoutExpired:
        return f"it did not end within {limit + 5} s of the signal"
    # Before it listens to signals there is nothing to end in order, and systemd takes this for a clean exit as well.
    if code == -signal.SIGTERM and test.times_ready() == ready_before:
        return None
    if code != 0:
        return f"it ended with {code}, {time.monotonic() - began:.1f} s after the signal"
    return None


def open_attempts(queue):
    with contextlib.closing(sqlite3.connect(queue, timeout=30)) as database:
        return database.execute("SELECT count(*) FROM attempt WHERE outcome IS NULL").fetchone()[0]


def rows_waiting(queue):
    with contextlib.closing(sqlite3.connect(queue, timeout=30)) as database:
        return database.execute("SELECT id FROM rfi WHERE state = 'pending'").fetchall()


def live_and_end(test, how, times, dice, wanted):
    """So many lives of the daemon; when each began and ended, and what was wrong."""
    lives, complaints = [], []
    for life in range(1, times + 1):
        began = time.time()
        ready_before = test.times_ready()
        with test.start_daemon() as daemon:
            if dice.random() < 0.25:  # among its first instructions; else in the middle of its work
                time.sleep(dice.random() * 0.1)
            else:
                test.wait_until_ready(ready_before)
                time.sleep(dice.random() * 0.4)
            wrong = end(test, daemon, how, dice, ready_before)
        lives.append((began, time.time()))
        if wrong:
            complaints.append(f"life {life}: {wrong}")
        if how != "kill" and (left := open_attempts(test.queue)):
            complaints.append(f"life {life}: {left} attempts were left open by an orderly stop")
        wanted.value += ROWS_PER_LIFE
    return lives, complaints


def run(test, how, times, dice):
    stop, wanted, report = multiprocessing.Event(), multiprocessing.Value("i", ROWS_PER_LIFE), multiprocessing.Queue()
    producers = [
        multiprocessing.Process(target=produce, args=(number, test.queue, test.sandbox, stop, wanted, report), daemon=True)
        for number in (1, 2)]
    for producer in producers:
        producer.start()
    while len(rows_waiting(test.queue)) < ROWS_PER_LIFE:
        time.sleep(0.05)
    lives, complaints = live_and_end(test, how, times, dice, wanted)
    stop.set()
    attempted, acknowledged = [], []
    for _ in producers:
        one, other = report.get(timeout=60)
        attempted += one
        acknowledged += other
    for producer in producers:
        producer.join()
    test.sandbox.ask("DELETE", "/sandbox/faults")
    began = time.time()
    test.drain()
    lives.append((began, time.time()))
    return complaints + check(test, attempted, acknowledged, lives)


def main():
    how = sys.argv[2]
    if how not in ("kill", "stop", "stop-twice"):
        print(f"endings_test.py: no such end: {how}", file=sys.stderr)
        return 64
    times = int(sys.argv[3] if len(sys.argv) > 3 else os.environ.get("RFI_CRASH_ENDINGS", "10"))
    seed = int(sys.argv[4]) if len(sys.argv) > 4 else time.time_ns() % 10**6
    print(f"{how}, {times} times, seed {seed}", flush=True)
    dice = random.Random(seed)
    with tempfile.TemporaryDirectory(prefix="rfi-crash-") as name:
        with parts.Parts(pathlib.Path(sys.argv[1]).resolve(), pathlib.Path(name), f"""
[submission]
max_in_flight = 4
max_open = {MAX_OPEN}
drain_timeout = "{DRAIN_TIMEOUT}s"
[retry]
initial_delay = "20ms"
max_delay = "500ms"
max_attempts = 1000
""") as test:
            test.sandbox.ask("POST", "/sandbox/faults", fault_rules(dice, times * 4))
            complaints = run(test, how, times, dice)
            if complaints:
                print("the last lines of the log:", *test.last_lines(20), sep="\n")
    for complaint in complaints:
        print(complaint)
    return 1 if complaints else 0


if __name__ == "__main__":
    sys.exit(main())
