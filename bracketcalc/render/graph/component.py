"""The picture of factors that are connected by axes."""

from __future__ import annotations

from cmath import phase
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from math import degrees

from bracketcalc.expr.core import Delta, Ones, Size, Tensor
from bracketcalc.expr.nodes import Definition
from bracketcalc.render.graph.geometry import Box, Curve, Point, between, clipped, line, text_width
from bracketcalc.render.graph.labels import Labels
from bracketcalc.render.graph.legs import Space, compass
from bracketcalc.render.graph.parts import GraphEdge, GraphNode, GraphTerm, Port
from bracketcalc.render.graph.picture import Kind, Picture, Shape, Stroke, bar_across
from bracketcalc.render.graph.place import Link, placed

NAME_CELLS = 24
SIZE_CELLS = 14
NAME_FONT, SIZE_FONT, POSITION_FONT = 15.0, 11.0, 9.0
HALF_HEIGHT = 15.0
DOT, RING = 4.0, 9.0
LINE, SPOKE, LEG, LOOP = 58.0, 44.0, 42.0, 34.0
MANY = 12
"""With more axes, the box of a factor grows, and its legs are spread evenly."""
BEND = 40.0

Vertex = tuple[str, int]
"""``("node", number)`` or ``("edge", number)``: a factor, or the junction of a hyperedge."""


def component_picture(term: GraphTerm, nodes: Sequence[int]) -> Picture:
    """Return the picture of some factors of a term, which no axis connects with the others."""
    drawing = _Drawing(term, nodes)
    drawing.place()
    drawing.connect()
    drawing.hang()
    return drawing.finished()


def node_shape(node: GraphNode) -> Shape:
    """Return the box of a factor, around the origin."""
    text = clipped(node.text, NAME_CELLS)
    kind = Kind.FORMULA
    if isinstance(node.expr, Tensor | Definition | Size):
        kind = Kind.TENSOR
    elif isinstance(node.expr, Ones | Delta):
        kind = Kind.CONSTANT
    height = max(HALF_HEIGHT, 2.6 * len(node.edges) if len(node.edges) > MANY else 0)
    width = max(height + 2, text_width(text, NAME_FONT) / 2 + 8)
    return Shape(kind, Box(0j, width, height), text, node.text if text != node.text else "")


def has_junction(edge: GraphEdge) -> bool:
    """Return whether the axes of several factors meet in a point, as two that are only summed do not."""
    return len(edge.nodes) > 1 and (len(edge.ports) > 2 or not edge.summed)


