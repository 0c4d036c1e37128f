"""A small JSON reader that keeps the text of every value, so that nothing is reformatted on the way through."""

import re

MAX_DEPTH = 32
NUMBER = re.compile(r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?")
HEX4 = re.compile(r"[0-9a-fA-F]{4}")
ESCAPES = {'"': '"', "\\": "\\", "/": "/", "b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t"}


class Refused(Exception):
    """The text is not JSON, or JSON that a row may not hold."""


class Value:
    """One value: its kind, its raw text, and what is in it."""

    def __init__(self, kind, raw, content):
        self.kind = kind  # object, array, string, number, literal
        self.raw = raw
        self.content = content  # object: [(raw name, name, Value)]; array: [Value]; string: decoded text

    @property
    def is_null(self):
        return self.raw == "null"

    def get(self, name):
        """The member of that name, or None."""
        return next((value for _, key, value in self.content if key == name), None)


class Reader:
    """Recursive descent over one text; depth is limited, so recursion is."""

    def __init__(self, text):
        self.text = text
        self.at = 0

    def read_all(self):
        self.skip_space()
        value = self.read(1)
        self.skip_space()
        if self.at != len(self.text):
            raise Refused("more than one value")
        return value

    def skip_space(self):
        while self.at < len(self.text) and self.text[self.at] in " \t\r\n":
            self.at += 1

    def peek(self):
        return self.text[self.at] if self.at < len(self.text) else ""

    def expect(self, character):
        if self.peek() != character:
            raise Refused(f"{character} expected")
        self.at += 1

    def read(self, depth):
        start = self.at
        first = self.peek()
        if depth > MAX_DEPTH:
            raise Refused("too deep")
        if first in ("{", "["):
            content = self.read_object(depth) if first == "{" else self.read_array(depth)
            return Value("object" if first == "{" else "array", self.text[start : self.at], content)
        if first == '"':
            content = self.read_string()
            return Value("string", self.text[start : self.at], content)
        for word in ("true", "false", "null"):
            if self.text.startswith(word, self.at):
                self.at += len(word)
                return Value("literal", word, None)
        return self.read_number()

    def read_number(self):
        match = NUMBER.match(self.text, self.at)
        if not match:
            raise Refused("no value")
        self.at = match.end()
        raw = match.group()
        mantissa = re.split("[eE]", raw)[0]
        number = float(raw)
        if number in (float("inf"), float("-inf")):
            raise Refused("number too large")
        if number == 0 and re.search("[1-9]", mantissa):
            raise Refused("number too small")
        return Value("number", raw, None)

    def read_object(self, depth):
        self.at += 1
        members = []
        names = set()
        self.skip_space()
        if self.peek() == "}":
            self.at += 1
            return members
        while True:
            self.skip_space()
            start = self.at
            if self.peek() != '"':
                raise Refused("name expected")
            name = self.read_string()
            raw_name = self.text[start : self.at]
            if name in names:
                raise Refused("a name twice")
            names.add(name)
            self.skip_space()
            self.expect(":")
            self.skip_space()
            members.append((raw_name, name, self.read(depth + 1)))
            self.skip_space()
            if self.peek() == ",":
                self.at += 1
                continue
            self.expect("}")
            return members

    def read_array(self, depth):
        self.at += 1
        elements = []
        self.skip_space()
        if self.peek() == "]":
            self.at += 1
            return elements
        while True:
            self.skip_space()
            elements.append(self.read(depth + 1))
            self.skip_space()
            if self.peek() == ",":
                self.at += 1
                continue
            self.expect("]")
            return elements

    def read_string(self):
        self.expect('"')
        pieces = []
        while True:
            character = self.peek()
            if character == "" or character < " ":
                raise Refused("string not closed, or a control character in it")
            self.at += 1
            if character == '"':
                return "".join(pieces)
            if character != "\\":
                pieces.append(character)
                continue
            escape = self.peek()
            self.at += 1
            if escape in ESCAPES and escape != "":
                pieces.append(ESCAPES[escape])
            elif escape == "u":
                pieces.append(self.read_code_point())
            else:
                raise Refused("unknown escape")

    def read_hexadecimal(self):
        match = HEX4.match(self.text, self.at)
        if not match:
            raise Refused("four digits expected")
        self.at = match.end()
        return int(match.group(), 16)

    def read_code_point(self):
        high = self.read_hexadecimal()
        if 0xDC00 <= high <= 0xDFFF:
            raise Refused("lone surrogate")
        if not 0xD800 <= high <= 0xDBFF:
            return chr(high)
        if not self.text.startswith("\\u", self.at):
            raise Refused("lone surrogate")
        self.at += 2
        low = self.read_hexadecimal()
        if not 0xDC00 <= low <= 0xDFFF:
            raise Refused("lone surrogate")
        return chr(0x10000 + ((high - 0xD800) << 10) + (low - 0xDC00))


def read(text):
    """The outermost value of `text`; Refused when the row cannot hold it."""
    try:
        text.encode("utf-8")
    except UnicodeEncodeError as error:
        raise Refused("not UTF-8") from error
    return Reader(text).read_all()
