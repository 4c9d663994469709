"""Tables of text: aligned for a terminal, with bars for Markdown, put between two marks of a file."""

NOTHING = "-"
Rows = list[list[str]]  # of cells, the first row is the head


def aligned(rows: Rows) -> str:
    """Draw rows, the first of them the head, in columns of equal width."""
    widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]))]
    return "\n".join("  ".join(cell.ljust(w) for cell, w in zip(row, widths, strict=True)).rstrip() for row in rows)


def barred(rows: Rows) -> str:
    """Draw rows, the first of them the head, as a Markdown table; a column that holds nothing is left out."""
    kept = [i for i in range(len(rows[0])) if any(row[i] != NOTHING for row in rows[1:])]
    head, *body = ([row[i] for i in kept] for row in rows)
    return "\n".join("| " + " | ".join(line) + " |" for line in (head, ["---"] * len(kept), *body))


def put(text: str, start: str, end: str, table: str, heading: str) -> str:
    """Replace what stands between two marks; where they are not there, they come at the end under a heading."""
    block = f"{start}\n{table}\n{end}"
    before, found, rest = text.partition(start)
    if not found or end not in rest:
        return f"{text}\n## {heading}\n\n{block}\n"
    return before + block + rest[rest.index(end) + len(end) :]


def number(digits: int, value: float | None) -> str:
    """Write a number with so many digits after the point, "-" for None."""
    return NOTHING if value is None else f"{value:.{digits}f}"


def ratio(value: float | None) -> str:
    """Write a ratio with two digits, "-" for None."""
    return number(2, value)