@dataclass
class _Drawing:
    """A picture while it is put together: first the vertices, then the lines, the legs, the labels."""

    term: GraphTerm
    nodes: Sequence[int]
    boxes: dict[Vertex, Box] = field(default_factory=dict)
    shapes: list[Shape] = field(default_factory=list)
    strokes: list[Stroke] = field(default_factory=list)
    used: dict[Vertex, list[Point]] = field(default_factory=dict)
    ports: list[tuple[Port, Curve]] = field(default_factory=list)
    lines: dict[int, list[Curve]] = field(default_factory=dict)

    @property
    def edges(self) -> list[tuple[int, GraphEdge]]:
        """Return the edges at the factors of this picture, with their numbers."""
        inside = set(self.nodes)
        return [(k, edge) for k, edge in enumerate(self.term.edges) if edge.ports[0].node in inside]

    # -- vertices and lines between them ----------------------------------------------------------------

    def place(self) -> None:
        """Find the places of the factors and of the junctions."""
        shapes = {("node", number): node_shape(self.term.nodes[number]) for number in self.nodes}
        rank: dict[Vertex, float] = {("node", number): number for number in self.nodes}
        for number, edge in self.edges:
            if has_junction(edge):
                vertex = ("edge", number)
                shapes[vertex] = Shape(Kind.SUMMED if edge.summed else Kind.SHARED, _circle(0j, DOT))
                rank[vertex] = sum(edge.nodes) / len(edge.nodes)
        order = sorted(rank, key=lambda vertex: (rank[vertex], vertex))
        index = {vertex: k for k, vertex in enumerate(order)}
        links: list[Link] = []
        for number, edge in self.edges:
            for one, two in self.connections(number, edge):
                gap = SPOKE if "edge" in (one[0], two[0]) else LINE
                room = max(gap, size_width(edge) + 16)
                widths = shapes[one].box.half_width + shapes[two].box.half_width
                links.append((index[one], index[two], room + widths))
        points = placed([shapes[vertex].box for vertex in order], links)
        for vertex, point in zip(order, points, strict=True):
            shape = shapes[vertex]
            self.boxes[vertex] = shape.box.moved(point)
            self.shapes.append(Shape(shape.kind, self.boxes[vertex], shape.text, shape.full))

    @staticmethod
    def connections(number: int, edge: GraphEdge) -> list[tuple[Vertex, Vertex]]:
        """Return the pairs of vertices that an edge connects; none for an edge at one factor."""
        if has_junction(edge):
            return [(("node", port.node), ("edge", number)) for port in edge.ports]
        if len(edge.nodes) == 2:
            return [(("node", edge.nodes[0]), ("node", edge.nodes[1]))]
        return []

    def connect(self) -> None:
        """Draw the edges between vertices; several between the same two are bent apart."""
        pairs = [(k, edge, pair) for k, edge in self.edges for pair in self.connections(k, edge)]
        total = Counter(frozenset(pair) for _, _, pair in pairs)
        seen: Counter[frozenset[Vertex]] = Counter()
        ports = {k: list(edge.ports) for k, edge in self.edges}
        for number, _, (one, two) in pairs:
            key = frozenset((one, two))
            bend = BEND * (seen[key] - (total[key] - 1) / 2)
            seen[key] += 1
            # Taken from left to right, so that the first of several edges is the upper one.
            first, second = sorted((one, two), key=lambda vertex: self.boxes[vertex].centre.real)
            curve = between(self.boxes[first], self.boxes[second], bend)
            curve = curve if first == one else Curve(curve.end, curve.control, curve.start)
            self.draw(number, one, curve, ports[number].pop(0))
            self.used.setdefault(two, []).append(-curve.direction(1))
            if two[0] == "node":
                self.ports.append((ports[number].pop(0), Curve(curve.end, curve.control, curve.start)))
                self.strokes.append(bar_across(curve, 0.5, 10))

    def draw(self, number: int, start: Vertex, curve: Curve, port: Port | None) -> None:
        """Draw one line of an edge from a vertex; ``port`` is the axis at its start, if any."""
        self.strokes.append(Stroke(curve))
        self.used.setdefault(start, []).append(curve.direction(0))
        self.lines.setdefault(number, []).append(curve)
        if port is not None:
            self.ports.append((port, curve))

    # -- legs and loops ---------------------------------------------------------------------------------

    def hang(self) -> None:
        """Draw what ends at no other factor: free axes, axes summed alone, diagonals."""
        for number, edge in self.edges:
            if has_junction(edge) and edge.free is not None:
                ray = self.directions(("edge", number), [number])[0]
                self.leg(number, ("edge", number), None, ray)
        for node in self.nodes:
            # The edges in the order of the axes, each once.
            numbers = list(dict.fromkeys(self.term.nodes[node].edges))
            alone = [number for number in numbers if len(self.term.edges[number].nodes) == 1]
            for number, ray in zip(alone, self.directions(("node", node), alone), strict=True):
                ports = self.term.edges[number].ports
                if len(ports) == 1:
                    self.leg(number, ("node", node), ports[0], ray)
                else:
                    self.loop(number, ("node", node), ray)

    def directions(self, start: Vertex, numbers: Sequence[int]) -> list[Point]:
        """Return the emptiest directions at a vertex for some edges, in clockwise order from the left."""
        box, used = self.boxes[start], list(self.used.get(start, []))
        if len(numbers) > MANY and not used:
            return compass(len(numbers))
        found: list[Point] = []
        for place, number in enumerate(numbers):
            length = self.leg_length(number) + 2 * RING
            loop = start[0] == "node" and len(self.term.edges[number].ports) > 1
            if loop:
                length = LOOP + (length if self.term.edges[number].free is not None else 0)
            middle = loop or start[0] == "edge"
            wish = 0.5 if middle else place / (len(numbers) - 1) if len(numbers) > 1 else self.side(start)
            ray = self.space(box, found).direction(box, used, length, wish)
            found.append(ray)
            used.append(ray)
        return sorted(found, key=lambda ray: (180 + degrees(phase(ray)) + 1e-6) % 360)

    def side(self, start: Vertex) -> float:
        """Return 0 for the first axis of a factor with several, 1 for its other axes."""
        node = self.term.nodes[start[1]]
        alone = [len(self.term.edges[number].nodes) == 1 for number in node.edges]
        return 0.0 if len(alone) > 1 and alone[0] else 1.0

    def space(self, start: Box, rays: Sequence[Point]) -> Space:
        """Return what is drawn so far, and the legs in the directions chosen for one vertex."""
        chosen = [line(start.edge_towards(start.centre + ray), start.centre + 99 * ray) for ray in rays]
        curves = [stroke.curve for stroke in self.strokes]
        return Space(tuple([shape.box for shape in self.shapes]), (*curves, *chosen))

    def leg_length(self, number: int) -> float:
        """Return the length of a line that ends at no other vertex."""
        return max(LEG, size_width(self.term.edges[number]) + 10)

    def leg(self, number: int, start: Vertex, port: Port | None, ray: Point) -> None:
        """Draw an axis that ends in the number of a free axis, or in the bar of a summed one."""
        box, free = self.boxes[start], self.term.edges[number].free
        begin = box.edge_towards(box.centre + ray)
        curve = line(begin, begin + ray * self.leg_length(number))
        self.draw(number, start, curve, port)
        if free is None:
            self.strokes.append(bar_across(curve, 1, 16))
        else:
            self.shapes.append(Shape(Kind.FREE, _circle(curve.end + ray * RING, RING), str(free)))

    def loop(self, number: int, start: Vertex, ray: Point) -> None:
        """Draw a diagonal: several axes of one factor that meet in one point."""
        edge, box, vertex = self.term.edges[number], self.boxes[start], ("edge", number)
        junction = _circle(box.edge_towards(box.centre + ray) + ray * LOOP, DOT)
        self.boxes[vertex] = junction
        count = len(edge.ports)
        for place, port in enumerate(edge.ports):
            curve = between(box, junction, 1.6 * BEND * (place - (count - 1) / 2))
            self.draw(number, start, curve, port)
        self.shapes.append(Shape(Kind.SUMMED if edge.summed else Kind.SHARED, junction))
        if edge.free is not None:
            self.leg(number, vertex, None, ray)

    # -- labels -----------------------------------------------------------------------------------------

    def finished(self) -> Picture:
        """Return the picture with positions at the factors and sizes at the edges."""
        labels = Labels(self.shapes, [stroke.curve for stroke in self.strokes])
        for port, curve in self.ports:
            if len(self.term.nodes[port.node].edges) > 1:
                labels.near_start(curve, str(port.position), POSITION_FONT)
        for number, curves in self.lines.items():
            text = clipped(self.term.edges[number].size_text, SIZE_CELLS)
            full = self.term.edges[number].size_text
            labels.beside(curves, text, "" if text == full else full, SIZE_FONT)
        return Picture((*self.shapes, *labels.found), tuple(self.strokes))


def size_width(edge: GraphEdge) -> float:
    """Return how wide the label of an edge is."""
    return text_width(clipped(edge.size_text, SIZE_CELLS), SIZE_FONT)


def _circle(centre: Point, radius: float) -> Box:
    return Box(centre, radius, radius, round=True)
