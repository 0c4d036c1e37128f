#!/usr/bin/env python3
"""Prints the manual page of the configuration: the shipped file's keys and comments in place of @KEYS@ in a template.

Usage: configuration_page.py CONFIGURATION TEMPLATE
"""
import pathlib
import re
import sys


def roff(text):
    """Text that roff prints as it is."""
    text = text.replace("\\", "\\e").replace("-", "\\-").replace('"', "\\(dq")
    return "\\&" + text if text[:1] in ("'", ".") else text


def sentences(comment):
    """The comment with a line for each sentence, as roff wants it."""
    return [roff(line) for line in re.split(r"(?<=[.;:])\s+(?=[A-Z\"])", " ".join(comment)) if line]


class Page:
    """The keys of one table after another, each group of keys followed by the comment that stands above it."""

    def __init__(self):
        self.lines = []
        self.in_list = False

    def end_list(self):
        self.lines += [".El"] if self.in_list else []
        self.in_list = False

    def table(self, name):
        self.end_list()
        self.lines.append(f".Ss [{roff(name)}]")

    def keys(self, keys, comment):
        if not self.in_list:
            self.lines.append(".Bl -tag -width Ds")
            self.in_list = True
        self.lines += [f".It Sy {roff(name)} No = {roff(value)}" for name, value in keys]
        self.lines += sentences(comment)

    def remark(self, comment, example):
        self.end_list()
        self.lines += [".Pp"] + sentences(comment)
        self.lines += [".Bd -literal -offset indent", *map(roff, example), ".Ed"] if example else []


def key_lines(configuration):
    page = Page()
    table, comment, keys, example = None, [], [], []

    def flush():
        nonlocal comment, keys, example
        if keys:
            page.keys(keys, comment)
        elif comment and table:
            page.remark(comment, example)
        comment, keys, example = [], [], []

    for line in configuration:
        header = re.fullmatch(r"\[(\S+)\]", line)
        key = re.fullmatch(r"#?([A-Za-z_]+) = (.*)", line)
        if header:
            flush()
            table = header[1]
            page.table(table)
        elif key:
            keys.append((key[1], key[2]))
        elif line.startswith("#   "):
            example.append(line[4:])
        elif line.startswith("#"):
            if keys:
                flush()
            comment.append(line[2:])
        elif not line:
            flush()
        else:
            sys.exit(f"configuration_page.py: this line is not understood: {line}")
    flush()
    page.end_list()
    return page.lines


def main():
    configuration, template = (pathlib.Path(name).read_text(encoding="utf-8") for name in sys.argv[1:])
    print(template.replace("@KEYS@", "\n".join(key_lines(configuration.splitlines()))), end="")


main()
