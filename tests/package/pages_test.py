#!/usr/bin/env python3
"""Every command and option of --help has its place in rfi-submitd(1), every key of the configuration in rfi-submitd.toml(5).

Usage: pages_test.py PROGRAM SOURCE_DIRECTORY BUILD_DIRECTORY
"""
import pathlib
import re
import subprocess
import sys


def help_of(program, *command):
    return subprocess.run([program, *command, "--help"], check=True, text=True, stdout=subprocess.PIPE).stdout


def listed(text, heading, pattern):
    """What stands at the beginning of the lines below a heading of --help."""
    block = re.search(rf"^{heading}:\n((?:.+\n)+)", text, re.MULTILINE)
    return re.findall(pattern, block[1], re.MULTILINE) if block else []


def missing_in_commands(program, page):
    entries = re.findall(r"^\.It Cm (\S+)(.*)\n((?:(?!\.It |\.El).*\n)*)", page, re.MULTILINE)
    commands = listed(help_of(program), r"(?:Subc|C)ommands", r"^  ([a-z][a-z-]*) ")
    if len(commands) < 10:
        yield f"--help lists only {commands}: it has another form now"
    for command in commands:
        own = "".join(line + text for name, line, text in entries if name == command)
        if not own:
            yield f"rfi-submitd(1): command {command}"
            continue
        for option in listed(help_of(program, command), "Options", r"^  (?:-\w,)?--([a-z-]+)"):
            if option != "help" and f"Fl Fl {option}" not in own:
                yield f"rfi-submitd(1): {command} --{option}"


def missing_in_configuration(configuration, page):
    table = None
    sections = dict(re.findall(r"^\.Ss \[(\S+)\]\n((?:(?!\.Ss |\.Sh ).*\n)*)", page, re.MULTILINE))
    count = 0
    for line in configuration.splitlines():
        if header := re.fullmatch(r"\[([a-z.]+)\]", line):
            table = header[1]
        elif (key := re.match(r"#?([A-Za-z_]+) = ", line)) and table:
            count += 1
            if f".It Sy {key[1]} No" not in sections.get(table, ""):
                yield f"rfi-submitd.toml(5): {table}.{key[1]}"
    if count < 30:
        yield f"the configuration names only {count} keys: it has another form now"


def main():
    program, source, build = sys.argv[1], pathlib.Path(sys.argv[2]), pathlib.Path(sys.argv[3])
    complaints = [
        *missing_in_commands(program, (source / "daemon/man/rfi-submitd.1").read_text(encoding="utf-8")),
        *missing_in_configuration((source / "config/rfi-submitd.toml").read_text(encoding="utf-8"),
                                  (build / "package/rfi-submitd.toml.5").read_text(encoding="utf-8")),
    ]
    for complaint in complaints:
        print(f"missing in {complaint}")
    sys.exit(1 if complaints else 0)


main()
