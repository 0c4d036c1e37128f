"""A daemon with a queue of its own, pointed at the sink."""
import json
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

    def __init__(self, binary, directory, port, wal=False, submission="", more=""):
        self.directory = pathlib.Path(directory)
        self.directory.mkdir(exist_ok=True)
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
[auth]
client_id = "bench"
client_secret_file = "{secret}"
[submission]
{submission}
{more}
""")
        self.command = [str(binary), "--config", str(configuration)]
        subprocess.run([*self.command, "migrate"], check=True, stdout=subprocess.DEVNULL)

    @property
    def queue(self):
        return self.directory / "queue.db"

    def enqueue(self, rows, first=0):
        """Seconds that it took to queue so many rows."""
        lines = self.directory / "rows.jsonl"
        with open(lines, "w", encoding="utf-8") as out:
            out.writelines(rfi(number) for number in range(first, first + rows))
        began = time.monotonic()
        subprocess.run([*self.command, "enqueue", str(lines)], check=True, stdout=subprocess.DEVNULL)
        return time.monotonic() - began

    def drain(self, before=()):
        """Seconds that `run --drain` took; `before` are words before its command line (strace, perf)."""
        with open(self.directory / "log.jsonl", "w", encoding="utf-8") as log:
            began = time.monotonic()
            subprocess.run([*before, *self.command, "run", "--drain"], check=True, stdout=log)
            return time.monotonic() - began

    def start(self):
        log = open(self.directory / "log.jsonl", "w", encoding="utf-8")  # closed with the process that has it
        with log:
            return subprocess.Popen([*self.command, "run"], stdout=log)

    def status(self):
        done = subprocess.run([*self.command, "status", "--json"], check=True, text=True, stdout=subprocess.PIPE)
        return json.loads(done.stdout)
