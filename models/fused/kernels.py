"""The kernels: a stack taken through its layers on the chip, and the frame made of what stacks say.

A program holds a run of quads of one frame, which it finds in the frame's list (`models/fused/tiles.py`). A
quad is two by two pixels that lie between the same four pixels of the level below, which so are read once.
Products are of float16 with float32 sums; sums and sines are float32. Maps are (frame, pixel, channel), of a
region's pixels row after row; channels are padded to the widths of `models/fused/packing.py`. `slots` says,
for each frame, which of the stacked characters it shows, `plans` which of the lists it has.
"""

# mypy: disable-error-code="import-untyped, no-untyped-def, untyped-decorator"

import triton
import triton.language as tl
from triton.language.extra import libdevice

# Triton compiles a kernel anew for integers of another kind (one, multiples of 16) unless it is told not to;
# every crop would cost seconds.
GEOMETRY = [
    "runs",
    *("size", "left", "top", "width", "height"),
    *("quads_left", "quads_top", "quads_wide", "quads_all"),
    *("below_left", "below_top", "below_width", "below_count"),
    *("face_left", "face_top", "face_size"),
]


@triton.jit
def sine(x, quick: tl.constexpr):
    """sin(x): by the device's own instruction where it is `quick`, else within 1e-6 for thousands of radians.

    NVIDIA's instruction is within 2**-14 up to a hundred half turns (PTX ISA, sin.approx), which is finer
    than the float16 that sines become. Otherwise whole turns are taken off in two steps, of which the first
    is exact, and a minimax polynomial of degree 11 serves what is left, [-pi, pi], within 1e-7.
    """
    if quick:
        return libdevice.fast_sinf(x)
    turns = tl.floor(x * 0.15915494309189535 + 0.5)
    x = (x - turns * 6.28125) - turns * 0.0019353071795864769
    square = x * x
    series = square * -2.03662278e-08 + 2.6998227e-06
    series = series * square - 0.000198087399
    series = series * square + 0.00833240759
    series = series * square - 0.166665534
    return x * (series * square + 0.999999604)


@triton.jit
def wave(x, quick: tl.constexpr):
    """The sine as the next product takes it."""
    return sine(x, quick).to(tl.float16)


@triton.jit
def draw_first(
    terms,
    slots,
    pose,
    out,
    channels: tl.constexpr,
    inputs: tl.constexpr,
    block: tl.constexpr,
):
    """What x, y and 1 are multiplied by in first layers: `out` is (frames, 3, channels).

    `terms` is (characters, channels, inputs), the inputs being those of the pose, then x, y and 1.
    """
    frame = tl.program_id(1).to(tl.int64)
    channel = tl.program_id(0) * block + tl.arange(0, block)
    number = tl.arange(0, triton.next_power_of_2(inputs))
    some = channel < channels
    of_pose = number < inputs - 3
    row = terms + (tl.load(slots + frame) * channels + channel) * inputs
    matrix = tl.load(row[:, None] + number[None, :], mask=some[:, None] & of_pose[None, :], other=0.0)
    said = tl.load(pose + frame * (inputs - 3) + number, mask=of_pose, other=0.0)
    offset = tl.sum(matrix * said[None, :], axis=1) + tl.load(row + (inputs - 1), mask=some, other=0.0)
    at = out + frame * (3 * channels) + channel
    tl.store(at, tl.load(row + (inputs - 3), mask=some, other=0.0), mask=some)
    tl.store(at + channels, tl.load(row + (inputs - 2), mask=some, other=0.0), mask=some)
    tl.store(at + 2 * channels, offset, mask=some)


@triton.jit
def on_ground(first, x, y, columns, stride: tl.constexpr):
    """The part of a first layer that sees position and pose: `first` is (3, stride), for x, y and 1."""
    across = tl.load(first + columns)[None, :] * x[:, None]
    down = tl.load(first + stride + columns)[None, :] * y[:, None]
    return tl.load(first + 2 * stride + columns)[None, :] + across + down


@triton.jit
def rows_of(number, wide):
    """number // wide, for some ten thousands in a few hundred rows: a product, where a division of integers
    costs as much as several sines.
    """
    return ((number + 0.5) * (1.0 / wide)).to(tl.int32)


