"""The kernels: a stack taken through all its layers on the chip, and the frame made of what stacks say.

A program holds a run of pixels of one frame, which it finds in the frame's list (`models/fused/tiles.py`).
Products are of float16 with float32 sums; sums, sines and what leaves a kernel are float32. Maps are (frame,
pixel, channel), channels padded with zeros to the widths of `models/fused/packing.py`. `slots` says, for
each frame, which of the stacked characters it shows, `plans` which of the lists it has.
"""

# mypy: disable-error-code="import-untyped, no-untyped-def, untyped-decorator"

import triton
import triton.language as tl

# Triton compiles a kernel anew for integers of another kind (one, multiples of 16) unless it is told not to;
# every crop would cost seconds.
GEOMETRY = [
    "runs",
    *("size", "left", "top", "width", "count"),
    *("below_left", "below_top", "below_width", "below_count"),
    *("face_left", "face_top", "face_size"),
]


@triton.jit
def sine(x):
    """sin(x) within 1e-6 for |x| up to thousands of radians.

    Whole turns are taken off in two steps, of which the first is exact; a minimax polynomial of degree 11
    serves what is left, [-pi, pi], within 1e-7. It costs less than a library's sine, which must serve all.
    """
    turns = tl.floor(x * 0.15915494309189535 + 0.5)
    x = (x - turns * 6.28125) - turns * 0.0019353071795864769
    square = x * x
    series = square * -2.03662278e-08 + 2.6998227e-06
    series = series * square - 0.000198087399
    series = series * square + 0.00833240759
    series = series * square - 0.166665534
    return x * (series * square + 0.999999604)


@triton.jit
def on_ground(first, x, y, columns, wide: tl.constexpr):
    """The part of a first layer that sees position and pose: `first` is (3, wide), for x, y and 1."""
    across = tl.load(first + columns)[None, :] * x[:, None]
    down = tl.load(first + wide + columns)[None, :] * y[:, None]
    return across + down + tl.load(first + 2 * wide + columns)[None, :]


