"""A sailor dress: white blouse, wide collar with a bow, and a high pleated skirt."""

from __future__ import annotations

from models.puppet.cloth import Fabric, fabric, mirror, panel
from models.puppet.clothes.limbs import draw_hands, draw_legs
from models.puppet.colours import darker, lighter, mix
from models.puppet.curves import Point, both, mirrored, pen, ribbon, shape
from models.puppet.description import Description
from models.puppet.drawing import Drawing

_GOLD = "#e8bf62"

_TORSO = [(0, 212), (20, 214), (40, 222), (52, 234), (47, 262), (46, 284), (40, 312), (34.5, 340), (0, 348)]
_SLEEVE: list[list[Point]] = [
    [(40, 221), (57, 227), (67, 243), (75, 275), (86, 312), (97, 352), (106, 388), (106, 408), (101, 419)],
    [(101, 419), (92, 423), (80, 421)],
    [(80, 421), (71, 412), (68, 396), (64, 362), (56, 322), (47, 284), (44, 262)],
]
_CUFF: list[list[Point]] = [
    [(102.5, 416), (101.5, 431)],
    [(101.5, 431), (91, 435), (79.5, 432)],
    [(79.5, 432), (78.5, 418)],
    [(78.5, 418), (90, 422), (102.5, 416)],
]
_COLLAR: list[list[Point]] = [
    [(13.5, 198), (27, 207), (46, 217), (57, 229)],
    [(57, 229), (56, 246), (53.5, 262)],
    [(53.5, 262), (34, 264), (20, 268), (0, 281)],
    [(0, 281), (5, 252), (9, 226), (13.5, 198)],
]
_HEM = [(0, 486), (18, 488), (38, 486), (56, 490), (74, 485), (87, 481)]
_PLEATS = [(0, 0), (11, 21), (21, 41), (29, 60), (34, 77)]


def draw_sailor(drawing: Drawing, it: Description) -> None:
    """The whole dress, with hands and legs."""
    main, white, red = (fabric(one) for one in (it.clothes.main, it.clothes.second, it.clothes.accent))
    draw_legs(drawing, it, _HEM)
    _torso(drawing, white)
    _skirt(drawing, main, white)
    draw_hands(drawing, it)
    for flip in (False, True):
        _sleeve(drawing, white, main, flip)
    for flip in (False, True):
        _collar(drawing, main, white, flip)
    _bow(drawing, red)


def _turned(runs: list[list[Point]], flip: bool) -> list[list[Point]]:
    return [list(run) for run in mirror(runs)] if flip else runs


def _line(points: list[Point], flip: bool) -> list[Point]:
    return mirrored(points) if flip else points


def _sleeve(drawing: Drawing, white: Fabric, main: Fabric, flip: bool) -> None:
    right: list[list[list[Point]]] = [
        [[(80, 330), (90, 350), (92, 380), (86, 402), (94, 422), (112, 420), (112, 380), (98, 340)]],
        [[(46, 270), (58, 318), (68, 360), (74, 396), (78, 424), (66, 420), (52, 330)]],
    ]
    left: list[list[list[Point]]] = [
        [[(46, 258), (56, 300), (70, 350), (78, 384), (84, 402), (80, 426), (66, 420), (52, 330), (42, 280)]],
        [[(70, 300), (76, 330), (90, 364), (98, 372), (86, 374), (74, 346)]],
    ]
    folds: list[list[Point]] = [
        [(84, 420), (82, 402), (76, 384)],
        [(92, 422), (92, 404), (90, 388)],
        [(98, 419), (100, 404), (98, 392)],
        [(51, 262), (58, 268), (68, 270)],
        [(58, 316), (68, 330), (80, 336)],
    ]
    shades = [[_line(run, flip) for run in one] for one in (left if flip else right)]
    panel(drawing, white, _turned(_SLEEVE, flip), shades, [_line(fold, flip) for fold in folds])
    panel(drawing, main, _turned(_CUFF, flip))
    drawing.fill(ribbon(_line([(79.5, 428), (91, 431), (101, 427)], flip), [1.2, 1.2]), white.base)


def _torso(drawing: Drawing, white: Fabric) -> None:
    edge = both(_TORSO)
    shades: list[list[list[Point]]] = [
        [[(56, 230), (44, 262), (41, 286), (32, 300), (26, 324), (20, 346), (44, 346), (60, 280)]],
        [[(-56, 230), (-45, 264), (-43, 286), (-38, 306), (-32, 330), (-30, 348), (-48, 340), (-60, 280)]],
        [[(-57, 255), (-30, 270), (0, 290), (30, 270), (57, 255), (57, 240), (-57, 240)]],
        [[(0, 300), (3, 322), (2, 348), (-3, 348), (-2, 322)]],
    ]
    folds: list[list[Point]] = [
        [(-28, 342), (-26, 326), (-20, 312)],
        [(27, 342), (25, 326), (19, 314)],
        [(-14, 344), (-12, 332), (-11, 322)],
        [(44, 278), (38, 290), (28, 296)],
        [(-44, 278), (-38, 290), (-30, 295)],
    ]
    panel(drawing, white, [edge], shades, folds)
    drawing.fill(pen([(0, 284), (0.5, 316), (0, 346)], 1.0, 0.05, 0.05), white.line)
    for y in (302, 320):
        drawing.oval(4.2, y, 1.7, 1.8, white.shade)
        drawing.oval(4.0, y - 0.3, 1.3, 1.3, white.base)


