"""A second reading of the allowlist's rules, for tests alone: slow, literal, and written without a look at the builder.

judge(requested, documents, settings) gives what may be sent of an RFI, or why nothing is. The comments number the rules
as the queue's contract does.
"""

import span_json
from oracle_requested import ATTACHMENTS, DOCUMENTED, KNOWN, PLURAL, SINGULAR, TERMS, lower, read_requested
from span_json import Refused


class Verdict:
    """Either a body, or a refusal: its category and where."""

    def __init__(self, body=None, category=None, where=(), drops=0):
        self.body = body
        self.drops = drops  # how many things of the documents were not granted
        self.category = category  # input, requested, documents, unmet, size
        self.where = list(where)

    @property
    def sendable(self):
        return self.category is None


class Projection:
    """Builds the body, marks the grants that were met and collects what makes the row invalid.

    `leak` is the number of the one thing that goes although it is not granted: so does the test make bodies that the
    independent check must stop.
    """

    def __init__(self, grants, settings, leak=None):
        self.grants = grants
        self.settings = settings
        self.wrong = []
        self.leak = leak
        self.drops = 0

    def drop(self, value):
        """What is not granted stays here (None), but for the leak."""
        self.drops += 1
        return value.raw if self.drops - 1 == self.leak else None

    def build(self, documents):
        members = []
        for raw_name, name, value in documents.content:
            if name == ATTACHMENTS:
                text = self.attachments(value)
            else:
                text = self.section(None, name, value, name)
            if text is not None:
                members.append(f"{raw_name}:{text}")
        return "{" + ",".join(members) + "}" if members else None

    def attachments(self, value):
        if value.kind != "array":
            return self.drop(value)
        items = [self.attachment(item, f"{ATTACHMENTS}[{i}]") for i, item in enumerate(value.content)]
        items = [item for item in items if item is not None]
        return "[" + ",".join(items) + "]" if items else None

    def attachment(self, value, here):
        if value.kind != "object":
            return self.drop(value)
        party = value.get("associated_party_id")
        if party is None or party.kind != "string":  # rule 5
            return self.drop(value)
        members, included = [], False
        for raw_name, name, inner in value.content:
            if name == "associated_party_id":
                members.append(f"{raw_name}:{inner.raw}")  # rule 2
                continue
            text = self.section(lower(party.content), name, inner, f"{here}.{name}")
            if text is not None:
                included = True
                members.append(f"{raw_name}:{text}")
        return "{" + ",".join(members) + "}" if included else None

    def section(self, party, name, value, here):
        grants = [g for g in self.grants if g.party == party and g.section == name]
        if not grants:
            return self.drop(value)
        if name == TERMS:
            return self.terms(grants, value, here)
        if name not in KNOWN and any(g.whole_section for g in grants):
            return self.unknown_whole(grants, value, here)
        if value.kind == "object" and name not in PLURAL:
            return self.document(grants, value, here)
        if value.kind == "array" and name not in SINGULAR:
            items = [
                self.document(grants, item, f"{here}[{i}]") if item.kind == "object" else self.drop(item)
                for i, item in enumerate(value.content)
            ]
            items = [item for item in items if item is not None]
            return "[" + ",".join(items) + "]" if items else None
        return self.drop(value)

    def terms(self, grants, value, here):  # rule 4
        grants = [g for g in grants if g.kind in (None, "TOS") and g.field in (None, TERMS)]
        if not grants:
            return self.drop(value)
        if no_value(value):
            return None
        if value.kind != "string":
            self.wrong.append(here)
            return None
        for grant in grants:
            grant.met = True
        return value.raw

    def unknown_whole(self, grants, value, here):  # rule 9
        if no_value(value):
            return None
        parts = []
        for grant in grants:
            if grant.whole_section:
                grant.met = True
            else:
                parts.append(grant)
        # Parts asked for beside the whole change nothing of what goes, but they must be met too.
        items = value.content if value.kind == "array" else [value]
        for i, item in enumerate(items):
            if item.kind == "object":
                self.document(parts, item, f"{here}[{i}]")
        return value.raw

    def documented(self, field):
        return field in DOCUMENTED or field in self.settings.fields

    def document(self, grants, value, here):
        kind = value.get("type")
        kind_text = kind.content if kind is not None and kind.kind == "string" else None
        grants = [g for g in grants if g.kind is None or g.kind == kind_text]
        if not grants:
            return self.drop(value)
        whole = [g for g in grants if g.field is None]
        files = value.get("files")
        if self.settings.policy == "document" and files is not None:  # rule 2
            whole += [g for g in grants if g.field == "files" and self.lets_file_through([g], files)]
        members, included = [], False
        for raw_name, name, inner in value.content:
            named = [g for g in grants if g.field == name]
            if name == "files":
                over = named + [g for g in grants if g.field is None]
                text = self.files(over, inner, f"{here}.files") if over else self.drop(inner)
                if text is not None:
                    included = True
                    members.append(f"{raw_name}:{text}")
                continue
            if name == "type":
                if no_value(inner):
                    continue
                if inner.kind != "string":  # rule 9: invalid if granted, else ignored
                    if named or whole:
                        self.wrong.append(f"{here}.type")
                    continue
                if named:
                    included = True
                    for grant in named:
                        grant.met = True
                members.append(f"{raw_name}:{inner.raw}")
                continue
            covering = named + (whole if self.documented(name) else [])
            if not covering:
                if self.drop(inner) is not None:
                    included = True
                    members.append(f"{raw_name}:{inner.raw}")
                continue
            if no_value(inner):
                continue
            if self.documented(name) and inner.kind != "string":  # rule 9
                self.wrong.append(f"{here}.{name}")
                continue
            included = True
            for grant in covering:
                if grant.field in (None, name):
                    grant.met = True
            members.append(f"{raw_name}:{inner.raw}")
        return "{" + ",".join(members) + "}" if included else None

    def side_passes(self, grant, file):
        side = file.get("side")
        return grant.side is None or not holds(side) or side.content == grant.side

    def lets_file_through(self, grants, files):
        return files.kind == "array" and any(
            item.kind == "object" and holds(item.get("uri")) and any(self.side_passes(g, item) for g in grants)
            for item in files.content
        )

    def files(self, grants, value, here):
        if no_value(value):
            return None
        if value.kind != "array":
            self.wrong.append(here)
            return None
        items = []
        for i, item in enumerate(value.content):
            there = f"{here}[{i}]"
            if item.kind != "object":
                self.wrong.append(there)
                continue
            uri, path, side = item.get("uri"), item.get("path"), item.get("side")
            if holds(side) and side.kind != "string":  # rule 9; no grant can be judged by such a side
                self.wrong.append(f"{there}.side")
                continue
            through = [g for g in grants if self.side_passes(g, item)]  # rule 3
            if not through:
                if self.drop(item) is not None:
                    items.append(item.raw)
                continue
            if not holds(uri) and not holds(path):  # rule 8
                continue
            if holds(path) or uri.kind != "string":  # rule 2; uploads are not known here
                self.wrong.append(there)
                continue
            for grant in through:
                grant.met = True
            members = []
            for raw_name, name, inner in item.content:
                structural = name in ("uri", "side")
                if (structural and holds(inner)) or (not structural and self.drop(inner) is not None):
                    members.append(f"{raw_name}:{inner.raw}")
            items.append("{" + ",".join(members) + "}")
        return "[" + ",".join(items) + "]" if items else None


