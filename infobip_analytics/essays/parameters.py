"""What a notebook can be asked for: the names in its cell tagged `parameters`, and their values."""

import ast
import keyword
from collections.abc import Iterable, Mapping
from typing import Any

from infobip_analytics.errors import ArgumentError

TAG = "parameters"
#: The tag of the cell that is put behind it, which other tools know too
INJECTED = "injected-parameters"

HOW_TO = (
    'make one: a code cell with a line for each name (source = "exports/"), and, in JupyterLab, '
    "Property Inspector (the cogwheels on the right), Cell Tags, Add Tag, parameters"
)


def read_pairs(pairs: Iterable[str]) -> dict[str, Any]:
    """The values that `name=value` gives to names: a Python literal, or else text.

    Raises:
        ArgumentError: A pair has no `=`, its name cannot be a name, or comes twice.

    >>> read_pairs(["by=country", "days=28", "as_of=2026-10-05", "lists=['DE', 'FR']", "n='7'"])
    {'by': 'country', 'days': 28, 'as_of': '2026-10-05', 'lists': ['DE', 'FR'], 'n': '7'}
    """
    values: dict[str, Any] = {}
    for pair in pairs:
        name, equals, text = pair.partition("=")
        name = name.strip()
        if not equals or not name.isidentifier() or keyword.iskeyword(name):
            raise ArgumentError(
                f"the parameter {pair!r}: write a name, =, and a value, such as source=exports/"
            )
        if name in values:
            raise ArgumentError(f"the parameter {name} is given twice; say it once")
        values[name] = read_value(text)
    return values


def read_value(text: str) -> Any:
    """*text* as a Python literal, or else as it is.

    >>> read_value("0.5"), read_value("None"), read_value("exports/"), read_value("1e999")
    (0.5, None, 'exports/', '1e999')
    """
    try:
        value = ast.literal_eval(text)
        # what cannot be written down again (infinity) stays text
        return value if ast.literal_eval(repr(value)) == value else text
    except (ValueError, SyntaxError, TypeError, RecursionError, MemoryError):
        return text


def inject(notebook: Any, values: Mapping[str, Any], name: str) -> None:
    """Put a cell with *values* behind the cell tagged `parameters` of *notebook*, in place.

    Raises:
        ArgumentError: The notebook, *name*, has no such cell, or a value is for none of its names.
    """
    if not values:
        return
    from nbformat.v4 import new_code_cell

    tagged = [place for place, cell in enumerate(notebook.cells) if _tags(cell) & {TAG, INJECTED}]
    cells = [cell for cell in notebook.cells if TAG in _tags(cell) and cell.cell_type == "code"]
    if not cells:
        raise ArgumentError(
            f"{name} has no cell tagged {TAG}, so nothing can be set in it; {HOW_TO}"
        )
    known = [known for cell in cells for known in names_in(cell.source, name)]
    unknown = [asked for asked in values if asked not in known]
    if unknown:
        raise ArgumentError(
            f"{name} has no parameter {', '.join(unknown)}; it has {', '.join(known) or 'none'}"
        )
    lines = [f"{asked} = {value!r}" for asked, value in values.items()]
    cell = new_code_cell("\n".join(lines), metadata={"tags": [INJECTED]})
    notebook.cells.insert(max(tagged) + 1, cell)


def names_in(source: str, notebook: str) -> list[str]:
    r"""The names that a cell of parameters assigns to.

    >>> names_in("source = 'a'  # where\nby: str = 'country'", "x.ipynb")
    ['source', 'by']
    """
    try:
        lines = ast.parse(source).body
    except (SyntaxError, ValueError):
        raise ArgumentError(
            f"the cell tagged {TAG} of {notebook} is no plain Python; keep only lines such as "
            'source = "exports/" in it'
        ) from None
    targets = [
        target
        for line in lines
        if isinstance(line, ast.Assign | ast.AnnAssign)
        for target in (line.targets if isinstance(line, ast.Assign) else [line.target])
    ]
    return [target.id for target in targets if isinstance(target, ast.Name)]


def is_injected(cell: Any) -> bool:
    """Whether a cell is one that `inject` made."""
    return INJECTED in _tags(cell)


def _tags(cell: Any) -> set[str]:
    return set(cell.metadata.get("tags", []))
