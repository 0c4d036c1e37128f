"""What lib/rfi/platform/EVENTS.md says: events, their levels, their fields with type, an example line of each."""
import json
import re

LEVELS = ("trace", "debug", "info", "warning", "error", "critical")
EVERY_LINE = {"ts": "time", "level": "text", "event": "text", "truncated": "bool"}
TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z")
TYPES = {
    "text": lambda value: isinstance(value, str),
    "number": lambda value: isinstance(value, (int, float)) and not isinstance(value, bool),
    "bool": lambda value: isinstance(value, bool),
    "time": lambda value: isinstance(value, str) and TIME.fullmatch(value) is not None,
    "list": lambda value: isinstance(value, list) and all(isinstance(entry, str) for entry in value),
    "group": lambda value: isinstance(value, dict),
}


class Event:
    def __init__(self, name, text, others):
        self.name = name
        words = text.split("| field |")[0].split("```")[0]
        self.levels = {level for level in LEVELS if f"`{level}`" in words}
        self.fields = {}
        if same := re.search(r"Fields as `([a-z._]+)`", words):
            self.fields.update(others[same[1]].fields)
        for field, kind, meaning in re.findall(r"^\| `([a-z0-9_.]+)` \| (\w+) \| (.+) \|$", text, re.MULTILINE):
            if kind not in TYPES or not meaning.strip():
                raise ValueError(f"{name}: field {field}: {kind} is no type of this page, or it has no meaning")
            self.fields[field] = kind
        self.examples = [json.loads(line) for line in re.findall(r"^```json\n(.+)\n```$", text, re.MULTILINE)]


def read(page):
    """The events of the page, by name."""
    events = {}
    for section in re.split(r"^## ", page.read_text(), flags=re.MULTILINE)[1:]:
        name, _, text = section.partition("\n")
        if re.fullmatch(r"[a-z]+\.[a-z_]+", name):
            events[name] = Event(name, text, events)
    return events


def flat(fields, prefix=""):
    """Names and values, groups as `name.member` behind themselves."""
    for name, value in fields.items():
        yield prefix + name, value
        if isinstance(value, dict):
            yield from flat(value, prefix + name + ".")


def complaints(events, line):
    """What about this line (an object) is not as the page says."""
    event = events.get(line.get("event"))
    if event is None:
        return [f"event {line.get('event')} is not documented"]
    found = []
    if line.get("level") not in event.levels:
        found.append(f"{event.name}: level {line.get('level')} is not documented")
    for name, value in flat(line):
        kind = EVERY_LINE.get(name) or event.fields.get(name)
        if kind is None:
            found.append(f"{event.name}: field {name} is not documented")
        elif not TYPES[kind](value):
            found.append(f"{event.name}: field {name} is no {kind}")
    return found
