"""The house, measured from its sources: what docs/architecture.md says of it in figures and in one picture.

``python tests/house.py`` prints today's figures, ``--root FOLDER`` those of another checkout, and ``--write`` puts
today's in the page, beside those of before, and draws the picture again.

A *room* is what stands directly in ``kiosk/``: a folder, or a loose file. An *arrow* leads from a room to another one
that it imports, inside functions included. A *circle* is a set of rooms, or of files, of which each leads to all the
others. A file *knows* a phase, a status or an act when it holds its code, or the name of its constant.
"""

from __future__ import annotations

import argparse
import ast
import configparser
import re
import statistics
import subprocess
import sys
from collections.abc import Iterable, Iterator
from functools import cache, cached_property
from pathlib import Path

import house_picture

ROOT = Path(__file__).resolve().parents[1]
PAGE = ROOT / "docs" / "architecture.md"
PICTURE = ROOT / "docs" / "images" / "house.svg"
COMMAND = "python tests/house.py --write"

#: Bounds beyond which a thing is counted.
SMALL, FUNCTION_LINES, PARAMETERS, TEMPLATE_COLUMNS = 40, 50, 6, 140
#: Codes that name nothing else than a phase, a status or an act. Left out: « questions », « asked », « merge », which
#: addresses, answers and Python say too.
PHASES = frozenset({"lobby", "countdown", "talk", "reflection", "closed"})
STATUSES = frozenset({"pending", "approved", "on_screen", "answered", "set_aside", "withdrawn", "merged"})
ACTS = frozenset(
    "approve send_back reword put_on_screen take_off_screen mark_asked mark_answered keep_apart set_apart".split()
)
#: Parents of our own: what overrides a library's method is named by the library, and explained there.
PLAIN_PARENTS = {"Protocol", "Generic", "KioskError", "Struct", "NamedTuple"}

Graph = dict[str, set[str]]


