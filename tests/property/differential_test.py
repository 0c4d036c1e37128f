#!/usr/bin/env python3
"""differential_test.py SEED COUNT PROGRAM: two readings of the allowlist's rules on the same random RFIs.

PROGRAM is rfi_project_lines. It must send what the oracle sends, byte for byte, and refuse what the oracle refuses; the
independent check must find nothing in what is sent, and must find the one leaf that a leaking builder would let through.
The first disagreements are made as small as they get and printed. Exit 1 when there is one.
"""

import json
import random
import re
import subprocess
import sys

import generate
import oracle
import oracle_requested
import span_json

BATCH = 2000
SHOWN = 5


def run(program, cases):
    """The program's answers, one a case."""
    lines = "".join(json.dumps(case) + "\n" for case in cases)
    finished = subprocess.run([program], input=lines.encode(), stdout=subprocess.PIPE, check=True)
    answers = [json.loads(line) for line in finished.stdout.decode().split("\n") if line]
    if len(answers) != len(cases):
        raise SystemExit(f"{program}: {len(answers)} answers to {len(cases)} cases")
    return answers


def judge(case, leak=None):
    return oracle.judge(case["requested"], case["documents"], oracle_requested.Settings(case.get("settings")), leak)


def complaint(case, answer):
    """What the two disagree on, or None."""
    if "check_body" in case:
        return None if answer["uncovered"] else "the check passes a leaf that nobody asked for"
    told = json.dumps([answer["refusal"], answer["sent"], answer["withheld"], answer["unmet"], answer["uncovered"]])
    told = re.sub(r"\[\w+\]", "", told)  # a path may name a document by its type
    if any(secret in told and secret not in case["requested"] for secret in generate.SECRETS):
        return "a value of a document is told"
    verdict = judge(case)
    sends = answer["refusal"] is None
    if sends != verdict.sendable:
        return "one sends, the other refuses"
    if not sends:
        if verdict.category == "unmet" and sorted(answer["unmet"]) != sorted(verdict.where):
            return "different grants unmet"
        if verdict.category in ("input", "requested", "documents") and answer["body"] != "":
            return "a body although the row is invalid"
        return None
    if answer["body"] != verdict.body:
        return "different bodies"
    if sorted(answer["unmet"]) != sorted(verdict.where):
        return "different grants unmet"
    if answer["uncovered"]:
        return "the check stops what may go"
    return None


def without_one(value):
    """The texts of `value` with one member or element left out, the largest parts first."""
    if value.kind == "object":
        parts = [(f"{raw_name}:", inner) for raw_name, _, inner in value.content]
        opening, closing = "{", "}"
    elif value.kind == "array":
        parts = [("", inner) for inner in value.content]
        opening, closing = "[", "]"
    else:
        return
    texts = [name + inner.raw for name, inner in parts]
    for i in range(len(parts)):
        yield opening + ",".join(texts[:i] + texts[i + 1 :]) + closing
    for i, (name, inner) in enumerate(parts):
        for smaller in without_one(inner):
            yield opening + ",".join([*texts[:i], name + smaller, *texts[i + 1 :]]) + closing


def smaller_cases(case):
    for key in case.get("settings", {}):
        yield {**case, "settings": {k: v for k, v in case["settings"].items() if k != key}}
    for column in ("requested", "documents"):
        try:
            value = span_json.read(case[column])
        except span_json.Refused:
            continue
        for text in without_one(value):
            yield {**case, column: text}


def shrink(program, case, why):
    """The smallest case found that still gives the same complaint."""
    if "check_body" in case:
        return case
    while True:
        candidates = list(smaller_cases(case))[:400]
        answers = run(program, candidates) if candidates else []
        for candidate, answer in zip(candidates, answers):
            if complaint(candidate, answer) == why:
                case = candidate
                break
        else:
            return case


def show(program, number, case, why):
    case = shrink(program, case, why)
    answer = run(program, [case])[0]
    print(f"case {number}: {why}")
    for key, value in case.items():
        print(f"  {key:10} {value if isinstance(value, str) else json.dumps(value)}")
    if "check_body" not in case:
        verdict = judge(case)
        print(f"  oracle     {verdict.body if verdict.sendable else 'refuses'} {verdict.category or ''} {verdict.where}")
    print(f"  program    {json.dumps(answer, ensure_ascii=False)}\n")


def leaking_cases(case, verdict, chance):
    """The body that a builder with one leak would make of a case."""
    if verdict.sendable and verdict.drops:
        leaked = judge(case, chance.randrange(verdict.drops))
        if leaked.sendable and leaked.body != verdict.body:
            yield {**case, "check_body": leaked.body}


def main():
    if len(sys.argv) != 4:
        raise SystemExit(__doc__)
    seed, count, program = int(sys.argv[1]), int(sys.argv[2]), sys.argv[3]
    generator, chance = generate.Generator(seed), random.Random(seed)
    disagreements = sendable = leaks = 0
    for start in range(0, count, BATCH):
        cases = [generator.rfi() for _ in range(min(BATCH, count - start))]
        verdicts = [judge(case) for case in cases]
        sendable += sum(verdict.sendable for verdict in verdicts)
        mutants = [mutant for case, verdict in zip(cases, verdicts) for mutant in leaking_cases(case, verdict, chance)]
        leaks += len(mutants)
        everything = cases + mutants
        for i, (case, answer) in enumerate(zip(everything, run(program, everything))):
            why = complaint(case, answer)
            if why is not None:
                disagreements += 1
                if disagreements <= SHOWN:
                    show(program, start + i, case, why)
    print(f"seed {seed}: {count} cases, {sendable} can be sent, {leaks} leaks tried, {disagreements} disagreements")
    return 1 if disagreements or not sendable or not leaks else 0


if __name__ == "__main__":
    sys.exit(main())
