#!/usr/bin/env python3
"""The page of events (lib/rfi/platform/EVENTS.md) against the sources: what one of them has, the other has too.

Usage: events_test.py SOURCE_DIRECTORY
"""
import pathlib
import re
import sys

import documented

FIELD = re.compile(r'\bField(?:\s+\w+)?\{\s*"(\w+)"')
EVENT = re.compile(r"\bevent::k(\w+)")


def constants(header):
    """kServiceStarted -> service.started"""
    return dict(re.findall(r'k(\w+) =\s*"([a-z._]+)";', header.read_text()))


def calls(text):
    """Each call that writes a line: where it begins, and its arguments."""
    for start in re.finditer(r"(?:\blog_?\.write(?:_fields)?|\bput)\(", text):
        depth, end = 1, start.end()
        while depth:
            depth += {"(": 1, ")": -1}.get(text[end], 0)
            end += 1
        yield start.start(), text[start.end():end - 1]


def emitted(sources, names):
    """What the sources write: event -> names of fields, members of groups among them."""
    fields = {}
    everything = set()
    for path in sources:
        text = path.read_text()
        everything.update(FIELD.findall(text))
        chosen = [names[constant] for constant in re.findall(r"name = [^;]*?event::k(\w+)", text)]
        chosen += [names[constant] for constant in re.findall(r"name = [^;]*: event::k(\w+)", text)]
        for start, call in calls(text):
            events = [names[constant] for constant in EVENT.findall(call)] or chosen
            # A field may have a name of its own, on the lines above.
            written = FIELD.findall(call) or FIELD.findall(text[max(0, start - 200):start])
            for event in events:
                fields.setdefault(event, set()).update(written)
    return fields, everything


def main():
    root = pathlib.Path(sys.argv[1])
    events = documented.read(root / "lib/rfi/platform/EVENTS.md")
    names = constants(root / "lib/rfi/platform/events.hpp")
    sources = [path for folder in ("lib", "daemon") for path in sorted((root / folder).rglob("*.cpp"))]
    written, all_fields = emitted(sources, names)
    complaints = []
    for event in sorted(set(names.values()) | set(written)):
        if event not in events:
            complaints.append(f"{event} is not documented")
        if event not in written:
            complaints.append(f"{event} is written nowhere")
    for name, event in events.items():
        if name not in names.values():
            complaints.append(f"{name} is documented and no event of events.hpp")
        if not event.levels:
            complaints.append(f"{name}: the page names no level")
        if len(event.examples) != 1:
            complaints.append(f"{name}: the page has {len(event.examples)} example lines")
        for example in event.examples:
            complaints += [f"example of {name}: {what}" for what in documented.complaints(events, example)]
            if example["event"] != name:
                complaints.append(f"example of {name}: it is one of {example['event']}")
        parts = {part for field in event.fields for part in field.split(".")}
        for field in sorted(written.get(name, set()) - parts):
            complaints.append(f"{name}: field {field} is written and not documented")
        for field in event.fields:
            top = field.split(".")[0]
            if top not in written.get(name, set()) and "." not in field:
                complaints.append(f"{name}: field {field} is documented and not written")
    leaves = {part for event in events.values() for field in event.fields for part in field.split(".")}
    leaves |= set(documented.EVERY_LINE)
    for field in sorted(all_fields - leaves):
        complaints.append(f"field {field} is written and documented for no event")
    for field in sorted(leaves - all_fields - set(documented.EVERY_LINE)):
        complaints.append(f"field {field} is documented and written nowhere")
    for complaint in complaints:
        print(complaint)
    print(f"{len(events)} events, {sum(len(event.fields) for event in events.values())} fields")
    return 1 if complaints else 0


if __name__ == "__main__":
    sys.exit(main())
