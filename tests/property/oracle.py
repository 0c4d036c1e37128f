"""A second reading of the allowlist's rules, for tests alone: slow, literal, and written without a look at the builder.

judge(requested, documents, settings) gives what may be sent of an RFI, or why nothing is. The comments number the rules
as the queue's contract does.
"""

import re

import span_json
from span_json import Refused

SINGULAR = ("proof_of_identity", "proof_of_address")
PLURAL = (
    "company_details", "ownership_structure", "legal_presence", "formation_documents", "ownership_documents",
    "supporting_documents", "identifying_documents", "address_documents",
)  # fmt: skip
TERMS = "tos_policies_value"
ATTACHMENTS = "associated_party_attachments"
KNOWN = SINGULAR + PLURAL + (TERMS,)
DOCUMENTED = ("type", "number", "country", "state", "issue_date", "expiry_date", "description", "files")
GENERIC = {
    "GOVERNMENT_ID": ["proof_of_identity", "identifying_documents"],
    "PROOF_OF_ADDRESS": ["proof_of_address", "address_documents"],
}
UUID = "[0-9a-fA-F]{8}-(?:[0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}"
PATH = re.compile(
    r"(?:associated_party_attachments\[(?P<party>" + UUID + r")\]\.)?"
    r"(?P<section>[A-Za-z0-9_]+)(?:\[(?P<type>[A-Za-z0-9_]+)\])?(?:\.(?P<field>[A-Za-z0-9_]+))?"
)


class Settings:
    """The allowlist settings, with the defaults of the contract."""

    def __init__(self, given=None):
        given = given or {}
        self.policy = given.get("policy", "strict")
        self.partial = given.get("partial", "refuse")
        self.fields = given.get("fields", [])
        self.types = given.get("types", GENERIC)
        self.aliases = given.get("aliases", [])
        self.max_body_bytes = given.get("max_body_bytes", 1024 * 1024)


def lower(party):
    """A party's id as it is compared: UUIDs in any case, anything else exactly."""
    return party.lower() if re.fullmatch(UUID, party) else party


class Grant:
    """One thing asked for. None stands for none (party) and any (type, field, side)."""

    def __init__(self, party, section, asked_kind, generic, field, side):
        self.party = party
        self.section = section
        self.asked_kind = asked_kind
        self.kind = None if generic else asked_kind
        self.whole_section = asked_kind is None and field is None
        self.field = field
        self.side = side
        self.met = False

    def path(self):
        text = f"{ATTACHMENTS}[{self.party if re.fullmatch(UUID, self.party) else '?'}]." if self.party else ""
        text += shown(self.section)
        text += f"[{shown(self.asked_kind)}]" if self.asked_kind else ""
        return text + (f".{shown(self.field)}" if self.field else "")


def shown(name):
    """Names as a log may show them."""
    return name if re.fullmatch("[A-Za-z0-9_]{1,64}", name) else "?"


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


# ---------------------------------------------------------------------------------------------------------- requested


def read_requested(requested, settings):
    """All grants, and the positions of what is wrong."""
    grants, wrong = [], []
    for index, element in enumerate(requested.content):
        here = f"requested[{index}]"
        if element.kind == "string":
            match = PATH.fullmatch(element.content)
            if match is None:
                wrong.append(here)
            else:
                add(grants, wrong, here, settings, match["party"], match["section"], match["type"], match["field"], None)
        elif element.kind == "object":
            read_item(element, here, grants, wrong, settings)
        else:
            wrong.append(here)
    return grants, wrong


def absent(value):
    return value is None or value.is_null


def is_text(value):
    return value is not None and value.kind == "string" and value.content != ""


def is_list(value):
    return value is not None and value.kind == "array" and value.content != []


def read_item(item, here, grants, wrong, settings):
    party_value, scope = item.get("associated_party_id"), item.get("scope")
    party = None
    before = len(wrong)
    if not absent(party_value):
        if is_text(party_value):
            party = party_value.content
        else:
            wrong.append(f"{here}.associated_party_id")
    if not absent(scope):
        expected = "CUSTOMER" if absent(party_value) else "ASSOCIATED_PARTY"
        if scope.kind != "string" or scope.content != expected:
            wrong.append(f"{here}.scope")
    section = item.get("section")
    if not is_text(section):
        wrong.append(f"{here}.section")
    categories = item.get("categories")
    if not is_list(categories):
        wrong.append(f"{here}.categories")
        return
    usable = len(wrong) == before
    for c, category in enumerate(categories.content):
        there = f"{here}.categories[{c}]"
        if category.kind != "object":
            wrong.append(there)
            continue
        kind = category.get("document_type")
        if not is_text(kind):
            wrong.append(f"{there}.document_type")
        fields = category.get("fields")
        if not is_list(fields):
            wrong.append(f"{there}.fields")
            continue
        for f, field in enumerate(fields.content):
            place = f"{there}.fields[{f}]"
            if field.kind != "object":
                wrong.append(place)
                continue
            name, side = field.get("field_name"), field.get("side")
            good = True
            if not is_text(name):
                wrong.append(f"{place}.field_name")
                good = False
            if not absent(side) and (side.kind != "string" or side.content not in ("FRONT", "BACK")):
                wrong.append(f"{place}.side")
                good = False
            if good and usable and is_text(kind):
                side_text = None if absent(side) else side.content
                add(grants, wrong, place, settings, party, section.content, kind.content, name.content, side_text)


def aliased(section, field, settings):
    for alias in settings.aliases:
        if alias["section"] == section and alias.get("field") in (None, field):
            target = alias["as"]
            if "." in target:
                return tuple(target.split(".", 1))
            if target in KNOWN or target == "tax_info":
                return target, field
            return section, target
    return section, field


def add(grants, wrong, here, settings, party, section, kind, field, side):
    section, field = aliased(section, field, settings)
    if section == ATTACHMENTS or (section == "associated_party_id" and party is not None):
        wrong.append(here)  # the attachments or a party alone
        return
    if section in ("identifying_documents", "address_documents") and party is None:  # rule 5
        wrong.append(here)
        return
    if field == "text" or section == "tax_info":  # rule 6
        wrong.append(here)
        return
    generic = kind is not None and section in settings.types.get(kind, [])  # rule 4
    grants.append(Grant(lower(party) if party else None, section, kind, generic, field, side))


# ---------------------------------------------------------------------------------------------------------- documents


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
