"""The one table of `./dev bench`."""

HEAD = ("figure", "measured", "", "against", "ratio", "target", "")
rows = []


def number(value):
    if value is None:
        return ""
    if value == int(value) or abs(value) >= 100:
        return f"{value:,.0f}"
    return f"{value:,.2f}" if abs(value) >= 1 else f"{value:.3g}"


def report(what, value, unit, against="", ratio=None, target="", met=None):
    """One figure: `against` is a floor or a peer, `target` what the project wants, `met` whether it has that."""
    verdict = {None: "", True: "met", False: "MISSED"}[met]
    rows.append((what, number(value), unit, against, "" if ratio is None else f"{ratio:.2f}", target, verdict))
    print("  ".join(part for part in rows[-1] if part), flush=True)


def at_least(what, value, unit, wanted, against="", ratio=None, wanted_ratio=None):
    target = f">= {number(wanted)}" + (f" and {wanted_ratio:g} of it" if wanted_ratio else "")
    report(what, value, unit, against, ratio, target, value >= wanted and (not wanted_ratio or ratio >= wanted_ratio))


def below(what, value, unit, limit, against="", ratio=None):
    report(what, value, unit, against, ratio, f"< {number(limit)}", value < limit)


def print_all():
    widths = [max(len(row[column]) for row in (HEAD, *rows)) for column in range(len(HEAD))]
    print()
    for row in (HEAD, *rows):
        cells = (cell.rjust(width) if column in (1, 4) else cell.ljust(width)
                 for column, (cell, width) in enumerate(zip(row, widths)))
        print("  ".join(cells).rstrip())


def missed():
    return sum(row[-1] == "MISSED" for row in rows)