def holds(value):
    return value is not None and not no_value(value)


def no_value(value):  # rule 8
    return value.is_null or (value.kind in ("object", "array") and not value.content)


def judge(requested_text, documents_text, settings, leak=None):
    """The verdict on one row; with `leak`, the body of a builder that lets that one thing through."""
    wrong = []
    parsed = {}
    for column, text, kind in (("requested", requested_text, "array"), ("documents", documents_text, "object")):
        try:
            parsed[column] = span_json.read(text)
            if parsed[column].kind != kind:
                wrong.append(column)
        except Refused:
            wrong.append(column)
    if wrong:
        return Verdict(category="input", where=wrong)
    grants, wrong = read_requested(parsed["requested"], settings)
    if wrong:
        return Verdict(category="requested", where=wrong)
    projection = Projection(grants, settings, leak)
    body = projection.build(parsed["documents"])
    if projection.wrong:
        return Verdict(category="documents", where=projection.wrong)
    unmet = list(dict.fromkeys(g.path() for g in grants if not g.met))  # rule 7
    if body is None or (unmet and settings.partial != "send"):
        return Verdict(category="unmet", where=unmet)
    if len(body.encode("utf-8")) > settings.max_body_bytes:  # rule 10
        return Verdict(category="size")
    return Verdict(body=body, where=unmet, drops=projection.drops)