@triton.jit
def quad_pixels(run, size, left, top, width, height, grid, quads: tl.constexpr):
    """The pixels of a run of quads, four after one another: rows and columns of the map, their places in
    the region, and which of them lie in it.
    """
    grid_left, grid_top, grid_wide, grid_all = grid
    number = tl.arange(0, 4 * quads)
    quad = run * quads + (number >> 2)
    down = rows_of(quad, grid_wide)
    row = 2 * (grid_top + down) + 1 + ((number >> 1) & 1)
    column = 2 * (grid_left + quad - down * grid_wide) + 1 + (number & 1)
    inside = (quad < grid_all) & (row >= top) & (row < top + height)
    inside &= (column >= left) & (column < left + width)
    return row, column, (row - top) * width + column - left, inside


@triton.jit
def between(below, columns, at, wide: tl.constexpr):
    """The pixels of the map below at one corner of quads."""
    return tl.load(below + at[:, None] * wide + columns[None, :])


@triton.jit
def opening(
    first,
    below,
    columns,
    place,
    corners,
    wide: tl.constexpr,
    stride: tl.constexpr,
    quads: tl.constexpr,
    quick: tl.constexpr,
):
    """Some features after the first layer of a level above another: position, pose, and the bilinear upsample
    of that one. A pixel of a quad takes three quarters of the nearer pixel there, in either direction.
    """
    left, right, upper, lower = place
    north_west, north_east, south_west, south_east = corners
    a = between(below, columns, north_west, wide)
    b = between(below, columns, north_east, wide)
    c = between(below, columns, south_west, wide)
    d = between(below, columns, south_east, wide)
    north, south = a * 0.75 + c * 0.25, a * 0.25 + c * 0.75
    north_too, south_too = b * 0.75 + d * 0.25, b * 0.25 + d * 0.75
    e = wave(on_ground(first, left, upper, columns, stride) + north * 0.75 + north_too * 0.25, quick)
    f = wave(on_ground(first, right, upper, columns, stride) + north * 0.25 + north_too * 0.75, quick)
    g = wave(on_ground(first, left, lower, columns, stride) + south * 0.75 + south_too * 0.25, quick)
    h = wave(on_ground(first, right, lower, columns, stride) + south * 0.25 + south_too * 0.75, quick)
    quartets = tl.permute(tl.join(tl.join(e, f), tl.join(g, h)), (0, 3, 2, 1))
    return tl.reshape(quartets, (4 * quads, columns.shape[0]))


@triton.jit
def product(a, b, weight, columns, major: tl.constexpr, minor: tl.constexpr, wide: tl.constexpr):
    """Some columns of a layer, for features in two parts: `weight` is (major + minor, wide)."""
    at = weight + tl.arange(0, major)[:, None] * wide + columns[None, :]
    x = tl.dot(a, tl.load(at))
    at = weight + (major + tl.arange(0, minor))[:, None] * wide + columns[None, :]
    return tl.dot(b, tl.load(at), x)


