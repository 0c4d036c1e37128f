"""The oracle's reading of `requested`: the settings, what a grant is, the tree and the paths (rules 4 to 6)."""

import re

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