def _skirt(drawing: Drawing, main: Fabric, white: Fabric) -> None:
    side: list[Point] = [(36.5, 334), (42, 362), (56, 400), (71, 440), (87, 481)]
    hem = both(_HEM)
    outline = [both([(0, 345), (18, 341), (36.5, 334)]), side, hem[::-1], mirrored(side)[::-1]]
    deep = Fabric(main.base, darker(main.base, 0.22), main.line)
    shades: list[list[list[Point]]] = []
    folds: list[list[Point]] = []
    for top, low in (*_PLEATS, *((-a, -b) for a, b in _PLEATS[1:])):
        middle = top + (low - top) * 0.42
        folds.append([(low, 489), (middle, 408), (top, 362)])
        shades.append(
            [[(top, 362), (middle, 408), (low, 492)], [(low + 9, 492), (middle + 4.5, 420), (top, 362)]]
        )
    panel(drawing, deep, outline, shades, folds)
    for up, width in ((9, 2.0), (14, 0.8)):
        band = [(x * (1 - up / 900), y - up) for x, y in hem]
        drawing.fill(ribbon(band, [width, width]), white.shade)
    _waist(drawing, main)


def _waist(drawing: Drawing, main: Fabric) -> None:
    top, low = both([(0, 344), (18, 340.5), (35.8, 333)]), both([(0, 369), (22, 366), (43.5, 359)])
    band = Fabric(lighter(main.base, 0.06), main.shade, main.line)
    panel(
        drawing,
        band,
        [top, [top[-1], low[-1]], low[::-1], [low[0], top[0]]],
        [[[(22, 330), (27, 372), (50, 368), (44, 328)]]],
    )
    for x, y in ((-12, 349.5), (12, 349.5), (-13.5, 361.5), (13.5, 361.5)):
        drawing.oval(x, y, 2.9, 2.9, darker(_GOLD, 0.4))
        drawing.oval(x, y - 0.2, 2.2, 2.2, _GOLD)
        drawing.oval(x - 0.7, y - 0.9, 0.8, 0.7, "#fff6d8")


def _collar(drawing: Drawing, main: Fabric, white: Fabric, flip: bool) -> None:
    shade = (
        [(57, 229), (54, 262), (44, 264), (46, 240), (40, 218)]
        if not flip
        else [(-14, 200), (-9, 230), (0, 281), (-8, 276), (-15, 240)]
    )
    panel(drawing, main, _turned(_COLLAR, flip), [[shade]])
    for inset, width in ((0.06, 1.5), (0.125, 0.8)):
        stripe = [
            (57 - 110 * inset * 0.55, 231 + inset * 20),
            (55.5 - 60 * inset, 246),
            (53.2 - 60 * inset, 261.5 - 55 * inset),
            (34, 263 - 58 * inset),
            (20, 267 - 62 * inset),
            (2 + 12 * inset, 277 - 80 * inset),
        ]
        drawing.fill(ribbon(_line(stripe, flip), [width, width]), white.base)


def _bow(drawing: Drawing, red: Fabric) -> None:
    tails: list[list[Point]] = [
        [(1, 280), (9, 298), (19, 318)],
        [(19, 318), (11, 319), (6, 326)],
        [(6, 326), (2, 306), (-2, 284)],
    ]
    loop: list[list[Point]] = [
        [(2, 274), (14, 262), (27, 260), (33, 266)],
        [(33, 266), (34, 279), (31, 290)],
        [(31, 290), (20, 291), (9, 286), (2, 279)],
        [(2, 279), (2, 274)],
    ]
    for flip in (False, True):
        shade = [[_line([(2, 284), (9, 300), (14, 319), (7, 325)], flip)]]
        panel(drawing, red, _turned(tails, flip), shade)
    for flip in (False, True):
        shade = [[_line([(33, 280), (20, 279), (8, 277), (2, 276), (4, 290), (30, 294)], flip)]]
        panel(drawing, red, _turned(loop, flip), shade, [_line([(4, 276), (13, 273), (22, 275)], flip)])
        drawing.fill(
            ribbon(_line([(12, 266), (20, 263.5), (27, 264.5)], flip), [0.2, 1.4, 0.2]),
            lighter(red.base, 0.5),
            0.8,
        )
    knot = both([(0, 268.5), (5.5, 270.5), (6.4, 277), (5, 284), (0, 285.5)])
    panel(drawing, red, [knot], [[[(1, 268), (8, 268), (8, 287), (0, 287), (3, 278)]]])
    drawing.fill(shape([(-2.5, 272), (-1, 277), (-2.4, 281)]), mix(red.base, "#ffffff", 0.4), 0.7)
