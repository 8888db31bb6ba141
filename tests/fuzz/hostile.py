"""Mutations of what users hand to neurosim: bytes, lines, nested tables; HDF5 files in `run_files`."""

import json
import math

STRINGS = ["", " ", "a" * 3000, "$x_{", "$\\frac{1}", "\\", "\x1b[31mred\x1b[0m", "\r\x07bell", "\u202eright to left",
           "\U0001f600" * 5, "two\nlines", "\x00", "../../etc/passwd", "/dev/zero", "nan", "1e999", "null", "%s%n",
           "<script>", "e\u0301", "-1"]
NUMBERS = [0, 1, -1, 2, 3, 7, 255, 256, 65535, 65536, 2 ** 31 - 1, 2 ** 31, 2 ** 53 + 1, 2 ** 63 - 1, 2 ** 63, 10 ** 18,
           10 ** 40, -2 ** 63, 0.0, -0.0, 0.5, 1e-5, 1e-30, 1e-300, 5e-324, 1e5, 1e30, 1e300, 1.7e308, -1e-9, -1e300,
           math.inf, -math.inf, math.nan]
NAMES = ["x", "Units", "device", "a.b", "a/b", "", "é", "0", "seed ", "layers", "\x1b[2J", "c" * 500]


def choose(random, options):
    """One of a list, without numpy turning it into something else."""
    return options[int(random.integers(len(options)))]


def value(random, depth=0):
    """Anything that a table can hold."""
    kind = int(random.integers(8))
    if kind < 3:
        return choose(random, NUMBERS)
    if kind < 5:
        return choose(random, STRINGS)
    if kind == 5:
        return bool(random.integers(2))
    if depth > 2:
        return []
    count = int(random.integers(4))
    if kind == 6:
        return [value(random, depth + 1) for _ in range(count)]
    return {choose(random, NAMES): value(random, depth + 1) for _ in range(count)}


def near(random, old):
    """A value of the same kind as `old`, or of another."""
    if random.random() < 0.4:
        return value(random)
    if isinstance(old, bool):
        return not old
    if isinstance(old, (int, float)):
        return choose(random, [old * 10, old * 1000, old / 1000, -old, old + 1, 0, choose(random, NUMBERS)])
    if isinstance(old, str):
        place = int(random.integers(len(old) + 1))
        return old[:place] + choose(random, STRINGS) + old[place:]
    if isinstance(old, list) and old:
        return choose(random, [old[1:], old + old[:1], old[::-1], [old], old * 40])
    return value(random)


def spots(table):
    """Yield where the values of a nested table stand: (container, key)."""
    items = table.items() if isinstance(table, dict) else enumerate(table)
    for key, item in list(items):
        yield table, key
        if isinstance(item, (dict, list)):
            yield from spots(item)


def mutate_table(table, random, times=None):
    """Change a nested table of dicts and lists in a few places; it is MUTATED."""
    for _ in range(times or int(random.integers(1, 4))):
        found = list(spots(table))
        if not found:
            return table
        container, key = choose(random, found)
        action = int(random.integers(6))
        if action == 0:
            del container[key]
        elif action == 1 and isinstance(container, dict):
            container[choose(random, NAMES)] = container.pop(key)
        elif action == 2 and isinstance(container, dict):
            container[choose(random, NAMES)] = value(random)
        else:
            container[key] = near(random, container[key])
    return table


def mutate_leaf(table, random, kinds=(int, float)):
    """Change one leaf of a nested table to another value of its kind, which a reader will not refuse for its type."""
    found = [(container, key) for container, key in spots(table)
             if isinstance(container[key], kinds) and not isinstance(container[key], bool)]
    if not found:
        return mutate_table(table, random)
    container, key = choose(random, found)
    old = container[key]
    numbers = NUMBERS if isinstance(old, float) else [number for number in NUMBERS if isinstance(number, int)]
    container[key] = nearby(random, old) if random.random() < 0.7 else choose(random, numbers)
    return table


def nearby(random, old):
    """A number of the same type as `old` that may be right in its place."""
    half = old / 2 if isinstance(old, float) else old // 2
    return choose(random, [old * 2, half, half, old * 3, old * 100, -old, old + 1, 0 * old])


def mutate(table, random):
    """Change a nested table: mostly one number, else anything anywhere."""
    return mutate_leaf(table, random) if random.random() < 0.6 else mutate_table(table, random)


def toml_text(table):
    """A nested table as TOML, with inline tables below the first level; what TOML cannot say comes out wrong."""
    plain = [f"{_key(key)} = {_toml(item)}" for key, item in table.items() if not isinstance(item, dict)]
    sections = [f"[{_key(key)}]\n" + "\n".join(f"{_key(name)} = {_toml(item)}" for name, item in items.items())
                for key, items in table.items() if isinstance(items, dict)]
    return "\n".join([*plain, *sections]) + "\n"