class House:
    """The sources of the checkout at ``root``, read once."""

    def __init__(self, root: Path = ROOT) -> None:
        self.root = root
        self.files = {
            ".".join(path.relative_to(root).with_suffix("").parts).removesuffix(".__init__"): path
            for path in sorted((root / "kiosk").rglob("*.py"))
        }
        self.texts = {name: path.read_text(encoding="utf-8") for name, path in self.files.items()}
        self.lines = {name: len(text.splitlines()) for name, text in self.texts.items()}
        self.templates = {
            path.relative_to(root).as_posix(): path.read_text(encoding="utf-8")
            for path in sorted((root / "templates").rglob("*.html"))
            if path.is_file()
        }
        self.scripts = {
            path.relative_to(root).as_posix(): path.read_text(encoding="utf-8")
            for path in sorted((root / "static" / "js").rglob("*.js"))
        }

    @cached_property
    def trees(self) -> dict[str, ast.Module]:
        """Each module as its source reads; parsed at the first use, for a run of other tests collects these too."""
        return {name: ast.parse(text) for name, text in self.texts.items()}

    def imports(self, module: str) -> set[str]:
        """Every module that ``module`` imports, inside functions included, by its full name where it is ours."""
        return self._named(ast.walk(self.trees[module]))

    def at_the_top(self, module: str) -> set[str]:
        """What ``module`` imports as soon as it is read."""
        return self._named(self.trees[module].body)

    def _named(self, nodes: Iterable[ast.AST]) -> set[str]:
        found: set[str] = set()
        for node in nodes:
            if isinstance(node, ast.Import):
                found |= {alias.name for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and node.module:
                inner = {f"{node.module}.{alias.name}" for alias in node.names}
                found |= {name if name in self.files else node.module for name in inner}
        return found

    @cached_property
    def graph(self) -> Graph:
        """Which of our files imports which, inside functions included."""
        return {module: self.imports(module) & self.files.keys() - {module} for module in self.files}

    @cached_property
    def graph_at_the_top(self) -> Graph:
        """The same by the imports at the top of files; a package and its own modules count as one."""
        return {
            module: {
                other
                for other in self.at_the_top(module) & self.files.keys()
                if not module.startswith(other) and not other.startswith(module)
            }
            for module in self.files
        }

    def rooms(self, package: str = "kiosk") -> Graph:
        """The rooms directly in ``package``, with those each leads to. The package's own file is none of them."""
        inside = f"{package}."

        def room(module: str) -> str | None:
            return inside + module[len(inside) :].split(".")[0] if module.startswith(inside) else None

        graph: Graph = {name: set() for name in map(room, self.files) if name}
        for module, others in self.graph.items():
            if here := room(module):
                graph[here] |= {there for there in map(room, others) if there} - {here}
        return graph

    def packages(self) -> list[str]:
        """Every folder of modules, ``kiosk`` first."""
        return [name for name, path in self.files.items() if path.name == "__init__.py"]

    def functions(self) -> Iterator[tuple[str, ast.FunctionDef | ast.AsyncFunctionDef]]:
        """Each function with its full name, without its class."""
        for module, tree in self.trees.items():
            for node in ast.walk(tree):
                if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
                    yield f"{module}.{node.name}", node

    def long_functions(self) -> set[str]:
        """Functions over FUNCTION_LINES lines."""
        return {name for name, node in self.functions() if (node.end_lineno or 0) - node.lineno + 1 > FUNCTION_LINES}

    def crowded_functions(self) -> set[str]:
        """Functions with more than PARAMETERS parameters, their own object left out."""
        found = set()
        for name, node in self.functions():
            names = [a.arg for a in (*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs)]
            if len([n for n in names if n not in ("self", "cls")]) > PARAMETERS:
                found.add(name)
        return found

    def small_files(self) -> dict[str, str]:
        """Files under SMALL lines with one importer, by it. A package's own file is its title."""
        importers: Graph = {module: set() for module in self.files}
        for module, others in self.graph.items():
            for other in others:
                importers[other].add(module)
        return {
            module: next(iter(importers[module]))
            for module, path in self.files.items()
            if path.name != "__init__.py" and self.lines[module] < SMALL and len(importers[module]) == 1
        }

    def undescribed(self, module: str) -> list[str]:
        """The public functions, classes and methods of ``module`` without a docstring."""
        bare = []
        for one in self.trees[module].body:
            parts: list[ast.AST] = [one]
            if isinstance(one, ast.ClassDef) and not one.name.startswith("_"):
                parents = {ast.unparse(base).partition("[")[0] for base in one.bases}
                parts += [n for n in one.body if isinstance(n, ast.FunctionDef)] if parents <= PLAIN_PARENTS else []
            elif not isinstance(one, ast.FunctionDef):
                continue
            bare += [
                node.name
                for node in parts
                if isinstance(node, (ast.FunctionDef, ast.ClassDef))
                and not node.name.startswith("_")
                and ast.get_docstring(node) is None
            ]
        return bare

    def knowing(self, codes: frozenset[str]) -> list[str]:
        """Files of Python, templates and scripts that hold one of ``codes``, as a literal or by its constant's name."""
        names = {code.upper() for code in codes}
        found = []
        for module, tree in self.trees.items():
            if ".migrations." in module:
                continue  # frozen: it says what was
            for node in ast.walk(tree):
                said = getattr(node, "attr", getattr(node, "id", getattr(node, "name", None)))
                if said in names or (
                    isinstance(node, ast.Constant) and isinstance(node.value, str) and node.value in codes
                ):
                    found.append(module)
                    break
        quoted = re.compile(rf"""(["'`])(?:{"|".join(sorted(codes))})\1""")
        return found + [name for name, text in {**self.templates, **self.scripts}.items() if quoted.search(text)]

    def wide_lines(self) -> list[str]:
        """Lines of templates over TEMPLATE_COLUMNS columns, as ``file:line``."""
        return [
            f"{name}:{number}"
            for name, text in self.templates.items()
            for number, line in enumerate(text.splitlines(), 1)
            if len(line) > TEMPLATE_COLUMNS
        ]

    def judged(self) -> list[str]:
        """The files that mypy judges, by the settings « files » or « packages » of setup.cfg, from the root."""
        settings = configparser.ConfigParser()
        settings.read(self.root / "setup.cfg")
        said = settings.get("mypy", "files", fallback="") or settings.get("mypy", "packages", fallback="")
        places = [self.root / name.strip().replace(".", "/") for name in said.split(",")]
        found = [file for place in places for file in (place.rglob("*.py") if place.is_dir() else [])]
        # A step of a schema has a number for a name.
        return sorted(str(file.relative_to(self.root)) for file in found if file.stem.isidentifier())

    def mypy_errors(self, *arguments: str) -> int:
        """How many errors mypy reports with this checkout's own settings."""
        done = subprocess.run(
            [sys.executable, "-m", "mypy", *arguments], cwd=self.root, capture_output=True, text=True, check=False
        )
        return len(re.findall(r": error: ", done.stdout))

    def unformatted(self) -> list[str]:
        """The files that ruff's formatter, with the settings of this project, would write otherwise."""
        config = ROOT / "pyproject.toml"
        done = subprocess.run(
            [sys.executable, "-m", "ruff", "format", "--check", "--output-format=concise", f"--config={config}", "."],
            cwd=self.root,
            capture_output=True,
            text=True,
            check=False,
        )
        return re.findall(r"^(.+?):\d+:\d+: unformatted", done.stdout, re.MULTILINE)


@cache
def standing() -> House:
    """The house of this checkout, one for all the tests that look at it."""
    return House()


def circles(graph: Graph) -> list[set[str]]:
    """The sets of two or more of which each leads to all the others."""
    reach: Graph = {}
    for start in graph:
        seen: set[str] = set()
        todo = list(graph[start])
        while todo:
            if (one := todo.pop()) not in seen:
                seen.add(one)
                todo += graph.get(one, ())
        reach[start] = seen
    found: list[set[str]] = []
    for one, others in reach.items():
        if one in others and not any(one in circle for circle in found):
            found.append({other for other in others if one in reach.get(other, ())})
    return found


def measures(house: House) -> dict[str, int]:
    """What is read from the sources alone, by its words in the table."""
    rooms = house.rooms()
    inside = [circle for package in house.packages()[1:] for circle in circles(house.rooms(package))]
    sizes = sorted(house.lines.values())
    return {
        "rooms": len(rooms),
        "arrows between rooms": sum(map(len, rooms.values())),
        "circles of rooms": len(circles(rooms)),
        "circles inside rooms, folder by folder": len(inside),
        "circles of files, by the imports at their top": len(circles(house.graph_at_the_top)),
        "circles of files, inside functions included": len(circles(house.graph)),
        "Python files": len(sizes),
        "lines of the median file": int(statistics.median(sizes)),
        "lines of the largest file": sizes[-1],
        f"files under {SMALL} lines with one importer": len(house.small_files()),
        "files that know a phase": len(house.knowing(PHASES)),
        "files that know a status": len(house.knowing(STATUSES)),
        "files that know an act": len(house.knowing(ACTS)),
        f"functions over {FUNCTION_LINES} lines": len(house.long_functions()),
        f"functions with over {PARAMETERS} parameters": len(house.crowded_functions()),
        f"template lines over {TEMPLATE_COLUMNS} columns": len(house.wide_lines()),
        "public names without a docstring": sum(len(house.undescribed(module)) for module in house.files),
    }


def judgements(house: House) -> dict[str, int]:
    """What other programs say of it: seconds each, so ``./run.sh test`` has them said once, by « style »."""
    return {
        "files judged by mypy": len(house.judged()),
        "errors of mypy in these": house.mypy_errors(),
        "errors of mypy in all of `kiosk/`": house.mypy_errors("-p", "kiosk"),
        "files the formatter would write otherwise": len(house.unformatted()),
    }


def table(columns: dict[str, dict[str, int]]) -> str:
    """A Markdown table: a line a measure, a column a moment. What a moment lacks is left empty."""
    labels = list(dict.fromkeys(label for values in columns.values() for label in values))
    head = ["| measure | " + " | ".join(columns) + " |", "|---|" + "--:|" * len(columns)]
    cells = ([str(values[label]) if label in values else "" for values in columns.values()] for label in labels)
    return "\n".join(head + [f"| {label} | {' | '.join(row)} |" for label, row in zip(labels, cells, strict=True)])


def written(page: str) -> dict[str, dict[str, int]]:
    """The columns « before » and « after » that a page's table says."""
    rows = re.findall(r"^\| ([^|]+) \| (\d*) \| (\d*) \|$", page, re.MULTILINE)
    return {
        moment: {row[0]: int(row[at]) for row in rows if row[at]} for at, moment in enumerate(("before", "after"), 1)
    }


def replaced(page: str, columns: dict[str, dict[str, int]]) -> str:
    """The page with its table made anew."""
    return re.sub(
        r"^\| measure \|.*?\|$(?!\n\|)", lambda _: table(columns), page, count=1, flags=re.MULTILINE | re.DOTALL
    )


def picture(house: House) -> str:
    """The rooms and their arrows, as SVG."""
    inside = {room: sorted(house.rooms(room)) for room in house.rooms() if room in house.packages()}
    folders = {room: [one for one in ones if one in house.packages()] for room, ones in inside.items()}
    return house_picture.svg(house.rooms(), folders)


def main() -> None:
    """Print the figures, or write them in the page."""
    words = argparse.ArgumentParser(description="Measures the house.")
    words.add_argument("--root", type=Path, default=ROOT, help="another checkout")
    words.add_argument("--write", action="store_true", help="put « after » in docs/architecture.md; draw the picture")
    words.add_argument("--before", action="store_true", help="with --root and --write: « before » instead")
    asked = words.parse_args()
    house = House(asked.root.resolve())
    figures = measures(house) | judgements(house)
    if not asked.write:
        print(table({"today": figures}))
        return
    page = PAGE.read_text(encoding="utf-8")
    moment = "before" if asked.before else "after"
    PAGE.write_text(replaced(page, written(page) | {moment: figures}), encoding="utf-8")
    if not asked.before:
        PICTURE.write_text(picture(house), encoding="utf-8")


if __name__ == "__main__":
    main()
