"""A Prometheus of its own, on a port nobody else has, over what the pipeline makes of a log."""
import json
import pathlib
import socket
import subprocess
import tempfile
import time
import urllib.error
import urllib.parse
import urllib.request

SCRAPES_APART = 60


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def text_of(pipeline, lines):
    """The samples after each `queue.stats`, a minute apart, in OpenMetrics; and the time of the last."""
    start = int(time.time()) // 3600 * 3600 - 6 * 3600
    rows = {}
    scrapes = 0
    for line, samples in pipeline.run(lines):
        if line["event"] != "queue.stats":
            continue
        for (name, labels), value in samples.items():
            written = ",".join(f"{label}={json.dumps(text)}" for label, text in labels)
            rows.setdefault(name, []).append(f"{name}{{{written}}} {value} {start + scrapes * SCRAPES_APART}")
        scrapes += 1
    text = "".join("".join(row + "\n" for row in sorted(rows[name])) for name in sorted(rows))
    return text + "# EOF\n", start + (scrapes - 1) * SCRAPES_APART


def query(port, expression, at):
    """The values, or the reason why there are none."""
    address = f"http://127.0.0.1:{port}/api/v1/query?" + urllib.parse.urlencode({"query": expression, "time": at})
    try:
        with urllib.request.urlopen(address, timeout=20) as answer:
            result = json.load(answer)["data"]["result"]
    except urllib.error.HTTPError as error:
        return json.load(error)["error"]
    return [(" ".join(row["metric"].values()), float(row["value"][1])) for row in result]


def ask(promtool, prometheus, pipeline, lines, expressions):
    """Answers each expression as of the end of the log."""
    text, end = text_of(pipeline, lines)
    with tempfile.TemporaryDirectory(prefix="rfi-prometheus-") as name:
        directory = pathlib.Path(name)
        (directory / "samples").write_text(text)
        (directory / "prometheus.yml").write_text("global: {}\n")
        subprocess.run([promtool, "tsdb", "create-blocks-from", "openmetrics", directory / "samples", directory / "data"],
                       check=True, stdout=subprocess.DEVNULL)
        port = free_port()
        server = subprocess.Popen(
            [prometheus, f"--config.file={directory}/prometheus.yml", f"--storage.tsdb.path={directory}/data",
             f"--web.listen-address=127.0.0.1:{port}", "--log.level=error"])
        try:
            until = time.monotonic() + 30
            while True:
                try:
                    urllib.request.urlopen(f"http://127.0.0.1:{port}/-/ready", timeout=5).close()
                    break
                except OSError:
                    if time.monotonic() > until:
                        raise
                    time.sleep(0.1)
            return [query(port, expression, end) for expression in expressions]
        finally:
            server.terminate()
            server.wait(timeout=20)
