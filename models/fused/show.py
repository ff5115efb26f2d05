"""The last kernel: frames as bytes, sRGB with straight alpha or the planes that video coders take.

A program holds a run of cells of two by two pixels, of which each has one chroma. Values are those of
`models/pictures.py` and `models/planes.py`.
"""

# mypy: disable-error-code="import-untyped, no-untyped-def, untyped-decorator"

import triton
import triton.language as tl

from models.fused.kernels import rows_of

# Sizes would be compiled for, one after another, as in `kernels.py`.
GEOMETRY = ["width", "height"]


@triton.jit
def nearest(x):
    """The nearest whole number, the even one of two, of a number that is not negative."""
    return (x + 8388608.0) - 8388608.0


@triton.jit
def light_of(at, inside):
    """A channel in network space as light in [0, 1]; what is no number is dark."""
    x = tl.load(at, mask=inside, other=-1.0)
    x = tl.where(x == x, x, -1.0)
    return tl.minimum(tl.maximum((x + 1.0) * 0.5, 0.0), 1.0)


@triton.jit
def coloured(at, count, inside, alpha, back, floor, thresholds, bins: tl.constexpr, over: tl.constexpr):
    """A channel of colour as 8-bit sRGB, a whole number, straight or `over` the light `back`."""
    light = light_of(at, inside)
    if over:
        light = tl.minimum(light + back * (1.0 - alpha), 1.0)
    else:
        light = tl.minimum(tl.math.div_rn(light, tl.maximum(alpha, 1e-6)), 1.0)
        light = tl.where(alpha >= 0.5 / 255, light, 0.0)
    found = tl.load(floor + (light * bins).to(tl.int32)).to(tl.int32)
    return found + (light >= tl.load(thresholds + found)).to(tl.int32)


@triton.jit
def as_byte(x):
    """A number of which the nearest in [0, 255] is kept."""
    return nearest(tl.minimum(tl.maximum(x, 0.0), 255.0)).to(tl.uint8)


@triton.jit(do_not_specialize=GEOMETRY)
def show(
    frames,
    floor,
    thresholds,
    out,
    width,
    height,
    back_red,
    back_green,
    back_blue,
    red_share: tl.constexpr,
    green_share: tl.constexpr,
    blue_share: tl.constexpr,
    neutral: tl.constexpr,
    bins: tl.constexpr,
    over: tl.constexpr,
    planes: tl.constexpr,
    stacked: tl.constexpr,
    block: tl.constexpr,
):
    """Frames (frames, 4, height, width) as uint8: (frames, height, width, 4), or I420 where `planes`."""
    frame = tl.program_id(1).to(tl.int64)
    wide, count = width // 2, width * height
    cell = tl.program_id(0) * block + tl.arange(0, block)
    down = rows_of(cell, wide)
    across = cell - down * wide
    some = cell < count // 4
    number = tl.arange(0, 4)[None, :]
    pixel = (2 * down * width + 2 * across)[:, None] + (number >> 1) * width + (number & 1)
    inside = some[:, None] & (number >= 0)
    at = frames + frame * 4 * count + pixel
    alpha = light_of(at + 3 * count, inside)
    red = coloured(at, count, inside, alpha, back_red, floor, thresholds, bins, over)
    green = coloured(at + count, count, inside, alpha, back_green, floor, thresholds, bins, over)
    blue = coloured(at + 2 * count, count, inside, alpha, back_blue, floor, thresholds, bins, over)
    opacity = tl.full(alpha.shape, 255.0, tl.float32) if over else nearest(alpha * 255.0)
    if planes:
        tall = 2 * height if stacked else height
        r, g, b = red.to(tl.float32), green.to(tl.float32), blue.to(tl.float32)
        if stacked:
            covered = opacity * (1.0 / 255)
            r, g, b = r * covered, g * covered, b * covered
        base = out + frame * (tall * width // 2 * 3)
        luma = r * red_share + g * green_share + b * blue_share
        tl.store(base + pixel, as_byte(luma), mask=inside)
        if stacked:
            tl.store(base + count + pixel, as_byte(opacity), mask=inside)
        r, g, b = tl.sum(r, axis=1) * 0.25, tl.sum(g, axis=1) * 0.25, tl.sum(b, axis=1) * 0.25
        luma = r * red_share + g * green_share + b * blue_share
        chroma = base + tall * width + cell
        each = tall * width // 4
        tl.store(chroma, as_byte((b - luma) * (0.5 / (1 - blue_share)) + neutral), mask=some)
        tl.store(chroma + each, as_byte((r - luma) * (0.5 / (1 - red_share)) + neutral), mask=some)
        if stacked:
            grey = tl.full((block,), neutral, tl.uint8)
            tl.store(chroma + each // 2, grey, mask=some)
            tl.store(chroma + each + each // 2, grey, mask=some)
    else:
        at = out + (frame * count + pixel) * 4
        tl.store(at, red.to(tl.uint8), mask=inside)
        tl.store(at + 1, green.to(tl.uint8), mask=inside)
        tl.store(at + 2, blue.to(tl.uint8), mask=inside)
        tl.store(at + 3, as_byte(opacity), mask=inside)
