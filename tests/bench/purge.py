"""What retention costs the drain: a million finished rows that are over, erased and deleted while others are sent.

One daemon, one drain. A reload switches retention on and off by turns, so that both rates are of the same minutes.
"""
import contextlib
import signal
import sqlite3
import statistics
import time

from deployment import Deployment
from scale import fill
from sink import sink
from table import report

SECONDS = 10
KINDS = {"nothing": "documents = \"never\"", "erasing": "documents = \"30d\"", "deleting": "documents = \"never\"\nrows = \"30d\""}


def with_history(options, home, port, pending):
    """A deployment with its history and a backlog, and what sets its [retention], at first to nothing; a reload has to follow."""
    deployment = Deployment(options.binary, home, port, submission="max_open = 256")
    configuration = deployment.directory / "rfi-submitd.toml"
    plain = configuration.read_text()

    def retain(settings):
        configuration.write_text(f"{plain}[retention]\n{settings}\n")

    retain(KINDS["nothing"])
    fill(options, deployment, options.history, pending, 0)
    return deployment, retain


def purge(options, directory):
    with sink(directory) as port:
        deployment, retain = with_history(options, directory / "purge", port, options.purge_pending)
        sent = {kind: [] for kind in KINDS}
        taken = {kind: [] for kind in KINDS}
        with deployment.running() as daemon:
            time.sleep(2)
            for kind in turns(options.purge_slices):
                retain(KINDS[kind])
                daemon.send_signal(signal.SIGHUP)
                time.sleep(1.5)
                rate, rows = one_slice(deployment)
                sent[kind].append(rate)
                taken[kind].append(rows)
        alone = statistics.median(sent["nothing"])
        report("drain without retention", alone, "rows/s")
        for kind in ("erasing", "deleting"):
            if sent[kind]:
                rate = statistics.median(sent[kind])
                report(f"drain while {kind}", rate, "rows/s", f"{statistics.median(taken[kind]):,.0f} rows/s of history", rate / alone,
                       "0.9", rate >= 0.9 * alone)


def purge_whole(options, directory):
    """The whole history in one round: the drain's rate before, while and after it is erased, and how long that takes."""
    with sink(directory) as port:
        deployment, retain = with_history(options, directory / "purge-whole", port, max(options.purge_pending, 7_000_000))
        with deployment.running() as daemon:
            time.sleep(2)
            before = sent_until(deployment, lambda _: False, 2 * SECONDS)
            retain('documents = "1h"')
            daemon.send_signal(signal.SIGHUP)
            began = time.monotonic()
            during = sent_until(deployment, lambda line: b'"queue.retention"' in line, 900)
            took = time.monotonic() - began
            after = sent_until(deployment, lambda _: False, 2 * SECONDS)
        last = [line for line in deployment.log.read_bytes().splitlines() if b'"queue.retention"' in line][-1:]
        print(b"".join(last).decode(), flush=True)
        alone = statistics.mean((before, after))
        report("drain before and after", alone, "rows/s")
        report(f"drain while {options.history:,} finished rows are erased, {took:.0f} s", during, "rows/s", "alone", during / alone, "0.9",
               during >= 0.9 * alone)


def sent_until(deployment, ends, seconds):
    """Rows sent a second until a line of the log `ends` it, or so many seconds have passed."""
    began = time.monotonic()
    sent = 0
    with open(deployment.log, "rb") as log:
        log.seek(0, 2)
        over = False
        while not over and time.monotonic() - began < seconds:
            time.sleep(0.5)
            for line in log.readlines():
                sent += b'"rfi.submitted"' in line
                over = over or ends(line)
    return sent / (time.monotonic() - began)


def turns(slices):
    """nothing, erasing, nothing, deleting, nothing, erasing, ..."""
    kinds = ("nothing", "erasing", "nothing", "deleting")
    return [kinds[turn % 4] for turn in range(slices)] + ["nothing"]


def one_slice(deployment):
    """Rows sent a second by the log, and rows of the history erased or deleted a second."""
    with open(deployment.log, "rb") as log:
        before = untouched(deployment)
        log.seek(0, 2)
        began = time.monotonic()
        time.sleep(SECONDS)
        lines = log.read()
        took = time.monotonic() - began
    return lines.count(b'"rfi.submitted"') / took, (before - untouched(deployment)) / took


def untouched(deployment):
    """Rows of the history, those with documents twice: so an erased row counts once, and a deleted one as what it was."""
    with contextlib.closing(sqlite3.connect(f"file:{deployment.queue}?mode=ro", uri=True, timeout=10)) as queue:
        over = int((time.time() - 29 * 86400) * 1000)
        whole, erased = (queue.execute(f"SELECT count(*) FROM rfi INDEXED BY {index} WHERE finished_at IS NOT NULL AND erased_at {is_null}"
                                       " AND finished_at < ?", (over,)).fetchone()[0]
                         for index, is_null in (("rfi_erasable", "IS NULL"), ("rfi_erased", "IS NOT NULL")))
        return 2 * whole + erased
