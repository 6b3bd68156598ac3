"""The picture of the house: rooms on floors, each above all it imports, drawn as SVG by hand.

An arrow that two others already say (web → domain → storage) is left out, so that the picture shows the shortest way
down; rooms in a circle stand on one floor and are joined by a red line.
"""

from __future__ import annotations

from xml.sax.saxutils import escape

Graph = dict[str, set[str]]

FLOOR, HEIGHT, GAP, MARGIN, LETTER = 74, 34, 18, 24, 7.6  # pixels; LETTER: the width of one, at 13 px
STYLE = (
    "text{font:13px system-ui,sans-serif;fill:#051f17}.in{font-size:11px;fill:#4a5a53}"
    ".room{fill:#fff;stroke:#0a3d2e;stroke-width:1.5}.way{fill:none;stroke:#0a5c43;stroke-opacity:.55}"
    ".circle{fill:none;stroke:#9c1c16;stroke-width:2}"
)


def below(graph: Graph) -> Graph:
    """All that each room leads to, in any number of steps."""
    reach = {room: set(others) for room, others in graph.items()}
    for middle in graph:
        for room in graph:
            if middle in reach[room]:
                reach[room] |= reach[middle]
    return reach


def floors(graph: Graph) -> dict[str, int]:
    """The floor of each room, 0 at the bottom: one above the highest it leads to; a circle shares one."""
    reach = below(graph)

    def level(room: str) -> int:
        under = [other for other in graph[room] if room not in reach[other]]
        circle = [other for other in reach[room] if room in reach[other] and other != room]
        under += [far for other in circle for far in graph[other] if room not in reach[far]]
        return max((level(other) + 1 for other in under), default=0)

    return {room: level(room) for room in graph}


def shortest(graph: Graph) -> list[tuple[str, str]]:
    """The arrows that no other two say."""
    reach = below(graph)
    return [
        (room, other)
        for room in sorted(graph)
        for other in sorted(graph[room])
        if not any(other in reach[by] for by in graph[room] - {other} if room not in reach[by])
    ]


def svg(graph: Graph, folders: dict[str, list[str]]) -> str:
    """The picture of ``graph``; a room's ``folders`` are written in its box."""
    labels = {room: (room.partition(".")[2], [f.rpartition(".")[2] for f in folders.get(room, [])]) for room in graph}
    widths = {room: 26 + LETTER * max(len(name), 0.86 * len(" · ".join(ins))) for room, (name, ins) in labels.items()}
    level = floors(graph)
    top = max(level.values())
    rows = [sorted(room for room in graph if level[room] == top - row) for row in range(top + 1)]
    width = 2 * MARGIN + max(sum(widths[r] for r in row) + GAP * (len(row) - 1) for row in rows)
    places = _places(graph, rows, widths, width)
    height = 2 * MARGIN + FLOOR * top + HEIGHT + 8
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:.0f} {height}" role="img">',
        "<title>The rooms of kiosk/, each above those it imports</title>",
        f"<style>{STYLE}</style>",
        '<defs><marker id="tip" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" orient="auto">'
        '<path d="M0 0 8 4 0 8z" fill="#0a5c43"/></marker></defs>',
        f'<rect width="{width:.0f}" height="{height}" rx="10" fill="#f6f4ee"/>',
    ]
    for room, other in shortest(graph):
        (x1, y1), (x2, y2) = places[room], places[other]
        if level[room] == level[other]:
            parts.append(f'<path class="circle" d="M{x1:.0f} {y1 + HEIGHT / 2:.0f}H{x2:.0f}"/>')
            continue
        start, end = y1 + HEIGHT, y2 - 1
        bend = min(FLOOR / 2, (end - start) / 2)
        curve = f"C{x1:.0f} {start + bend:.0f} {x2:.0f} {end - bend:.0f} {x2:.0f} {end:.0f}"
        parts.append(f'<path class="way" marker-end="url(#tip)" d="M{x1:.0f} {start:.0f}{curve}"/>')
    for room, (x, y) in places.items():
        name, inner = labels[room]
        parts.append(
            f'<rect class="room" x="{x - widths[room] / 2:.0f}" y="{y:.0f}" width="{widths[room]:.0f}" '
            f'height="{HEIGHT}" rx="6"/>'
        )
        parts.append(
            f'<text x="{x:.0f}" y="{y + (15 if inner else 22):.0f}" text-anchor="middle">{escape(name)}</text>'
        )
        if inner:
            words = escape(" · ".join(inner))
            parts.append(f'<text class="in" x="{x:.0f}" y="{y + 28:.0f}" text-anchor="middle">{words}</text>')
    return "\n".join([*parts, "</svg>", ""])


def _places(
    graph: Graph, rows: list[list[str]], widths: dict[str, float], width: float
) -> dict[str, tuple[float, float]]:
    """The middle of each box's upper edge; on its floor a room stands near what is above it."""
    above = {room: [other for other in graph if room in graph[other]] for room in graph}
    places: dict[str, tuple[float, float]] = {}
    for number, row in enumerate(rows):
        known = {room: [places[other][0] for other in above[room] if other in places] or [width / 2] for room in row}
        order = sorted(row, key=lambda room: (sum(known[room]) / len(known[room]), room))
        at = (width - sum(widths[room] for room in row) - GAP * (len(row) - 1)) / 2
        for room in order:
            places[room] = (at + widths[room] / 2, MARGIN + FLOOR * number)
            at += widths[room] + GAP
    return places
