// One tile of pixels through a whole stack, while its features stay in the nearest caches.
//
// Compiled once for each instruction set, whose name KERNEL_NAME is. Everything else is in an unnamed
// namespace, and nothing from the C++ library is used: a function that two objects share would be linked
// from either of them, and so might reach a machine without its instructions.
//
// Features lie in panels: PANEL pixels of channel 0, the same of channel 1, and so on. A panel is as wide
// as the sums of the product that fit in registers beside ROWS outputs.
#include "kernel.h"

// Clang had another name for it at first.
#if defined(__AMX_BF16__) || defined(__AMXBF16__)
#define AMX
#endif
#if defined(AMX) || defined(WORDS)
#include <immintrin.h>
#endif

namespace {

using bunraku::Map;
using bunraku::Run;
using bunraku::Stack;
using bunraku::TILE;

#if defined(__AVX512F__)
constexpr int LANES = 16, VECTORS = 4;
#elif defined(__AVX2__)
constexpr int LANES = 8, VECTORS = 2;
#elif defined(__aarch64__)
constexpr int LANES = 4, VECTORS = 4;
#else
constexpr int LANES = 4, VECTORS = 2;
#endif
constexpr int PANEL = LANES * VECTORS;
constexpr int MARGIN = 2 * LANES;  // floats past the end of a tile's row that may be written
constexpr int GROUP = 8;    // channels taken together, so that what is stored has settled when it is read

typedef float Vector __attribute__((vector_size(LANES * 4)));
typedef float Loose __attribute__((vector_size(LANES * 4), aligned(4), may_alias));
typedef int32_t Bits __attribute__((vector_size(LANES * 4)));

// Two vectors' values by turns: the first of both, up to the middle, and those from there on.
#if defined(__clang__)
#define BY_TURNS(one, other, ...) __builtin_shufflevector(one, other, __VA_ARGS__)
#else
#define BY_TURNS(one, other, ...) __builtin_shuffle(one, other, Bits{__VA_ARGS__})
#endif
#if defined(__AVX512F__)
#define EARLIER 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23
#define LATER 8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31
#elif defined(__AVX2__)
#define EARLIER 0, 8, 1, 9, 2, 10, 3, 11
#define LATER 4, 12, 5, 13, 6, 14, 7, 15
#else
#define EARLIER 0, 4, 1, 5
#define LATER 2, 6, 3, 7
#endif

inline Vector load(const float *from) { return *reinterpret_cast<const Loose *>(from); }

inline void store(float *to, Vector value) { *reinterpret_cast<Loose *>(to) = value; }

// sin(pi z), to 2e-7, where |z| is below 2^22. The nearest integer n is found by adding a number so large that the
// sum has no fraction; z - n is exact; an odd n changes the sign. The polynomial is the odd one of degree 9 that is
// nearest to sin(pi f) for |f| <= 1/2.
inline Vector sine(Vector z) {
    constexpr float ROUND = 12582912.0f;  // 1.5 * 2^23
    const Vector rounded = z + ROUND;
    const Vector f = z - (rounded - ROUND);
    const Vector square = f * f;
    Vector sum = 0.0772201303946f * square - 0.598045174903f;
    sum = sum * square + 2.55003137742f;
    sum = sum * square - 5.16770687893f;
    sum = sum * square + 3.14159258004f;
    return reinterpret_cast<Vector>(reinterpret_cast<Bits>(sum * f) ^ (reinterpret_cast<Bits>(rounded) << 31));
}

#if defined(AMX)
#include "tiles.h"
#elif defined(WORDS)
#include "words.h"
#else
#include "product.h"
#endif

inline int32_t within(int32_t value, int32_t low, int32_t end) {
    return value < low ? low : value >= end ? end - 1 : value;
}

// Where a run reads the map below: two rows, and the columns of `pairs` and of one pixel on either side. Of those
// pairs + 2 columns the map holds [begin, end), and the rows are given from `begin` on, where `wide` of its columns are.
struct Source {
    const float *near, *far;
    int32_t begin, end, pairs, wide;
};

Source source(const Map &below, const Run &run) {
    const int32_t half = run.y / 2, other = run.y % 2 ? half + 1 : half - 1;
    const int32_t first = run.x / 2 - 1, pairs = (run.x + run.count - 1) / 2 - run.x / 2 + 1;
    const int32_t last = first + pairs + 1;
    const int32_t begin = first < below.left ? below.left : first;
    const int32_t end = last >= below.right ? below.right : last + 1;
    const auto row = [&](int32_t y) {
        return below.values + (within(y, below.top, below.bottom) - below.top) * below.row + (begin - below.left);
    };
    return {row(half), row(other), begin - first, end - first, pairs, below.right - begin};
}

// A quarter of the way to `far`. A quarter of a float is exact, so this rounds alike wherever the compiler
// fuses the product with the sum and wherever it does not.
inline float quarter(float near, float far) { return near + 0.25f * (far - near); }

// One channel of a run, drawn twice as fine: first between the rows. Past the edge of the map its last value is
// repeated; the map holds all that is needed within.
void between_rows(const Source &from, int64_t offset, float *__restrict row) {
    const float *__restrict near = from.near + offset, *__restrict far = from.far + offset;
    const int32_t count = from.end - from.begin;
    row += from.begin;
    const auto some = [&](int32_t i) {
        const Vector one = load(near + i);
        store(row + i, one + 0.25f * (load(far + i) - one));
    };
    int32_t i = 0;
    for (; i < count && i + LANES <= from.wide; i += LANES) some(i);  // and what follows, where the map goes on
    if (i < count && count >= LANES) some(count - LANES);  // the rest, and some again
    else for (; i < count; ++i) row[i] = quarter(near[i], far[i]);
    if (from.begin == 1) row[-1] = row[0];
    if (from.end == from.pairs + 1) row[count] = row[count - 1];
}

// Then between the columns. MARGIN floats past the run may be written.
void between_columns(const float *__restrict row, int32_t pairs, bool odd, float *__restrict out) {
    if (odd) {
        *out++ = quarter(row[1], row[2]);
        ++row;
        --pairs;
    }
    for (int32_t i = 0; i < pairs; i += LANES) {
        const Vector here = load(row + i + 1);
        const Vector left = here + 0.25f * (load(row + i) - here), right = here + 0.25f * (load(row + i + 2) - here);
        store(out + 2 * i, BY_TURNS(left, right, EARLIER));
        store(out + 2 * i + LANES, BY_TURNS(left, right, LATER));
    }
}

typedef float Row[TILE + MARGIN];

// What the stack below drew, of the channels [channel, channel + count), for one run, from `place` in the tile on.
void gather(const Map &below, int32_t channel, int32_t count, const Run &run, int32_t place, Row *features) {
    const Source from = source(below, run);
    Row rows[GROUP];
    for (int32_t c = 0; c < count; ++c) between_rows(from, (channel + c) * below.channel, rows[c]);
    for (int32_t c = 0; c < count; ++c) between_columns(rows[c], from.pairs, run.x % 2, features[c] + place);
}

// The first term, and its sine: position, pose, and what the stack below drew.
void begin(const Stack &stack, const Map *below, const Map &out, const Run *runs, int32_t count, float *to) {
    float x[TILE] = {}, y[TILE] = {};
    Row features[GROUP] = {};
    for (int32_t r = 0, place = 0; r < count; ++r)
        for (int32_t i = 0; i < runs[r].count; ++i, ++place) {
            x[place] = static_cast<float>(2 * (runs[r].x + i) + 1) / out.size - 1;
            y[place] = static_cast<float>(2 * runs[r].y + 1) / out.size - 1;
        }
    const int32_t channels = stack.widths[0];
    for (int32_t start = 0; start < channels; start += GROUP) {
        const int32_t size = channels - start < GROUP ? channels - start : GROUP;
        for (int32_t r = 0, place = 0; below && r < count; place += runs[r++].count)
            gather(*below, start, size, runs[r], place, features);
        const auto value = [&](int32_t c, int i) {
            const float *const first = stack.first + 3 * (start + c);
            return sine(load(features[c] + i) + first[2] + first[0] * load(x + i) + first[1] * load(y + i));
        };
        for (int32_t c = 0; c < size; c += 2)
            for (int i = 0; i < TILE; i += LANES)
                put(to, channels, start + c, i, value(c, i), c + 1 < size ? value(c + 1, i) : Vector{});
    }
    fill(to, channels);
}

// From panels to the map.
void finish(const float *from, int channels, const Map &out, const Run *runs, int32_t count) {
    float row[TILE];
    for (int c = 0; c < channels; ++c) {
        for (int i = 0; i < TILE; i += LANES)
            store(row + i, load(from + (i / PANEL * channels + c) * PANEL + i % PANEL));
        const float *value = row;
        for (int32_t r = 0; r < count; ++r) {
            float *to = out.values + (runs[r].y - out.top) * out.row + c * out.channel + (runs[r].x - out.left);
            for (int32_t i = 0; i < runs[r].count; ++i) to[i] = *value++;
        }
    }
}

int32_t widest(const Stack &stack) {
    int32_t most = 0;
    for (int32_t number = 0; number < stack.layers; ++number)
        most = stack.widths[number] > most ? stack.widths[number] : most;
    return most;
}

int64_t scratch(const Stack &stack) { return 2 * held(widest(stack)); }

void draw(
    const Stack &stack, const Map *below, const Map &out, const Run *runs, int32_t count, float *memory) {
    float *x = memory, *y = memory + held(widest(stack));
    const Ready ready;
    begin(stack, below, out, runs, count, x);
    const float *packed = stack.products;
    for (int32_t number = 1; number < stack.layers; ++number) {
        const int32_t inputs = stack.widths[number - 1], outputs = stack.widths[number];
        (number + 1 < stack.layers ? layer<true> : layer<false>)(packed, inputs, outputs, x, y);
        packed += room(inputs, outputs);
        float *const done = x;
        x = y;
        y = done;
    }
    finish(x, stack.widths[stack.layers - 1], out, runs, count);
}

void sines(const float *half_turns, float *out, int64_t count) {
    for (int64_t i = 0; i < count; i += LANES) {
        Vector some = {};
        const int64_t rest = count - i < LANES ? count - i : LANES;
        for (int64_t lane = 0; lane < rest; ++lane) some[lane] = half_turns[i + lane];
        some = sine(some);
        for (int64_t lane = 0; lane < rest; ++lane) out[i + lane] = some[lane];
    }
}

}  // namespace

#define JOINED(a, b) a##b
#define SYMBOL(name) JOINED(kernel_, name)
#define QUOTED(name) #name
#define TEXT(name) QUOTED(name)

namespace bunraku {

extern const Kernel SYMBOL(KERNEL_NAME);
const Kernel SYMBOL(KERNEL_NAME) = {TEXT(KERNEL_NAME), FINE, scratch, room, pack, draw, sines};

}  // namespace bunraku