def _key(key):
    return key if str(key).isidentifier() and str(key).isascii() else json.dumps(str(key))


def _toml(item):
    if isinstance(item, bool):
        return str(item).lower()
    if isinstance(item, float):
        return repr(item)
    if isinstance(item, dict):
        return "{" + ", ".join(f"{_key(key)} = {_toml(value)}" for key, value in item.items()) + "}"
    if isinstance(item, list):
        return "[" + ", ".join(map(_toml, item)) + "]"
    return json.dumps(item, ensure_ascii=False)


def mutate_bytes(data, random):
    """Flip, cut, double or insert a few bytes."""
    data = bytearray(data)
    for _ in range(int(random.integers(1, 6))):
        place, size = int(random.integers(len(data) + 1)), int(random.integers(1, 40))
        action = int(random.integers(5))
        if action == 0 and place < len(data):
            data[place] = int(random.integers(256))
        elif action == 1:
            del data[place:place + size]
        elif action == 2:
            data[place:place] = data[place:place + size]
        elif action == 3:
            data[place:place] = choose(random, STRINGS).encode("utf-8", "surrogatepass")
        else:
            del data[place:]
    return bytes(data)


CELLS = ["", "nan", "inf", "-1", "0", "9.91e37", "1e-300", "abc", "1,5", "1e999", "12 uS", "#", "  ", "\x1b[31m", "1e6",
         "-0"]
HEADS = ["LTP,LTD", "set,reset", "G (uS),G (uS)", "P,D", "1,2", "up,up", "down,up", "R_up,R_down"]


def _new_cell(lines, random):
    row = int(random.integers(len(lines)))
    cells = lines[row].split(",")
    cells[int(random.integers(len(cells)))] = choose(random, CELLS)
    return [*lines[:row], ",".join(cells), *lines[row + 1:]]


def _new_line(lines, random):
    row = int(random.integers(len(lines)))
    return [*lines[:row], choose(random, ["", "# comment", "up,down", "0,0", "nan,nan", "1e-3,1e-3"]), *lines[row:]]


#: What people and instruments do to a table of numbers: separators, cells, columns, cycles, rows, order, units, names.
LINES = [
    lambda lines, random: [line.replace(",", choose(random, ["\t", ";", " ", ", ", ","])) for line in lines],
    _new_cell,
    _new_line,
    lambda lines, random: [f"{i},{line}" for i, line in enumerate(lines)],
    lambda lines, random: [f"time,{lines[0]}", *(f"{0.001 * i:.3f},{line}" for i, line in enumerate(lines[1:]))],
    lambda lines, random: [line.replace(",", ";").replace(".", ",") for line in lines],
    lambda lines, random: _below(lines),
    lambda lines, random: _last_column_turned(lines),
    lambda lines, random: lines + lines[1:],
    lambda lines, random: lines + lines,
    lambda lines, random: [",".join(line.split(",")[::-1]) for line in lines],
    lambda lines, random: lines[:1] + lines[:0:-1],
    lambda lines, random: lines[1:],
    lambda lines, random: [line.split(",")[0] for line in lines],
    lambda lines, random: lines[:1 + int(random.integers(len(lines)))],
    lambda lines, random: _each(lines, float.__mul__, choose(random, [1e6, 1e9, 1e3, -1.0, 0.0, 1e-6, 1e300])),
    lambda lines, random: _each(lines, float.__rtruediv__, 1.0),
    lambda lines, random: [choose(random, HEADS), *lines[1:]],
    lambda lines, random: lines * int(random.integers(2, 6)),
]


def mutate_lines(text, random):
    """Change a table of numbers as people and instruments do; returns bytes in some encoding."""
    lines = text.splitlines()
    for _ in range(choose(random, [0, 1, 1, 1, 2, 2, 3, 3])):
        lines = choose(random, LINES)(lines or ["1e-6,1e-5"], random)
    data = "\n".join(lines).encode(choose(random, ["utf-8"] * 9 + ["utf-16", "utf-8-sig", "latin-1"]), "replace")
    return mutate_bytes(data, random) if random.random() < 0.1 else data


def _below(lines):
    """The last column below the first one, with the direction of the pulses in a second column."""
    rows = [line.split(",") for line in lines[1:]]
    return ["G,direction", *(f"{row[0]},up" for row in rows), *(f"{row[-1]},down" for row in rows)]


def _last_column_turned(lines):
    rows = [line.split(",") for line in lines]
    return lines[:1] + [",".join([*row[:-1], other[-1]]) for row, other in zip(rows[1:], rows[:0:-1])]


def _each(lines, function, other):
    return [",".join(_changed(cell, function, other) for cell in line.split(",")) for line in lines]


def _changed(cell, function, other):
    try:
        return repr(function(float(cell), other))
    except (ValueError, ZeroDivisionError):
        return cell
