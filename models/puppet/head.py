"""The head without hair or moving organs: ears, skin, its shades, nose and blush; and the neck."""

from __future__ import annotations

from models.puppet.colours import chroma, darker, mix, vivid
from models.puppet.curves import Point, both, closed, mirrored, pen, ribbon, shape
from models.puppet.description import Description, Face
from models.puppet.drawing import Drawing


def chin_drop(face: Face) -> float:
    """How much lower the tip of the chin is than the common one."""
    return (face.chin - 1) * 40


def outline(face: Face) -> list[Point]:
    """The right half of the face's edge, from the middle of the forehead to the tip of the chin."""
    w, drop = face.width, chin_drop(face)
    return [
        (0, 78),
        (27 * w, 84),
        (43 * w, 105),
        (46.5 * w, 130),
        (45.3 * w, 146),
        (41.6 * w, 159 + drop * 0.3),
        (31.5 * w, 173 + drop * 0.6),
        (15.5 * w, 184.6 + drop),
        (5, 189 + drop),
        (0, 189.7 + drop),
    ]


def skin_line(face: Face) -> str:
    """The colour of the lines on and around the skin."""
    return mix(darker(face.skin, 0.5, 0.0), "#7a2f38", 0.55)


def skin_shade(face: Face) -> str:
    """The colour of shadows on the skin."""
    stronger = 1 + min(0.7, 0.02 / max(chroma(face.skin), 0.01))
    return mix(vivid(darker(face.skin, 0.12, 0.0), stronger), "#e58f8f", 0.2)


def draw_neck(drawing: Drawing, it: Description) -> None:
    """The neck and the skin below it that a collar leaves open."""
    face = it.face
    sides: list[Point] = [(13.5, 170), (13.2, 192), (14.5, 203), (24, 211), (46, 220)]
    path = shape([(-40, 262), (0, 270), (40, 262)], sides[::-1], mirrored(sides))
    drawing.fill(path, face.skin)
    with drawing.inside(path):
        shade = skin_shade(face)
        cast = [(-16, 150), (-15, 196), (-8, 203), (2, 206.5), (10, 202), (15, 194), (16, 150)]
        drawing.fill(shape(cast), shade)
        drawing.fill(ribbon([(-3, 200), (-4, 214), (-16, 222)], [0.2, 1.2, 0.2]), shade, 0.8)
        drawing.fill(ribbon([(3, 204), (4.5, 214), (17, 222)], [0.2, 1.6, 0.2]), shade)
    for line in (sides[:4], mirrored(sides[:4])):
        drawing.fill(pen(line, 1.3, 0.1, 0.5), skin_line(face))


def draw_head(drawing: Drawing, it: Description, shadow: str) -> None:
    """The ears and the face, with `shadow` (a path) of the fringe cast upon it."""
    _ears(drawing, it.face)
    edge = both(outline(it.face))
    path = shape(edge)
    drawing.fill(path, _skin(drawing, it.face))
    with drawing.inside(path):
        _shades(drawing, it.face, shadow)
        _blush(drawing, it.face)
    half = outline(it.face)[3:]
    for side in (half, mirrored(half)):
        drawing.fill(ribbon(side, [0.5, 1.0, 1.4, 1.5, 1.2, 0.9]), skin_line(it.face))
    _nose(drawing, it.face)


def _skin(drawing: Drawing, face: Face) -> str:
    warm = mix(face.skin, face.blush, 0.08)
    return drawing.linear(0, 110, 0, 190, [(0, face.skin), (0.6, face.skin), (1, warm)])


def _ears(drawing: Drawing, face: Face) -> None:
    ear = [(43, 136), (48, 131), (53, 134), (52.5, 146), (48.5, 157), (43.5, 160)]
    inner = [(46, 140), (49.5, 137.5), (49.5, 145), (46.5, 151)]
    for turn in (list, mirrored):
        path = shape([(x * face.width, y) for x, y in turn(ear)])
        drawing.fill(path, face.skin)
        drawing.fill(closed(turn(inner)), skin_shade(face))
        drawing.fill(pen([(x * face.width, y) for x, y in turn(ear)], 1.3, 0.1, 0.1), skin_line(face))


def _shades(drawing: Drawing, face: Face, shadow: str) -> None:
    shade = skin_shade(face)
    drawing.fill(shadow, shade, 0.85)
    # The side away from the light, and the soft turn under the cheeks.
    side = drawing.linear(36, 0, 47 * face.width, 0, [(0, shade, 0.0), (1, shade, 0.8)])
    drawing.fill(shape([(30, 120), (60, 120), (60, 195), (20, 195)]), side)
    under = drawing.linear(0, 180, 0, 191, [(0, shade, 0.0), (1, shade, 0.55)])
    drawing.fill(shape([(-40, 176), (40, 176), (40, 196), (-40, 196)]), under)


def _blush(drawing: Drawing, face: Face) -> None:
    for x in (-30.5, 30.5):
        soft = drawing.radial(
            x, 164, 12.5, [(0, face.blush, 0.5), (0.5, face.blush, 0.27), (1, face.blush, 0)], 0.55
        )
        drawing.oval(x, 164, 13, 7.2, soft)
        for step in (-3.4, 0, 3.4):
            stroke = [(x + step + 1.1, 162.2), (x + step - 1.1, 166.2)]
            drawing.fill(ribbon(stroke, [0.2, 0.75, 0.2]), vivid(darker(face.blush, 0.12), 1.1), 0.6)


def _nose(drawing: Drawing, face: Face) -> None:
    shade = skin_shade(face)
    drawing.fill(shape([(0.3, 159.5), (2.6, 165.2)], [(2.6, 165.2), (0.4, 166.6), (-0.9, 165.6)]), shade)
    drawing.fill(ribbon([(-1.4, 165.6), (0.2, 166.7), (2.0, 165.9)], [0.2, 1.0, 0.2]), skin_line(face))
    drawing.oval(-0.9, 162.2, 0.9, 1.3, "#ffffff", 0.75)
