"""config/monitoring/vector.toml, understood as far as it goes: lines of the log in, samples of metrics out.

Only what that file uses is understood; anything else is an error, so that the file stays as plain as this.
"""
import re
import tomllib

TERM = re.compile(r'\.event == "([a-z._]+)"|exists\(\.(\w+)\)')
TEMPLATE = re.compile(r"\{\{ (\w+) \}\}")


def value_at(line, path):
    for name in path.split("."):
        line = line.get(name) if isinstance(line, dict) else None
    return line


class Metric:
    def __init__(self, entry):
        self.kind = entry["type"]
        self.field = entry["field"]
        self.name = f"{entry['namespace']}_{entry['name']}"
        self.tags = entry["tags"]
        self.by_value = entry.get("increment_by_value", False)
        unknown = set(entry) - {"type", "field", "name", "namespace", "tags", "increment_by_value"}
        if unknown or self.kind not in ("gauge", "counter", "histogram"):
            raise ValueError(f"metric {self.name}: {unknown or self.kind} is not understood")
        if self.by_value and self.kind != "counter":
            raise ValueError(f"metric {self.name}: only a counter is incremented")

    def read(self):
        """The fields of a line that it needs, `unit` aside."""
        return [self.field] + [name for text in self.tags.values() for name in TEMPLATE.findall(text) if name != "unit"]

    def labels(self, line):
        filled = {tag: TEMPLATE.sub(lambda found: str(value_at(line, found[1])), text) for tag, text in self.tags.items()}
        return tuple(sorted(filled.items()))


class Pipeline:
    def __init__(self, path):
        file = tomllib.loads(path.read_text())
        transforms = file["transforms"]
        self.routes = {name: self.condition(text) for name, text in transforms["kind"]["route"].items()}
        self.metrics = []  # (route, metric)
        for name, transform in transforms.items():
            if name in ("lines", "kind"):
                continue
            if transform["type"] != "log_to_metric" or not name.endswith("_as_metrics"):
                raise ValueError(f"transform {name} is not understood")
            for route in transform["inputs"]:
                self.metrics += [(route.removeprefix("kind."), Metric(entry)) for entry in transform["metrics"]]
        sink = file["sinks"]["prometheus"]
        self.buckets = sink["buckets"]
        if sink["inputs"] != ["*_as_metrics"] or transforms["kind"]["inputs"] != ["lines"]:
            raise ValueError("the transforms are not connected as they should be")

    @staticmethod
    def condition(text):
        terms = []
        for term in text.split(" && "):
            found = TERM.fullmatch(term)
            if found is None:
                raise ValueError(f"condition {term} is not understood")
            terms.append((found[1], found[2]))
        return terms

    def event_of(self, route):
        """The event that a route lets through; None: every one."""
        return next((event for event, _ in self.routes[route] if event), None)

    def takes(self, route, line):
        return all(line["event"] == event if event else value_at(line, field) is not None
                   for event, field in self.routes[route])

    def names(self):
        """Every metric as Prometheus sees it."""
        names = set()
        for _, metric in self.metrics:
            suffixes = ("_bucket", "_sum", "_count") if metric.kind == "histogram" else ("",)
            names.update(metric.name + suffix for suffix in suffixes)
        return names

    def run(self, lines, unit="rfi-submitd.service"):
        """Yields after each line (line, samples): samples are what Prometheus would scrape then, name and labels -> value."""
        samples = {}
        for line in lines:
            line = {**line, "unit": unit}
            for route, metric in self.metrics:
                if self.takes(route, line):
                    self.apply(metric, line, samples)
            yield line, samples

    def apply(self, metric, line, samples):
        value = value_at(line, metric.field)
        if value is None:
            raise ValueError(f"metric {metric.name}: {line['event']} has no {metric.field}")
        labels = metric.labels(line)
        if metric.kind == "gauge":
            samples[metric.name, labels] = float(value)
        elif metric.kind == "counter":
            samples[metric.name, labels] = samples.get((metric.name, labels), 0.0) + (float(value) if metric.by_value else 1.0)
        else:
            for bound in [*self.buckets, float("inf")]:
                name = metric.name + "_bucket", labels + (("le", "+Inf" if bound == float("inf") else str(bound)),)
                samples[name] = samples.get(name, 0.0) + (value <= bound)
            for suffix, add in (("_sum", value), ("_count", 1)):
                samples[metric.name + suffix, labels] = samples.get((metric.name + suffix, labels), 0.0) + add
