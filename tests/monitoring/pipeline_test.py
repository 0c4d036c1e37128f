#!/usr/bin/env python3
"""config/monitoring against the log: what the pipeline reads is documented, what rules and dashboard ask for is made, and
each metric gets a value from a real log of the daemon. With Prometheus installed (package prometheus, or its programs in
the directory $RFI_PROMETHEUS) the rules are tried too, and every query of the dashboard is run on that log.

Usage: pipeline_test.py BUILD_DIRECTORY
"""
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests/demo"))

import documented
import real_log
import real_prometheus
from pipeline import Pipeline

CONFIG = ROOT / "config/monitoring"
METRIC = re.compile(r"\brfi_submitd_\w+")


def queries(dashboard):
    """Title and query of each target of each panel."""
    for panel in dashboard["panels"]:
        for target in panel["targets"]:
            yield panel["title"], target["expr"]


def check_files(pipeline, events, dashboard):
    """What can be said without a log."""
    complaints = []
    for route, metric in pipeline.metrics:
        event = pipeline.event_of(route)
        fields = {**documented.EVERY_LINE, **(events[event].fields if event else {})}
        complaints += [f"{metric.name} reads {field}, which {event or 'not every event'} has not"
                       for field in metric.read() if field not in fields]
        if metric.kind != "counter" and fields.get(metric.field) != "number":
            complaints.append(f"{metric.name} is made of {metric.field}, which is no number")
    for route, terms in pipeline.routes.items():
        for event, field in terms:
            if event and event not in events:
                complaints.append(f"route {route}: there is no event {event}")
    made = pipeline.names()
    asked = {"the rules": set(METRIC.findall((CONFIG / "alerts.yml").read_text()))}
    asked["the dashboard"] = {name for _, query in queries(dashboard) for name in METRIC.findall(query)}
    for who, names in asked.items():
        complaints += [f"{who} ask for {name}, which nobody makes" for name in sorted(names - made)]
    used = set().union(*asked.values())
    for _, metric in pipeline.metrics:
        if not {metric.name, metric.name + "_bucket"} & used:
            complaints.append(f"{metric.name} is made and nobody asks for it")
    ids = [panel["id"] for panel in dashboard["panels"]]
    if len(set(ids)) != len(ids) or any(not panel.get("title") or "gridPos" not in panel for panel in dashboard["panels"]):
        complaints.append("the dashboard's panels need an id of their own, a title and a place")
    return complaints


def check_log(pipeline, events, lines):
    """Each line is as documented, and each metric gets a value."""
    complaints = sorted({what for line in lines for what in documented.complaints(events, line)})
    samples = {}
    for _, samples in pipeline.run(lines):
        pass
    seen = {name for name, _ in samples}
    # Nothing is dropped by a log that is read, so that line comes from the page.
    for _, more in pipeline.run([events["log.dropped"].examples[0]]):
        seen |= {name for name, _ in more}
    complaints += [f"{name} gets no value from the log" for name in sorted(pipeline.names() - seen)]
    series = {(name, labels) for name, labels in samples}
    print(f"{len(lines)} lines of {len({line['event'] for line in lines})} events: {len(seen)} metrics, {len(series)} series")
    return complaints


def prometheus_program(name):
    folder = os.environ.get("RFI_PROMETHEUS")
    return shutil.which(name, path=folder) if folder else shutil.which(name)


def check_rules():
    promtool = prometheus_program("promtool")
    if promtool is None:
        print("NOT TESTED: the rules by promtool, and the queries by Prometheus (package prometheus)")
        return []
    complaints = []
    for arguments in (["check", "rules", str(CONFIG / "alerts.yml")],
                      ["test", "rules", str(ROOT / "tests/monitoring/alerts_test.yml")]):
        done = subprocess.run([promtool, *arguments], capture_output=True, text=True)
        if done.returncode != 0:
            complaints.append(f"promtool {' '.join(arguments[:2])}: {done.stdout}{done.stderr}")
    return complaints


def check_queries(pipeline, lines, dashboard):
    programs = [prometheus_program(name) for name in ("promtool", "prometheus")]
    if None in programs:
        return []
    asked = list(queries(dashboard))
    lost = events_that_do_not_happen()
    answers = real_prometheus.ask(*programs, pipeline, lines, [query.replace("$unit", ".*") for _, query in asked])
    complaints = []
    for (title, query), answer in zip(asked, answers):
        print(f"  {title}: {answer}")
        if not isinstance(answer, list):
            complaints.append(f"dashboard, {title}: {answer}")
        elif not answer and not any(name in query for name in lost):
            complaints.append(f"dashboard, {title}: {query} finds nothing in a real log")
    return complaints


def events_that_do_not_happen():
    """Metrics of events that a sound run does not have."""
    return ["rfi_submitd_dropped_lines_total"]


def main():
    build = pathlib.Path(sys.argv[1]).resolve()
    events = documented.read(ROOT / "lib/rfi/platform/EVENTS.md")
    pipeline = Pipeline(CONFIG / "vector.toml")
    dashboard = json.loads((CONFIG / "dashboard.json").read_text())
    complaints = check_files(pipeline, events, dashboard)
    with tempfile.TemporaryDirectory(prefix="rfi-monitoring-") as name:
        lines = real_log.lines_of_a_run(build, pathlib.Path(name))
    complaints += check_log(pipeline, events, lines)
    complaints += check_rules()
    complaints += check_queries(pipeline, lines, dashboard)
    for complaint in complaints:
        print(complaint)
    return 1 if complaints else 0


if __name__ == "__main__":
    sys.exit(main())
