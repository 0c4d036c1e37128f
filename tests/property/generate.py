"""Makes RFIs for the differential test: from a seed, mostly ones that can be sent, with every oddity now and then."""

import json
import random

import oracle_requested as oracle

PARTIES = (
    "f6b13e01-044a-4f74-a70b-d5f66b6449af",
    "0A1B2C3D-0000-4000-8000-00000000abcd",
    "11111111-2222-3333-4444-555555555555",
)  # fmt: skip
TYPES = ("PASSPORT", "NATIONAL_ID", "UTILITY_BILL", "OTHER", "REGISTRATION_DOCUMENT")
ODD_TYPES = ("GOVERNMENT_ID", "PROOF_OF_ADDRESS", "passport", "TOS", "ANY_PAPER")
UNKNOWN = ("news", "risk_profile", "customer_id")
STRINGS = ("number", "country", "state", "issue_date", "expiry_date", "description")
ODD_FIELDS = ("note", "amount", "uri", "side", "tax_number", "associated_party_id", "section")
VALUES = (
    '"QX4711"', '""', '"2030-01-15"', '"é\\u00e9\\ud83d\\ude00"', '"a\\"b\\\\c\\/d\\n"', '"\\u0000"', '"{}"',
    '"' + "x" * 70 + '"', '"\u2028 \x7f"',
)  # fmt: skip
SECRETS = ("QX4711", "2030-01-15", "x" * 70, "CwW9PHhP", "front.jpg", "Jane", "184467440737")  # in no path, ever
NUMBERS = (
    "0", "-0", "1.10", "100.0", "1E2", "1e-3", "18446744073709551616", "123456789012345678901234567890", "0e999",
    "0.0", "-1.5e+300", "4.9e-324", "1e308",
)  # fmt: skip
BAD_NUMBERS = ("1e400", "-1e309", "1e-400", "2e-324", "0.1e-330")
BAD_JSON = ("01", "1.", ".5", "+1", "NaN", "Infinity", "tru", "'a'", '"\\x"', '"\\ud800"', '"\\udc00\\ud800"', '"\t"',
            "[1,]", '{"a":1,}', "/**/1", "1 2", '{"a" 1}', "\ufeff1")  # fmt: skip