@triton.jit
def nearest_two(fine, size):
    """The two pixels of the map half as fine around a pixel of a map `size` wide, and the second's share."""
    low = (fine + 1) // 2 - 1
    return tl.maximum(low, 0), tl.minimum(low + 1, size // 2 - 1), tl.where(fine % 2 == 0, 0.75, 0.25)


@triton.jit
def enlarged(below, columns, row, column, size, left, top, width, wide: tl.constexpr):
    """Bilinear upsample of a map that holds the columns from `left` and rows from `top` of a level below."""
    west, east, right = nearest_two(column, size)
    north, south, down = nearest_two(row, size)
    upper, lower = (north - top) * width - left, (south - top) * width - left
    across, along = right[:, None], down[:, None]
    reads = below + columns[None, :]
    above = tl.load(reads + (upper + west)[:, None] * wide) * (1 - across)
    above += tl.load(reads + (upper + east)[:, None] * wide) * across
    under = tl.load(reads + (lower + west)[:, None] * wide) * (1 - across)
    under += tl.load(reads + (lower + east)[:, None] * wide) * across
    return above * (1 - along) + under * along


@triton.jit
def opening(first, below, x, y, columns, place, wide: tl.constexpr, is_above: tl.constexpr):
    """Some features after the first layer, of position, pose and, for a level above another, that one."""
    features = on_ground(first, x, y, columns, wide)
    if is_above:
        row, column, size, left, top, width = place
        features += enlarged(below, columns, row, column, size, left, top, width, wide)
    return sine(features).to(tl.float16)


@triton.jit
def product(a, b, c, weight, bias, columns, part: tl.constexpr, wide: tl.constexpr):
    """Some columns of a layer, for features in three parts: `weight` is (3 * part, wide)."""
    at = weight + tl.arange(0, part)[:, None] * wide + columns[None, :]
    x = tl.dot(a, tl.load(at))
    x = tl.dot(b, tl.load(at + part * wide), x)
    x = tl.dot(c, tl.load(at + 2 * part * wide), x)
    return x + tl.load(bias + columns)[None, :]


@triton.jit
def hidden(a, b, c, weight, bias, part: tl.constexpr, part_out: tl.constexpr):
    """A sine layer from three parts to three of another width."""
    columns = tl.arange(0, part_out)
    d = sine(product(a, b, c, weight, bias, columns, part, 3 * part_out)).to(tl.float16)
    e = sine(product(a, b, c, weight, bias, columns + part_out, part, 3 * part_out)).to(tl.float16)
    f = sine(product(a, b, c, weight, bias, columns + 2 * part_out, part, 3 * part_out)).to(tl.float16)
    return d, e, f


@triton.jit(do_not_specialize=GEOMETRY)
def draw_level(
    first,
    below,
    weight,
    bias,
    slots,
    lists,
    plans,
    out,
    runs,
    size,
    left,
    top,
    width,
    count,
    below_left,
    below_top,
    below_width,
    below_count,
    weights_each,
    biases_each,
    is_above: tl.constexpr,
    part: tl.constexpr,
    part_middle: tl.constexpr,
    part_end: tl.constexpr,
    end_parts: tl.constexpr,
    block: tl.constexpr,
):
    """A level of the body morpher over a region: `out` is (frames, count, part_end * end_parts)."""
    frame = tl.program_id(1).to(tl.int64)
    run = tl.load(lists + tl.load(plans + frame) * runs + tl.program_id(0))
    if run < 0:
        return
    slot = tl.load(slots + frame)
    weight += slot * weights_each
    bias += slot * biases_each
    first += frame * (9 * part)
    pixel = run * block + tl.arange(0, block)
    inside = tl.minimum(pixel, count - 1)
    column, row = left + inside % width, top + inside // width
    x, y = (2 * column + 1) / size - 1, (2 * row + 1) / size - 1
    columns = tl.arange(0, part)
    below += frame * below_count * (3 * part)
    place = (row, column, size, below_left, below_top, below_width)
    a = opening(first, below, x, y, columns, place, 3 * part, is_above)
    b = opening(first, below, x, y, columns + part, place, 3 * part, is_above)
    c = opening(first, below, x, y, columns + 2 * part, place, 3 * part, is_above)
    a, b, c = hidden(a, b, c, weight, bias, part, part)
    weight += 9 * part * part
    bias += 3 * part
    d, e, f = hidden(a, b, c, weight, bias, part, part_middle)
    weight += 9 * part * part_middle
    bias += 3 * part_middle
    out += (frame * count + pixel[:, None]) * (part_end * end_parts)
    for number in tl.static_range(end_parts):
        ends = number * part_end + tl.arange(0, part_end)
        drawn = product(d, e, f, weight, bias, ends, part_middle, part_end * end_parts)
        tl.store(out + ends[None, :], drawn, mask=(pixel < count)[:, None])


@triton.jit(do_not_specialize=GEOMETRY)
def draw_face(
    first,
    weight,
    bias,
    slots,
    places,
    out,
    size,
    weights_each,
    biases_each,
    layers: tl.constexpr,
    wide: tl.constexpr,
    part_end: tl.constexpr,
    block: tl.constexpr,
):
    """The face morpher over its square, `size` pixels wide: `out` is (places, size * size, 4)."""
    frame = tl.program_id(1).to(tl.int64)
    slot = tl.load(slots + frame)
    weight += slot * weights_each
    bias += slot * biases_each
    pixel = tl.program_id(0) * block + tl.arange(0, block)
    x, y = (2 * (pixel % size) + 1) / size - 1, (2 * (pixel // size) + 1) / size - 1
    columns = tl.arange(0, wide)
    features = sine(on_ground(first + frame * (3 * wide), x, y, columns, wide)).to(tl.float16)
    at = weight + columns[:, None] * wide + columns[None, :]
    for _ in range(layers):
        features = sine(tl.dot(features, tl.load(at)) + tl.load(bias + columns)[None, :]).to(tl.float16)
        at += wide * wide
        bias += wide
    ends = tl.arange(0, part_end)
    last = weight + layers * wide * wide + columns[:, None] * part_end + ends[None, :]
    drawn = tl.dot(features, tl.load(last)) + tl.load(bias + ends)[None, :]
    out += (tl.load(places + frame) * size * size + pixel[:, None]) * 4
    tl.store(out + ends[None, :], drawn, mask=(pixel < size * size)[:, None] & (ends < 4)[None, :])


@triton.jit
def texels(picture, face, row, column, size, face_left, face_top, face_size):
    """Pixels of a picture with the face in its place, (block, 4), in network space."""
    channels = tl.arange(0, 4)[None, :]
    down, across = row - face_top, column - face_left
    pasted = ((down >= 0) & (down < face_size) & (across >= 0) & (across < face_size))[:, None]
    of_face = tl.load(face + (down * face_size + across)[:, None] * 4 + channels, mask=pasted, other=0.0)
    at = picture + (row * size + column)[:, None] * 4 + channels
    of_picture = tl.load(at, mask=pasted == 0, other=0.0).to(tl.float32) * 2 - 1
    return tl.where(pasted, of_face, of_picture)


@triton.jit(do_not_specialize=GEOMETRY)
def blend(
    body,
    faces,
    places,
    picture,
    slots,
    lists,
    plans,
    out,
    runs,
    size,
    left,
    top,
    width,
    count,
    face_left,
    face_top,
    face_size,
    body_channels: tl.constexpr,
    block: tl.constexpr,
):
    """Paste the face, warp (bilinear, border) and blend: `out` is (frames, 4, count).

    `picture` is (characters, size, size, 4), half of network space and a half; `faces` (places, ..., 4).
    """
    frame = tl.program_id(1).to(tl.int64)
    run = tl.load(lists + tl.load(plans + frame) * runs + tl.program_id(0))
    if run < 0:
        return
    pixel = run * block + tl.arange(0, block)
    wanted = pixel < count
    column, row = left + pixel % width, top + pixel // width
    said = body + (frame * count + pixel) * body_channels
    # From normalised device coordinates to pixels, as align_corners=False has it.
    x = tl.load(said, mask=wanted, other=0.0) * (size / 2) + column
    y = tl.load(said + 1, mask=wanted, other=0.0) * (size / 2) + row
    alpha = tl.load(said + 2, mask=wanted, other=0.0)[:, None]
    x = tl.minimum(tl.maximum(x, 0.0), size - 1.0)
    y = tl.minimum(tl.maximum(y, 0.0), size - 1.0)
    west, north = x.to(tl.int32), y.to(tl.int32)
    east, south = tl.minimum(west + 1, size - 1), tl.minimum(north + 1, size - 1)
    across, down = (x - west)[:, None], (y - north)[:, None]
    face = faces + tl.load(places + frame) * face_size * face_size * 4
    picture += tl.load(slots + frame) * 4 * size * size
    a = texels(picture, face, north, west, size, face_left, face_top, face_size)
    b = texels(picture, face, north, east, size, face_left, face_top, face_size)
    c = texels(picture, face, south, west, size, face_left, face_top, face_size)
    d = texels(picture, face, south, east, size, face_left, face_top, face_size)
    upper, lower = a + (b - a) * across, c + (d - c) * across
    warped = upper + (lower - upper) * down
    channels = tl.arange(0, 4)[None, :]
    color = tl.load(said[:, None] + 3 + channels, mask=wanted[:, None], other=0.0)
    at = out + (frame * 4 + channels) * count + pixel[:, None]
    tl.store(at, warped + alpha * (color - warped), mask=wanted[:, None])
