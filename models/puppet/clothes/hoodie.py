"""A hooded jacket, worn open over a shirt and shorts."""

from __future__ import annotations

from models.puppet.cloth import Fabric, fabric, mirror, panel
from models.puppet.clothes.limbs import draw_hands, draw_legs
from models.puppet.colours import darker, lighter
from models.puppet.curves import Point, both, mirrored, pen, ribbon
from models.puppet.description import Description
from models.puppet.drawing import Drawing

_SLEEVE: list[list[Point]] = [
    [(42, 219), (60, 225), (72, 241), (82, 275), (92, 312), (102, 350), (108, 384), (107, 404), (103, 414)],
    [(103, 414), (92, 420), (77, 417)],
    [(77, 417), (66, 406), (64, 392), (61, 362), (56, 322), (50, 284), (47, 262)],
]
_CUFF: list[list[Point]] = [
    [(102.5, 411), (101.5, 432)],
    [(101.5, 432), (91, 437), (79, 433)],
    [(79, 433), (77.5, 414)],
    [(77.5, 414), (91, 420), (102.5, 411)],
]
_FRONT: list[list[Point]] = [
    [(18, 207), (36, 214), (56, 226), (53, 258), (53, 300), (55, 350), (57, 392), (57, 404)],
    [(57, 404), (40, 412), (22, 414)],
    [(22, 414), (21, 350), (20, 300), (15, 250), (10, 222), (18, 207)],
]
_BAND: list[list[Point]] = [
    [(57, 402), (58.5, 424)],
    [(58.5, 424), (40, 432), (22, 433)],
    [(22, 433), (22, 412)],
    [(22, 412), (40, 410), (57, 402)],
]
_HOOD: list[list[Point]] = [
    [(10, 226), (14, 212), (17, 202), (15, 194)],
    [(15, 194), (30, 192), (46, 203), (58, 219), (60, 233)],
    [(60, 233), (46, 240), (28, 244), (14, 250)],
    [(14, 250), (9, 240), (10, 226)],
]


def draw_hoodie(drawing: Drawing, it: Description) -> None:
    """Jacket, shirt and shorts, with hands and legs."""
    main, white, dark = (fabric(one) for one in (it.clothes.main, it.clothes.second, it.clothes.accent))
    draw_legs(drawing, it, [(0, 470), (10, 490), (34, 494), (66, 488)])
    draw_hands(drawing, it)
    _shorts(drawing, dark)
    for flip in (False, True):
        _sleeve(drawing, main, dark, white, flip)
    _shirt(drawing, white, dark)
    for flip in (False, True):
        _front(drawing, main, dark, flip)
    for flip in (False, True):
        _hood(drawing, main, white, flip)


def _turned(runs: list[list[Point]], flip: bool) -> list[list[Point]]:
    return [list(run) for run in mirror(runs)] if flip else runs


def _line(points: list[Point], flip: bool) -> list[Point]:
    return mirrored(points) if flip else points


def _shorts(drawing: Drawing, dark: Fabric) -> None:
    leg: list[list[Point]] = [
        [(0, 400), (54, 400), (60, 440), (67, 488)],
        [(67, 488), (46, 494), (22, 494), (7, 490)],
        [(7, 490), (3, 474), (0, 466)],
    ]
    for flip in (False, True):
        shade = (
            [(50, 400), (52, 440), (57, 494), (70, 490), (62, 440)]
            if not flip
            else [(0, 440), (-10, 470), (-14, 494), (-4, 494)]
        )
        folds = [_line([(2, 466), (10, 456), (22, 450)], flip), _line([(4, 472), (14, 468), (24, 466)], flip)]
        panel(drawing, dark, _turned(leg, flip), [[shade]], folds)
        hem = _line([(8, 484), (24, 488), (46, 488), (65.5, 482)], flip)
        drawing.fill(ribbon(hem, [1.0, 1.0]), lighter(dark.base, 0.3))


def _sleeve(drawing: Drawing, main: Fabric, dark: Fabric, white: Fabric, flip: bool) -> None:
    right: list[list[Point]] = [
        [(84, 320), (95, 350), (96, 378), (90, 398), (96, 418), (114, 414), (114, 370), (102, 330)],
        [(50, 268), (60, 318), (68, 352), (70, 388), (80, 420), (62, 414), (52, 330)],
    ]
    left: list[list[Point]] = [
        [(48, 258), (60, 300), (72, 346), (78, 380), (84, 396), (80, 420), (60, 414), (52, 330), (44, 280)],
        [(76, 296), (82, 330), (96, 360), (106, 366), (92, 372), (80, 346)],
    ]
    folds: list[list[Point]] = [
        [(82, 417), (78, 400), (71, 384)],
        [(91, 418), (90, 402), (87, 388)],
        [(98, 416), (101, 400), (99, 388)],
        [(54, 262), (62, 268), (74, 268)],
        [(61, 320), (72, 332), (86, 336)],
        [(65, 356), (76, 364), (88, 364)],
    ]
    panel(
        drawing,
        main,
        _turned(_SLEEVE, flip),
        [[_line(one, flip)] for one in (left if flip else right)],
        [_line(f, flip) for f in folds],
    )
    for shift in (0, 7):
        stripe: list[Point] = [
            (57 + shift * 0.1, 296 + shift),
            (72, 296 + shift),
            (86.5 + shift * 0.3, 288 + shift),
        ]
        drawing.fill(ribbon(_line(stripe, flip), [3.0, 3.4, 3.0]), white.base)
    panel(
        drawing, dark, _turned(_CUFF, flip), [[_line([(95, 410), (94, 437), (104, 436), (104, 408)], flip)]]
    )
    for x in (82, 86.5, 91, 95.5):
        drawing.fill(pen(_line([(x, 419), (x + 0.5, 433)], flip), 0.8), dark.line, 0.7)


