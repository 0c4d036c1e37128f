"""A daemon with a queue of its own, pointed at the sink."""
import contextlib
import json
import os
import pathlib
import subprocess
import time

DOCUMENTS = {
    "proof_of_identity": {
        "type": "PASSPORT", "number": "A12345678", "country": "USA", "issue_date": "2020-01-15",
        "expiry_date": "2030-01-15", "files": [{"uri": "/AbAcQ4hn_0652746727637.pdf", "side": "FRONT"}]},
    "proof_of_address": {"type": "UTILITY_BILL", "country": "USA", "files": [{"uri": "/AbAcQ4hn_0652746727638.pdf"}]},
}
REQUESTED = ["proof_of_identity.files", "proof_of_identity.expiry_date", "proof_of_address"]
BODY = json.dumps({
    "proof_of_identity": {"type": "PASSPORT", "expiry_date": "2030-01-15",
                          "files": [{"uri": "/AbAcQ4hn_0652746727637.pdf", "side": "FRONT"}]},
    "proof_of_address": DOCUMENTS["proof_of_address"]}, separators=(",", ":"))


def customer(number):
    return f"{number:08x}-0000-4000-8000-000000000000"


def rfi(number, prefix="bench"):
    return json.dumps({"reference": f"{prefix}-{number}", "customer_id": customer(number), "requested": REQUESTED,
                       "documents": DOCUMENTS}, separators=(",", ":")) + "\n"


class Deployment:
    """Configuration, secret and queue in `directory`. `wal` takes the WAL journal for a figure, bug or not."""

    def __init__(self, binary, directory, port, wal=False, submission="", api=""):
        self.directory = pathlib.Path(directory)
        self.directory.mkdir(exist_ok=True)
        self.enqueue_peak_mib = 0.0
        secret = self.directory / "client_secret"
        secret.touch(mode=0o600)
        secret.write_text("bench\n")
        configuration = self.directory / "rfi-submitd.toml"
        journal = 'journal = "wal"\naccept_wal_reset_bug = true' if wal else ""
        configuration.write_text(f"""
[queue]
path = "{self.directory}/queue.db"
{journal}
[api]
base_url = "https://localhost:{port}"
ca_file = "{self.directory.parent}/sink.pem"
{api}
[auth]
client_id = "bench"
client_secret_file = "{secret}"
[submission]
{submission}
[log]
level = "info"
format = "json"
""")
        self.command = [str(binary), "--config", str(configuration)]
        subprocess.run([*self.command, "migrate"], check=True, stdout=subprocess.DEVNULL)

    @property
    def queue(self):
        return self.directory / "queue.db"

    @property
    def log(self):
        return self.directory / "log.jsonl"

    def enqueue(self, rows, first=0):
        """Seconds that it took to queue so many rows."""
        lines = self.directory / "rows.jsonl"
        with open(lines, "w", encoding="utf-8") as out:
            out.writelines(rfi(number) for number in range(first, first + rows))
        began = time.monotonic()
        with subprocess.Popen([*self.command, "enqueue", str(lines)], stdout=subprocess.DEVNULL) as command:
            _, status, usage = os.wait4(command.pid, 0)
            command.returncode = os.waitstatus_to_exitcode(status)
        if command.returncode != 0:
            raise RuntimeError(f"enqueue ended with {command.returncode}")
        self.enqueue_peak_mib = usage.ru_maxrss / 1024
        return time.monotonic() - began

    def drain(self, before=()):
        """Seconds that `run --drain` took; `before` are words before its command line (strace, perf)."""
        with open(self.log, "w", encoding="utf-8") as log:
            began = time.monotonic()
            subprocess.run([*before, *self.command, "run", "--drain"], check=True, stdout=log)
            return time.monotonic() - began

    @contextlib.contextmanager
    def running(self):
        """The daemon as a service; ended at the end, and it must end well."""
        with open(self.log, "w", encoding="utf-8") as log:
            daemon = subprocess.Popen([*self.command, "run"], stdout=log)
        try:
            yield daemon
        finally:
            daemon.terminate()
            if daemon.wait(timeout=60) != 0:
                raise RuntimeError(f"the daemon ended with {daemon.returncode}; see {self.log}")

    def status(self):
        done = subprocess.run([*self.command, "status", "--json"], check=True, text=True, stdout=subprocess.PIPE)
        return json.loads(done.stdout)

    def must_have_submitted(self, rows):
        counts = self.status()["counts"]
        if counts["submitted"] != rows:
            raise RuntimeError(f"{rows} rows should have been submitted, but: {counts}")


def process_figures(pid):
    """CPU seconds, MiB now and at most, bytes that went to a disk."""
    tasks = pathlib.Path(f"/proc/{pid}/task").glob("*/schedstat")  # in nanoseconds; `stat` counts in hundredths of a second
    status = pathlib.Path(f"/proc/{pid}/status").read_text()
    io = pathlib.Path(f"/proc/{pid}/io").read_text()

    def field(text, name):
        return int(next(line for line in text.splitlines() if line.startswith(name)).split()[1])

    return {"cpu": sum(int(task.read_text().split()[0]) for task in tasks) / 1e9, "rss": field(status, "VmRSS:") / 1024,
            "peak": field(status, "VmHWM:") / 1024, "written": field(io, "write_bytes:")}
