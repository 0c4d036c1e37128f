#!/usr/bin/env python3
"""One queue, three users: the daemon's, a producer's of its group, and one of neither. Whoever comes first, both can work.

Usage: shared_queue_test.py BUILD_DIRECTORY. Needs root, to become others; exit 77 without.
"""
import os
import pathlib
import shutil
import stat
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "crash"))
from parts import CLIENT_SECRET, Sandbox  # noqa: E402

# Users need no names to be somebody.
DAEMON, PRODUCER, OUTSIDER, PRODUCERS = 64101, 64102, 64103, 64100
SKIPPED = 77


def user(uid, group, umask):
    return {"user": uid, "group": group, "extra_groups": [PRODUCERS] if uid == PRODUCER else [], "umask": umask, "cwd": "/"}


AS_DAEMON = user(DAEMON, PRODUCERS, 0o007)
# As useradd and Debian's default umask would have it: files of the producer are nobody else's business.
AS_PRODUCER = user(PRODUCER, PRODUCER, 0o022)
AS_OUTSIDER = user(OUTSIDER, OUTSIDER, 0o022)


class SharedQueue:
    """A state directory as the unit makes it, in a directory that everybody may pass through."""

    def __init__(self, build, directory, sandbox, journal):
        self.directory = directory
        self.state = directory / "state"
        self.queue = self.state / "queue.db"
        self.program = directory / "rfi-submitd"
        shutil.copy(build / "rfi-submitd", self.program)
        directory.chmod(0o711)
        self.state.mkdir()
        os.chown(self.state, DAEMON, PRODUCERS)
        self.state.chmod(0o2770)
        shutil.copy(sandbox.ca_file, directory / "ca.pem")
        self.write("client_secret", CLIENT_SECRET + "\n")
        self.configuration = self.write("rfi-submitd.toml", f"""
[queue]
path = "{self.queue}"
{journal}
[api]
base_url = "{sandbox.base_url}"
ca_file = "{directory}/ca.pem"
[auth]
client_id = "sandbox-client"
client_secret_file = "{directory}/client_secret"
""")
        self.command([self.program, "--config", self.configuration, "migrate"], AS_DAEMON)

    def write(self, name, text):
        path = self.directory / name
        path.write_text(text, encoding="utf-8")
        os.chown(path, DAEMON, PRODUCERS)
        path.chmod(0o600)
        return path

    @staticmethod
    def command(words, who):
        return subprocess.run(words, check=True, text=True, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, **who).stdout

    def start(self):
        with open(self.directory / "log", "a", encoding="utf-8") as log:
            return subprocess.Popen([self.program, "--config", self.configuration, "run"], stdout=log, stderr=log, **AS_DAEMON)

    def sql(self, text, who=AS_PRODUCER):
        return self.command(["sqlite3", "-cmd", ".timeout 10000", self.queue, text], who).strip()

    def insert(self, reference):
        self.sql(f"""INSERT INTO rfi (reference, customer_id, requested, documents) VALUES ('{reference}',
          '00000000-0000-4000-8000-' || lower(hex(randomblob(6))), '["proof_of_address.files"]',
          '{{"proof_of_address":{{"type":"UTILITY_BILL","files":[{{"uri":"/bill.pdf"}}]}}}}')""")

    def wait_until_submitted(self, reference):
        limit = time.monotonic() + 20
        while self.sql(f"SELECT state FROM rfi WHERE reference = '{reference}'") != "submitted":
            if time.monotonic() > limit:
                sys.exit(f"{reference} was not submitted:\n{(self.directory / 'log').read_text(encoding='utf-8')}")
            time.sleep(0.05)

    def check_files(self):
        """Every file of the queue is the group's, and nobody else's; the ballast is the daemon's alone."""
        for path in self.state.iterdir():
            found = path.stat()
            mode = stat.S_IMODE(found.st_mode)
            assert found.st_gid == PRODUCERS, f"{path.name} belongs to group {found.st_gid}"
            assert mode & 0o007 == 0, f"{path.name} has mode {mode:o}"
            if path.name != "queue.db.ballast":
                assert mode == 0o660, f"{path.name} has mode {mode:o}"

    def check_outsider(self):
        for path in (self.state, *self.state.iterdir()):
            for tool in ("cat", "ls"):
                look = subprocess.run([tool, path], check=False, capture_output=True, **AS_OUTSIDER)
                assert look.returncode != 0 and not look.stdout, f"a user outside the group: {tool} {path.name}"
        look = subprocess.run(["sqlite3", self.queue, "SELECT count(*) FROM rfi"], check=False, capture_output=True, **AS_OUTSIDER)
        assert look.returncode != 0, "a user outside the group reads the queue"


def tell_story(shared):
    """The producer first, the daemon beside it, either one killed, the producer alone, and all over again."""
    shared.insert("first-of-all")
    shared.check_files()
    daemon = shared.start()
    try:
        shared.wait_until_submitted("first-of-all")
        shared.insert("beside")
        shared.wait_until_submitted("beside")
        shared.check_files()
        shared.check_outsider()
        # What a killed daemon leaves the producer may have to roll back, or to read.
        shared.insert("at-the-kill")
        daemon.kill()
        daemon.wait()
        shared.insert("after-the-kill")
        shared.check_files()
        # And what a killed producer leaves, the daemon.
        subprocess.run(["sqlite3", shared.queue], check=False, text=True, stderr=subprocess.DEVNULL, **AS_PRODUCER, input="""
.timeout 10000
PRAGMA cache_size = 1;
CREATE TEMP TABLE many AS SELECT value FROM generate_series(1, 200);
BEGIN IMMEDIATE;
INSERT INTO rfi (reference, customer_id, requested, documents) SELECT 'torn-' || value,
  '00000000-0000-4000-8000-000000000001', '[]', '{"a":"' || hex(randomblob(5000)) || '"}' FROM many;
.system kill -9 $PPID
""")
        shared.check_files()
        daemon = shared.start()
        shared.wait_until_submitted("after-the-kill")
        shared.wait_until_submitted("at-the-kill")
        daemon.terminate()
        assert daemon.wait() == 0, "the daemon did not stop in order"
        shared.insert("alone")
        shared.check_files()
        shared.check_outsider()
        daemon = shared.start()
        shared.wait_until_submitted("alone")
        assert shared.sql("SELECT count(*) FROM rfi WHERE reference LIKE 'torn%'") == "0", "half a transaction stands in the queue"
        assert shared.sql("PRAGMA integrity_check") == "ok"
    finally:
        daemon.kill()
        daemon.wait()


def main():
    if os.geteuid() != 0:
        print("SKIPPED: this test becomes three users, which only root can", file=sys.stderr)
        sys.exit(SKIPPED)
    build = pathlib.Path(sys.argv[1]).resolve()
    stories = {"rollback journal": "", "WAL": 'journal = "wal"\naccept_wal_reset_bug = true'}
    with tempfile.TemporaryDirectory(prefix="rfi-shared-") as name:
        directory = pathlib.Path(name)
        directory.chmod(0o711)
        sandbox = Sandbox(build / "rfi-sandbox", directory, ("--open-customers",))
        try:
            for number, (story, journal) in enumerate(stories.items()):
                place = directory / str(number)
                place.mkdir()
                tell_story(SharedQueue(build, place, sandbox, journal))
                print(f"ok  {story}", flush=True)
        finally:
            sandbox.stop()


main()
