"""What the tests here start: the API's stand-in, a queue, and the daemon that is to be ended in every way."""
import contextlib
import http.client
import json
import pathlib
import ssl
import subprocess
import time

CLIENT_SECRET = "sandbox-secret"

# One answer each, so that three rows of one customer compete.
ANSWERS = {
    "proof_of_identity": {"type": "PASSPORT", "number": "A12345678", "files": [{"uri": "/passport.pdf"}]},
    "proof_of_address": {"type": "UTILITY_BILL", "files": [{"uri": "/bill.pdf"}]},
    "formation_documents": [{"type": "REGISTRATION_DOCUMENT", "description": "register", "files": [{"uri": "/r.pdf"}]}],
}


def open_item(section, document):
    fields = [{"field_name": name, "data_type": "TEXT", "status": "MISSING"} for name in document if name != "type"]
    return {"scope": "CUSTOMER", "section": section,
            "categories": [{"document_type": document["type"], "fields": fields}]}


OPEN_ITEMS = [open_item(section, answer[0] if isinstance(answer, list) else answer) for section, answer in ANSWERS.items()]


class Connection(contextlib.closing):
    """One connection to the stand-in's admin paths."""

    def __init__(self, base_url, ca_file):
        self.http = http.client.HTTPSConnection(
            base_url.removeprefix("https://"), context=ssl.create_default_context(cafile=ca_file), timeout=30)
        super().__init__(self.http)

    def __enter__(self):
        return self

    def ask(self, method, path, body=None):
        self.http.request(method, path, body=None if body is None else json.dumps(body))
        answer = self.http.getresponse()
        text = answer.read()
        if answer.status >= 300:
            raise RuntimeError(f"{method} {path}: {answer.status}")
        return json.loads(text) if text else None


class Sandbox:
    """The API's stand-in as a process of its own; it ends with this one. Can be asked from any process."""

    def __init__(self, program, directory, arguments=()):
        self.record = directory / "record.jsonl"
        self.process = subprocess.Popen(
            [program, "--directory", directory, "--lifetime", "3600", "--record", self.record, "--keep", "10", "--quiet", *arguments],
            stdout=subprocess.PIPE, text=True)
        ready = json.loads(self.process.stdout.readline())
        self.base_url = ready["base_url"]
        self.ca_file = ready["ca_file"]

    def __getstate__(self):
        return {"base_url": self.base_url, "ca_file": self.ca_file}

    def connection(self):
        return Connection(self.base_url, self.ca_file)

    def ask(self, method, path, body=None):
        with self.connection() as connection:
            return connection.ask(method, path, body)

    def stop(self):
        self.process.terminate()
        self.process.wait(timeout=10)
        self.process.stdout.close()


class Parts:
    """A directory with everything; `settings` are further tables of the configuration."""

    def __init__(self, build, directory, settings, sandbox_arguments=()):
        self.program = build / "rfi-submitd"
        self.directory = directory
        self.queue = directory / "queue.db"
        self.configuration = directory / "rfi-submitd.toml"
        self.log = directory / "log.jsonl"
        self.sandbox = Sandbox(build / "rfi-sandbox", directory, sandbox_arguments)
        try:
            self.configure(settings)
            subprocess.run([*self.command, "migrate"], check=True, stdout=subprocess.DEVNULL)
        except BaseException:
            self.sandbox.stop()
            raise

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.sandbox.stop()

    @property
    def command(self):
        return [self.program, "--config", self.configuration]

    def configure(self, settings):
        secret = self.directory / "client_secret"
        secret.touch(mode=0o600)
        secret.write_text(CLIENT_SECRET + "\n", encoding="utf-8")
        self.configuration.write_text(f"""
[queue]
path = "{self.queue}"
[api]
base_url = "{self.sandbox.base_url}"
ca_file = "{self.sandbox.ca_file}"
request_timeout = "700ms"
[auth]
client_id = "sandbox-client"
client_secret_file = "{secret}"
{settings}""", encoding="utf-8")

    @contextlib.contextmanager
    def start_daemon(self):
        """A running daemon; whatever happens it has ended, and was waited for, when the block is left."""
        with open(self.log, "a", encoding="utf-8") as log:
            with subprocess.Popen([*self.command, "run"], stdout=log, stderr=log) as process:
                try:
                    yield process
                finally:
                    process.kill()

    def drain(self):
        with open(self.log, "a", encoding="utf-8") as log:
            subprocess.run([*self.command, "run", "--drain"], check=True, stdout=log, stderr=log, timeout=300)

    def times_ready(self):
        return self.log.read_text(encoding="utf-8", errors="replace").count("service.ready") if self.log.exists() else 0

    def wait_until_ready(self, times_before):
        """Until it was ready once more, or for some seconds: it may have ended."""
        limit = time.monotonic() + 10
        while self.times_ready() == times_before and time.monotonic() < limit:
            time.sleep(0.002)

    def last_lines(self, count):
        return self.log.read_text(encoding="utf-8", errors="replace").splitlines()[-count:]

    def requests(self):
        """Every request that reached the API, in the order of their ends."""
        lines = pathlib.Path(self.sandbox.record).read_text(encoding="utf-8").splitlines()
        return [json.loads(line) for line in lines]