def _shirt(drawing: Drawing, white: Fabric, dark: Fabric) -> None:
    edge = both(
        [(0, 217), (9, 213), (15, 203), (30, 215), (34, 260), (34, 330), (34, 400), (30, 428), (0, 432)]
    )
    shades: list[list[list[Point]]] = [
        [[(-14, 240), (-19, 300), (-20, 430), (-40, 430), (-40, 220), (-10, 222)]],
        [[(9, 222), (13, 250), (17, 300), (16, 350), (19, 432), (40, 430), (40, 220)]],
        [[(-10, 402), (-4, 380), (2, 372), (-2, 396), (-4, 430), (-12, 430)]],
    ]
    folds: list[list[Point]] = [
        [(-16, 392), (-8, 378), (0, 372)],
        [(14, 352), (6, 346), (0, 345)],
        [(-16, 300), (-9, 306), (-2, 307)],
    ]
    panel(drawing, white, [edge], shades, folds)
    drawing.fill(ribbon(both([(0, 220.5), (9, 216), (15, 206)]), [2.4, 2.4]), dark.base)
    # A wave on the chest.
    for y, width in ((276, 2.6), (283, 1.8)):
        wave: list[Point] = [(-10, y), (-6, y - 3.4), (-2, y), (2, y + 2.6), (6, y - 1.0), (10, y - 2.0)]
        drawing.fill(pen(wave, width, 0.2, 0.2), dark.base, 0.9)


def _front(drawing: Drawing, main: Fabric, dark: Fabric, flip: bool) -> None:
    right: list[list[Point]] = [
        [(58, 224), (47, 260), (46, 310), (48, 360), (44, 414), (62, 410), (60, 300)],
        [(12, 250), (20, 252), (40, 246), (58, 238), (58, 226), (10, 226)],
    ]
    left: list[list[Point]] = [
        [(56, 240), (50, 280), (50, 330), (53, 404), (60, 404), (62, 280)],
        [(12, 250), (20, 252), (40, 246), (58, 238), (58, 226), (10, 226)],
        [(14, 260), (20, 300), (21, 350), (22, 414), (27, 414), (27, 340), (24, 290)],
    ]
    folds: list[list[Point]] = [
        [(55, 392), (50, 380), (40, 374)],
        [(52, 280), (46, 290), (36, 292)],
        [(54, 330), (47, 338), (38, 340)],
    ]
    panel(
        drawing,
        main,
        _turned(_FRONT, flip),
        [[_line(one, flip)] for one in (left if flip else right)],
        [_line(f, flip) for f in folds],
    )
    zipper: list[Point] = [(14, 248), (19.5, 300), (20.8, 350), (22, 414)]
    drawing.fill(ribbon(_line(zipper, flip), [1.8, 1.8]), darker(dark.base, 0.1))
    pocket: list[Point] = [(31, 388), (38, 366), (45, 352)]
    drawing.fill(ribbon(_line(pocket, flip), [1.2, 2.6, 1.2]), main.line, 0.9)
    drawing.fill(
        ribbon(_line([(33.4, 389), (40.4, 367), (47, 353.5)], flip), [0.8, 0.8]), lighter(main.base, 0.5), 0.9
    )
    panel(drawing, dark, _turned(_BAND, flip), [[_line([(46, 400), (47, 434), (62, 430), (60, 398)], flip)]])
    for x in (27, 32.5, 38, 43.5, 49):
        drawing.fill(
            pen(_line([(x, 413.5 - (x - 27) * 0.18), (x + 0.4, 430 - (x - 27) * 0.14)], flip), 0.8),
            dark.line,
            0.7,
        )


def _hood(drawing: Drawing, main: Fabric, white: Fabric, flip: bool) -> None:
    shade: list[Point] = [
        (14, 250),
        (11, 232),
        (16, 214),
        (17, 200),
        (24, 206),
        (24, 226),
        (30, 236),
        (60, 226),
        (60, 240),
        (28, 250),
    ]
    panel(
        drawing,
        main,
        _turned(_HOOD, flip),
        [[_line(shade, flip)]],
        [_line([(19, 246), (34, 234), (48, 229)], flip), _line([(24, 199), (36, 208), (44, 218)], flip)],
    )
    cord: list[Point] = [(15, 243), (17.5, 262), (16, 284), (17.5, 300)]
    drawing.fill(ribbon(_line(cord, flip), [3.0, 3.0]), white.line)
    drawing.fill(ribbon(_line(cord, flip), [1.8, 1.8]), white.base)
    drawing.fill(ribbon(_line([(17.3, 297), (18, 307)], flip), [3.6, 3.6]), white.line)
    drawing.oval(-15 if flip else 15, 243.5, 2.6, 2.6, white.line)
    drawing.oval(-15 if flip else 15, 243.3, 1.5, 1.5, lighter(main.base, 0.6))