@triton.jit(do_not_specialize=GEOMETRY)
def draw_ground(
    first,
    weight,
    slots,
    lists,
    plans,
    out,
    runs,
    size,
    left,
    top,
    width,
    height,
    quads_left,
    quads_top,
    quads_wide,
    quads_all,
    weights_each,
    stride: tl.constexpr,
    part: tl.constexpr,
    step: tl.constexpr,
    quads: tl.constexpr,
    quick: tl.constexpr,
):
    """The lowest level after its second sine: `out` is float16 (frames, programs, pixels of a run, channels).

    Its weights are too many for the chip, so they pass by in slices, `step` features at a time.
    """
    frame = tl.program_id(1).to(tl.int64)
    run = tl.load(lists + tl.load(plans + frame) * runs + tl.program_id(0))
    if run < 0:
        return
    wide: tl.constexpr = 3 * part
    first += frame * (3 * stride)
    grid = (quads_left, quads_top, quads_wide, quads_all)
    row, column, _, _ = quad_pixels(run, size, left, top, width, height, grid, quads)
    x, y = (2 * column + 1) / size - 1, (2 * row + 1) / size - 1
    some = tl.arange(0, step)
    major, minor = tl.arange(0, 2 * part), 2 * part + tl.arange(0, part)
    at = weight + tl.load(slots + frame) * weights_each + some[:, None] * wide
    a = tl.zeros((4 * quads, 2 * part), dtype=tl.float32)
    b = tl.zeros((4 * quads, part), dtype=tl.float32)
    for _ in range(wide // step):
        features = wave(on_ground(first, x, y, some, stride), quick)
        a = tl.dot(features, tl.load(at + major[None, :]), a)
        b = tl.dot(features, tl.load(at + minor[None, :]), b)
        first += step
        at += step * wide
    pixel = (frame * tl.num_programs(0) + tl.program_id(0)) * (4 * quads) + tl.arange(0, 4 * quads)
    at = out + pixel[:, None] * wide
    tl.store(at + major[None, :], wave(a, quick))
    tl.store(at + minor[None, :], wave(b, quick))


@triton.jit(do_not_specialize=GEOMETRY)
def rise(
    features,
    weight,
    slots,
    lists,
    plans,
    out,
    runs,
    size,
    left,
    top,
    width,
    height,
    quads_left,
    quads_top,
    quads_wide,
    quads_all,
    weights_each,
    wide: tl.constexpr,
    part: tl.constexpr,
    step: tl.constexpr,
    quads: tl.constexpr,
    quick: tl.constexpr,
):
    """The rest of the lowest level, from what `draw_ground` gives: `out` is (frames, pixels, channels)."""
    frame = tl.program_id(1).to(tl.int64)
    run = tl.load(lists + tl.load(plans + frame) * runs + tl.program_id(0))
    if run < 0:
        return
    middle: tl.constexpr = 3 * part
    some = tl.arange(0, step)
    major, minor = tl.arange(0, 2 * part), 2 * part + tl.arange(0, part)
    weight += tl.load(slots + frame) * weights_each + wide * wide
    pixel = (frame * tl.num_programs(0) + tl.program_id(0)) * (4 * quads) + tl.arange(0, 4 * quads)
    reads = features + pixel[:, None] * wide + some[None, :]
    at = weight + some[:, None] * middle
    a = tl.zeros((4 * quads, 2 * part), dtype=tl.float32)
    b = tl.zeros((4 * quads, part), dtype=tl.float32)
    for _ in range(wide // step):
        x = tl.load(reads)
        a = tl.dot(x, tl.load(at + major[None, :]), a)
        b = tl.dot(x, tl.load(at + minor[None, :]), b)
        reads += step
        at += step * middle
    weight += wide * middle
    c, d = wave(a, quick), wave(b, quick)
    grid = (quads_left, quads_top, quads_wide, quads_all)
    _, _, place, inside = quad_pixels(run, size, left, top, width, height, grid, quads)
    at = out + (frame * width * height + place)[:, None] * middle
    for number in tl.static_range(3):
        ends = number * part + tl.arange(0, part)
        said = product(c, d, weight, ends, 2 * part, part, middle)
        tl.store(at + ends[None, :], said, mask=inside[:, None])


@triton.jit(do_not_specialize=GEOMETRY)
def draw_level(
    first,
    below,
    weight,
    slots,
    lists,
    plans,
    out,
    runs,
    size,
    left,
    top,
    width,
    height,
    quads_left,
    quads_top,
    quads_wide,
    quads_all,
    below_left,
    below_top,
    below_width,
    below_count,
    weights_each,
    stride: tl.constexpr,
    part: tl.constexpr,
    part_middle: tl.constexpr,
    part_end: tl.constexpr,
    end: tl.constexpr,
    kept: tl.constexpr,
    quads: tl.constexpr,
    quick: tl.constexpr,
):
    """A level of the body morpher above another: `out` is (frames, pixels, kept), of its `end` channels."""
    frame = tl.program_id(1).to(tl.int64)
    run = tl.load(lists + tl.load(plans + frame) * runs + tl.program_id(0))
    if run < 0:
        return
    wide: tl.constexpr = 3 * part
    middle: tl.constexpr = 3 * part_middle
    weight += tl.load(slots + frame) * weights_each
    first += frame * (3 * stride)
    below += frame * below_count * wide
    quad = tl.minimum(run * quads + tl.arange(0, quads), quads_all - 1)
    down = rows_of(quad, quads_wide)
    row, column = quads_top + down, quads_left + quad - down * quads_wide
    last = size // 2 - 1
    north = (tl.maximum(row, 0) - below_top) * below_width - below_left
    south = (tl.minimum(row + 1, last) - below_top) * below_width - below_left
    west, east = tl.maximum(column, 0), tl.minimum(column + 1, last)
    x, y = (4 * column + 3) / size - 1, (4 * row + 3) / size - 1
    place = (x, x + 2 / size, y, y + 2 / size)
    corners = (north + west, north + east, south + west, south + east)
    major, minor = tl.arange(0, 2 * part), 2 * part + tl.arange(0, part)
    a = opening(first, below, major, place, corners, wide, stride, quads, quick)
    b = opening(first, below, minor, place, corners, wide, stride, quads, quick)
    c = wave(product(a, b, weight, major, 2 * part, part, wide), quick)
    d = wave(product(a, b, weight, minor, 2 * part, part, wide), quick)
    weight += wide * wide
    major, minor = tl.arange(0, 2 * part_middle), 2 * part_middle + tl.arange(0, part_middle)
    e = wave(product(c, d, weight, major, 2 * part, part, middle), quick)
    f = wave(product(c, d, weight, minor, 2 * part, part, middle), quick)
    weight += wide * middle
    grid = (quads_left, quads_top, quads_wide, quads_all)
    _, _, place, inside = quad_pixels(run, size, left, top, width, height, grid, quads)
    at = out + (frame * width * height + place)[:, None] * kept
    for number in tl.static_range(end // part_end):
        ends = number * part_end + tl.arange(0, part_end)
        said = product(e, f, weight, ends, 2 * part_middle, part_middle, end)
        tl.store(at + ends[None, :], said, mask=inside[:, None] & (ends < kept)[None, :])


@triton.jit(do_not_specialize=GEOMETRY)
def draw_face(
    first,
    frames,
    weight,
    bias,
    slots,
    places,
    out,
    size,
    weights_each,
    biases_each,
    stride: tl.constexpr,
    layers: tl.constexpr,
    wide: tl.constexpr,
    end: tl.constexpr,
    block: tl.constexpr,
    quick: tl.constexpr,
):
    """The face morpher over its square, `size` pixels wide: `out` is (places, size * size, 4).

    `frames` says which frames' faces are drawn, and is negative for none.
    """
    frame = tl.load(frames + tl.program_id(1))
    if frame < 0:
        return
    slot = tl.load(slots + frame)
    weight += slot * weights_each
    bias += slot * biases_each
    pixel = tl.program_id(0) * block + tl.arange(0, block)
    row = rows_of(pixel, size)
    x, y = (2 * (pixel - row * size) + 1) / size - 1, (2 * row + 1) / size - 1
    columns = tl.arange(0, wide)
    features = wave(on_ground(first + frame * (3 * stride), x, y, columns, stride), quick)
    at = weight + columns[:, None] * wide + columns[None, :]
    for _ in range(layers):
        features = wave(tl.dot(features, tl.load(at)) + tl.load(bias + columns)[None, :], quick)
        at += wide * wide
        bias += wide
    ends = tl.arange(0, end)
    last = weight + layers * wide * wide + columns[:, None] * end + ends[None, :]
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
    pictures,
    lists,
    plans,
    out,
    runs,
    size,
    left,
    top,
    width,
    height,
    quads_left,
    quads_top,
    quads_wide,
    quads_all,
    face_left,
    face_top,
    face_size,
    kept: tl.constexpr,
    quads: tl.constexpr,
):
    """Paste the face, warp (bilinear, border) and blend: `out` is (frames, 4, pixels).

    `picture` is (characters, size, size, 4), half of network space and a half, and `pictures` says which of
    them is a frame's; `faces` is (places, ..., 4).
    """
    frame = tl.program_id(1).to(tl.int64)
    run = tl.load(lists + tl.load(plans + frame) * runs + tl.program_id(0))
    if run < 0:
        return
    grid = (quads_left, quads_top, quads_wide, quads_all)
    row, column, pixel, wanted = quad_pixels(run, size, left, top, width, height, grid, quads)
    count = width * height
    said = body + (frame * count + pixel) * kept
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
    picture += tl.load(pictures + frame) * 4 * size * size
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
