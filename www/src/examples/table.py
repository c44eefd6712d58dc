# The value of the last line is shown. An object says with _repr_html_ how it
# looks: a pandas DataFrame is a table, and so is this.
from html import escape


class Table:
    def __init__(self, *rows):
        self.rows = rows

    def __repr__(self):
        return "\n".join("  ".join(f"{cell!s:>10}" for cell in row) for row in self.rows)

    def _repr_html_(self):
        head, *body = [[escape(str(cell)) for cell in row] for row in self.rows]
        header = "".join(f"<th>{cell}</th>" for cell in head)
        lines = "".join("<tr>" + "".join(f"<td>{cell}</td>" for cell in row) + "</tr>" for row in body)
        return f"<table><thead><tr>{header}</tr></thead><tbody>{lines}</tbody></table>"


Table(("n", "n²", "n³"), *((n, n**2, n**3) for n in range(1, 8)))