class Generator:
    """One RFI after the other; the same seed gives the same ones."""

    def __init__(self, seed):
        self.random = random.Random(seed)
        self.nasty = False
        self.held = []  # (section, type, fields) of every document made, so that what is asked for is often there

    def chance(self, probability):
        return self.random.random() < probability

    def odd(self, probability):
        """True now and then, but only in an RFI that was chosen to be odd."""
        return self.nasty and self.chance(probability)

    def pick(self, options):
        return self.random.choice(options)

    # ------------------------------------------------------------------------------------------------------ JSON text

    def space(self):
        return self.pick((" ", "\n", "\t", "\r\n  ")) if self.chance(0.04) else ""

    def name(self, text):
        """A member name, sometimes written with an escape."""
        if self.chance(0.02) and text:
            at = self.random.randrange(len(text))
            return json.dumps(text[:at])[:-1] + f"\\u{ord(text[at]):04x}" + json.dumps(text[at + 1 :])[1:]
        return json.dumps(text)

    def object(self, members):
        """An object of (name, text of the value)."""
        if self.odd(0.002) and members:
            members = [*members, self.pick(members)]
        inside = ",".join(
            f"{self.space()}{self.name(name)}{self.space()}:{self.space()}{value}{self.space()}" for name, value in members
        )
        return "{" + (inside or self.space()) + "}"

    def array(self, elements):
        inside = ",".join(f"{self.space()}{element}{self.space()}" for element in elements)
        return "[" + (inside or self.space()) + "]"

    def scalar(self):
        return self.pick(VALUES + NUMBERS + ("true", "false", "null"))

    def anything(self, depth=0):
        """Any JSON value; now and then one that a row may not hold."""
        if self.odd(0.002):
            return self.pick(BAD_NUMBERS + BAD_JSON)
        if self.odd(0.003):
            levels = self.pick((20, 26, 27, 28, 29, 30, 31, 32, 33, 40))
            opening, closing = self.pick((("[", "]"), ('{"a":', "}")))
            return opening * levels + self.pick(("1", "[]", "{}")) + closing * levels
        if depth > 3 or self.chance(0.6):
            return self.scalar()
        if self.chance(0.5):
            return self.array([self.anything(depth + 1) for _ in range(self.random.randrange(3))])
        names = self.random.sample(("a", "b", "type", "files", "number", "uri", ""), self.random.randrange(4))
        return self.object([(name, self.anything(depth + 1)) for name in names])

    def string(self):
        return self.anything() if self.odd(0.04) else self.pick(VALUES)

    # ------------------------------------------------------------------------------------------------------ documents

    def file(self):
        if self.odd(0.03):
            return self.anything()
        members = []
        if not self.odd(0.08):
            members.append(("uri", self.string() if self.odd(0.2) else '"/CwW9PHhP_x.jpg"'))
        if self.odd(0.03):
            members.append(("path", self.pick(('"front.jpg"', "null", '""', "1"))))
        if self.chance(0.5):
            side = self.pick(('"FRONT"', '"BACK"', '"FRONT"', '"BACK"', '"FR\\u004fNT"'))
            members.append(("side", self.pick(('"LEFT"', "null", '""', "1", '"front"')) if self.odd(0.2) else side))
        if self.chance(0.1):
            members.append((self.pick(("name", "note", "Uri")), self.anything()))
        self.random.shuffle(members)
        return self.object(members)

    def files(self):
        if self.odd(0.05):
            return self.anything()
        return self.array([self.file() for _ in range(self.pick((1, 1, 1, 2, 2, 3) + ((0,) if self.nasty else ())))])

    def document(self, section):
        members = []
        kind = self.pick(ODD_TYPES if self.chance(0.05) else TYPES)
        if not self.chance(0.05):
            members.append(("type", self.anything() if self.odd(0.05) else json.dumps(kind)))
        if self.chance(0.9):
            members.append(("files", self.files()))
        for field in STRINGS:
            if self.chance(0.7):
                members.append((field, self.string()))
        for field in ODD_FIELDS + ("", "Jane Doe", "text"):
            if self.chance(0.08):
                members.append((field, self.anything()))
        if self.chance(0.4):
            self.random.shuffle(members)
        self.held.append((section, kind, [name for name, _ in members if name in STRINGS + ("type", "files", "note")]))
        return self.object(members)

    def section(self, name):
        if self.odd(0.04):
            return self.anything()
        if name == oracle.TERMS:
            return self.string()
        if name in UNKNOWN and self.chance(0.4):
            return self.anything()
        if name in oracle.SINGULAR or (name in UNKNOWN and self.chance(0.5)):
            return self.array([self.document(name)]) if self.odd(0.03) else self.document(name)
        if self.odd(0.03):
            return self.document(name)
        items = [self.document(name) for _ in range(self.pick((1, 1, 2, 2, 3, 4)))]
        if self.odd(0.05):
            items.append(self.anything())
        return self.array(items)

    def sections(self, at_least):
        names = [name for name in oracle.KNOWN if self.chance(0.35)]
        names += [name for name in UNKNOWN + ("tax_info",) if self.chance(0.1)]
        if not names and at_least:
            names = [self.pick(oracle.KNOWN)]
        self.random.shuffle(names)
        return names

    def attachment(self, party, names):
        members = [(name, self.section(name)) for name in names]
        if not self.odd(0.05):
            spelled = self.pick((party, party, party.upper(), party.lower()))
            value = self.pick(("null", "1", '""', '"abc"')) if self.odd(0.05) else json.dumps(spelled)
            members.insert(self.pick((0, 0, 0, self.random.randrange(len(members) + 1))), ("associated_party_id", value))
        return self.object(members)

    # ------------------------------------------------------------------------------------------------------ requested

    def side(self):
        if self.chance(0.5):
            return []
        if self.odd(0.1):
            return [("side", self.pick(('""', '"front"', "1", "[]", '"LEFT"')))]
        return [("side", self.pick(('"FRONT"', '"BACK"', "null")))]

    def text(self, value):
        """A JSON string that must be there; in an odd RFI now and then something else, or nothing."""
        if self.odd(0.01):
            return self.pick((None, "null", '""', "1", "[]", "{}", '" "', '"a b"'))
        return json.dumps(value)

    def members(self, *pairs):
        return self.object([pair for pair in pairs if pair[1] is not None])

    def a_type(self, section):
        if section == oracle.TERMS:
            return "OTHER" if self.odd(0.1) else "TOS"
        if section in UNKNOWN and self.odd(0.3):
            return "ANY_PAPER"
        if self.chance(0.4):
            for generic, sections in oracle.GENERIC.items():
                if section in sections:
                    return generic
        held = [kind for name, kind, _ in self.held if name == section]
        if held and self.chance(0.93):
            return self.pick(held)
        return self.pick(ODD_TYPES if self.odd(0.05) else TYPES)

    def a_field(self, section):
        if section == oracle.TERMS:
            return "number" if self.odd(0.1) else oracle.TERMS
        if self.odd(0.03):
            return self.pick(("text", "a b", "type "))
        if self.odd(0.06):
            return self.pick(ODD_FIELDS)
        held = [fields for name, _, fields in self.held if name == section and fields]
        if held and self.chance(0.93):
            return self.pick(self.pick(held))
        return self.pick(("files", "files", "files", "type") + STRINGS)

    def item(self, party, section):
        categories = []
        for _ in range(self.pick((1, 1, 1, 2))):
            fields = []
            for _ in range(self.pick((1, 1, 2, 3))):
                field = self.members(
                    ("field_name", self.text(self.a_field(section))), ("data_type", '"URI"'), ("status", '"MISSING"'),
                    *self.side(), *([("reason", "null")] if self.chance(0.2) else []),
                )  # fmt: skip
                fields.append(self.anything() if self.odd(0.01) else field)
            category = self.members(
                ("document_type", self.text(self.a_type(section))),
                ("fields", self.pick(("[]", "null", "{}", None)) if self.odd(0.01) else self.array(fields)),
            )
            categories.append(self.anything() if self.odd(0.01) else category)
        scope = None
        if self.chance(0.5):
            scope = '"ASSOCIATED_PARTY"' if party else '"CUSTOMER"'
        if self.odd(0.03):
            scope = self.pick(('"ASSOCIATED_PARTY"', '"CUSTOMER"', "null", '""', "1", '"OTHER"'))
        identity = json.dumps(self.pick((party, party.upper(), party.lower()))) if party else None
        if self.odd(0.03) or (identity is None and self.chance(0.1)):
            identity = self.pick(("null", '""', "1", '"abc"')) if self.nasty else "null"
        return self.members(
            ("scope", scope), ("associated_party_id", identity), ("section", self.text(section)),
            ("categories", self.pick(("[]", "null", "{}", None)) if self.odd(0.01) else self.array(categories)),
        )  # fmt: skip

    def path(self, party, section):
        text = f"{oracle.ATTACHMENTS}[{self.pick((party, party.upper(), party.lower()))}]." if party else ""
        text += section
        if self.chance(0.4):
            text += f"[{self.a_type(section)}]"
        if self.chance(0.6):
            text += f".{self.a_field(section)}"
        if self.odd(0.03):
            at = self.random.randrange(len(text) + 1)
            text = text[:at] + self.pick(("\n", ".", "[", "]", " ", "é", "x", "\0", "-")) + text[at:]
        if self.odd(0.01):
            text = self.pick(("", oracle.ATTACHMENTS, f"{oracle.ATTACHMENTS}[{PARTIES[0]}]",
                              f"{oracle.ATTACHMENTS}[PASSPORT].files"))  # fmt: skip
        return json.dumps(text)

    def requested(self, places):
        elements = []
        for _ in range(self.pick((1, 1, 2, 2, 3, 4) + ((0,) if self.nasty else ()))):
            party, section = self.pick(places)
            if self.odd(0.05):
                section = self.pick(oracle.KNOWN + UNKNOWN + ("tax_info", oracle.ATTACHMENTS, "associated_party_id"))
            as_item = self.chance(0.5)
            elements.append(self.item(party, section) if as_item else self.path(party, section))
        if self.odd(0.02):
            elements.append(self.anything())
        return self.array(elements)

    # ------------------------------------------------------------------------------------------------------- settings

    def settings(self):
        given = {}
        if self.chance(0.3):
            given["policy"] = "document"
        if self.chance(0.4):
            given["partial"] = "send"
        if self.chance(0.2):
            given["fields"] = self.random.sample(("tax_number", "amount", "note"), 2)
        if self.chance(0.1):
            given["types"] = {"ANY_PAPER": ["formation_documents", "news"], "GOVERNMENT_ID": ["proof_of_identity"]}
        if self.chance(0.25):
            given["aliases"] = self.random.sample(
                (
                    {"section": "tax_info", "as": "identifying_documents"},
                    {"section": "tax_info", "field": "files", "as": "supporting_documents.files"},
                    {"section": "proof_of_identity", "field": "text", "as": "number"},
                    {"section": "formation_documents", "field": "text", "as": "ownership_documents.description"},
                    {"section": "legal_presence", "as": "company_details"},
                ),
                2,
            )
        if self.chance(0.03):
            given["max_body_bytes"] = self.pick((0, 60, 100, 200))
        return given

    def rfi(self):
        """One case: the columns as text and the settings."""
        self.nasty = self.chance(0.5)
        self.held = []
        of_parties = ("identifying_documents", "address_documents", "tax_info")
        asked = [name for name in self.sections(True) if name not in of_parties]
        places = [(None, name) for name in asked]
        members = [(name, self.section(name)) for name in self.sections(False) if name not in asked]
        members += [(name, self.section(name)) for name in asked]
        if self.chance(0.4):
            attachments = []
            for _ in range(self.pick((1, 1, 2, 3))):
                party = "abc-\u212a" if self.odd(0.02) else self.pick(PARTIES)
                names = self.sections(True)
                names = [name for name in names if name != "tax_info"]
                attachments.append(self.attachment(party, names))
                places += [(party, name) for name in names]
            value = self.anything() if self.odd(0.05) else self.array(attachments)
            members.insert(self.random.randrange(len(members) + 1), (oracle.ATTACHMENTS, value))
        if not places:
            places = [(None, "proof_of_identity")]
        documents = self.object(members)
        if self.odd(0.01):
            documents = self.pick(("", "[]", "{", documents + "x", documents + " \n", "null", "[" * 40, documents[:-1]))
        return {"requested": self.requested(places), "documents": documents, "settings": self.settings()}
