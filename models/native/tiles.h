// A layer as a product of AMX's tiles, which hold bfloat16 and add in float32: eight times the vectors' speed.
//
// One bfloat16 is too coarse: every factor is the sum of two, its nearest one and the nearest of what is left,
// 16 bits in all. Of the four products the one of both rests is left out, as it is smaller than what rounding
// costs. Part of kernel.cpp, which has what is used here.
//
// Between layers a tile of pixels is two planes, of nearest values and of rests. A plane is made of AMX's tiles, which
// have a row for two channels, and in it a word for each of 16 pixels, the first channel in its lower half. Channels
// are padded by zeros to a multiple of BLOCK.
constexpr bool FINE = true;
constexpr int SIDE = 16;             // rows of a tile, and words in each
constexpr int BLOCK = 2 * SIDE;      // channels of a tile, in pairs; and outputs and pixels that are summed at once
constexpr int WORDS = SIDE * SIDE;   // floats that a tile takes
constexpr int STEP = 4 * WORDS;      // weights of BLOCK inputs to BLOCK outputs: two tiles nearest, two of rests

static_assert(LANES == SIDE && PANEL == TILE && TILE % BLOCK == 0, "A tile is as wide as a vector.");

typedef uint32_t Words __attribute__((vector_size(LANES * 4)));

inline int32_t blocks(int32_t channels) { return (channels + BLOCK - 1) / BLOCK; }

// Floats that a layer's packed weights take: steps, then biases; and the features of so many channels of a tile.
int64_t room(int32_t inputs, int32_t outputs) {
    return int64_t{blocks(outputs)} * (int64_t{blocks(inputs)} * STEP + BLOCK);
}
int64_t held(int32_t channels) { return int64_t{TILE} * blocks(channels) * BLOCK; }

// The shapes of all eight tiles, and none of them once the work is done: else each switch of threads saves them.
struct Ready {
    Ready() {
        struct alignas(64) Shapes {
            uint8_t palette = 1, start = 0, unused[14] = {};
            uint16_t bytes[16] = {};
            uint8_t rows[16] = {};
        } shapes;
        for (int number = 0; number < 8; ++number) shapes.bytes[number] = 4 * SIDE, shapes.rows[number] = SIDE;
        _tile_loadconfig(&shapes);
    }
    ~Ready() { _tile_release(); }
};

// The nearest bfloat16, as the upper half of a float's bits.
inline uint32_t nearest(float value) {
    uint32_t bits;
    __builtin_memcpy(&bits, &value, sizeof bits);
    return (bits + 0x8000u) & 0xffff0000u;
}

inline float rest(float value, uint32_t near) {
    float taken;
    __builtin_memcpy(&taken, &near, sizeof taken);
    return value - taken;
}

// For each BLOCK of outputs and of inputs, tiles with a row for an output and a word for two inputs: the nearest
// values of its first 16 outputs, those of the others, and the rests of both. Then the biases.
void pack(const float *weight, const float *bias, int32_t inputs, int32_t outputs, float *packed) {
    const int32_t steps = blocks(inputs), count = blocks(outputs);
    uint32_t *words = reinterpret_cast<uint32_t *>(packed);
    const auto at = [&](int32_t output, int32_t input) {
        return output < outputs && input < inputs ? weight[output * inputs + input] : 0.0f;
    };
    for (int32_t block = 0; block < count; ++block)
        for (int32_t step = 0; step < steps; ++step, words += STEP)
            for (int32_t place = 0; place < 2 * WORDS; ++place) {
                const int32_t output = block * BLOCK + place / SIDE, input = step * BLOCK + place % SIDE * 2;
                const float first = at(output, input), second = at(output, input + 1);
                const uint32_t near = nearest(first), other = nearest(second);
                words[place] = near >> 16 | other;
                words[2 * WORDS + place] = nearest(rest(first, near)) >> 16 | nearest(rest(second, other));
            }
    float *const biases = packed + int64_t{count} * steps * STEP;
    for (int32_t output = 0; output < count * BLOCK; ++output) biases[output] = output < outputs ? bias[output] : 0;
}

// One row of both planes, from two channels at a vector of pixels.
inline void split(Vector first, Vector second, float *near, float *rests) {
    constexpr uint32_t HALF = 0x8000u, UPPER = 0xffff0000u;
    const Words a = (reinterpret_cast<Words>(first) + HALF) & UPPER;
    const Words b = (reinterpret_cast<Words>(second) + HALF) & UPPER;
    const Words c = reinterpret_cast<Words>(first - reinterpret_cast<Vector>(a)) + HALF;
    const Words d = reinterpret_cast<Words>(second - reinterpret_cast<Vector>(b)) + HALF;
    store(near, reinterpret_cast<Vector>(a >> 16 | b));
    store(rests, reinterpret_cast<Vector>(c >> 16 | (d & UPPER)));
}

// Where a plane has a pair of channels, from pixel i on.
inline int row_of(int pair, int i) { return (pair / SIDE * (TILE / SIDE) + i / SIDE) * WORDS + pair % SIDE * SIDE; }

// Two channels of a vector of pixels, from pixel i on.
inline void put(float *to, int32_t channels, int32_t channel, int i, Vector first, Vector second) {
    float *const place = to + row_of(channel / 2, i);
    split(first, second, place, place + blocks(channels) * SIDE * TILE);
}

// Zeros in place of the channels that are missing to a multiple of BLOCK.
void fill(float *to, int32_t channels) {
    const int32_t plane = blocks(channels) * SIDE * TILE;
    for (int32_t pair = (channels + 1) / 2; pair < blocks(channels) * SIDE; ++pair)
        for (int32_t i = 0; i < TILE; i += SIDE) {
            float *const place = to + row_of(pair, i);
            store(place, Vector{});
            store(place + plane, Vector{});
        }
}

// Sums of BLOCK outputs at BLOCK pixels, and where they go.
struct Sums {
    alignas(64) float tiles[4][WORDS];
    const float *biases;
    float *near, *rests;  // planes, or where there is no sine, rows of floats
};

constexpr int PAIRS = SIDE / 2;  // of outputs in a tile

// One of the four tiles of sums, of which two outputs at a time are taken on.
template <bool SINE>
struct Part {
    const float *from, *biases;
    float *near, *rests;

    Part(const Sums &sums, int tile) : from(sums.tiles[tile]), biases(sums.biases + tile / 2 * SIDE) {
        const int lower = tile / 2, right = tile % 2;
        const int64_t place = SINE ? right * WORDS + lower * WORDS / 2 : lower * SIDE * TILE + right * SIDE;
        near = sums.near + place;
        rests = sums.rests + place;
    }

    void take_on(int pair) const {
        const Vector first = load(from + 2 * pair * SIDE) + biases[2 * pair];
        const Vector second = load(from + (2 * pair + 1) * SIDE) + biases[2 * pair + 1];
        if (SINE) {
            split(sine(first), sine(second), near + pair * SIDE, rests + pair * SIDE);
        } else {
            store(near + 2 * pair * TILE, first);
            store(near + (2 * pair + 1) * TILE, second);
        }
    }
};

// Adds the products of the weights in two tiles and the features in two others to the sums in the first four;
// between them, three pairs of `other` work are done, from `pair` on.
template <typename Other>
inline void products(const Other &other, int pair) {
    _tile_dpbf16ps(0, 4, 6);
    _tile_dpbf16ps(1, 4, 7);
    other(pair);
    _tile_dpbf16ps(2, 5, 6);
    other(pair + 1);
    _tile_dpbf16ps(3, 5, 7);
    if (pair + 2 < PAIRS) other(pair + 2);
}

// One step: rests of weights by nearest features, nearest by nearest, and nearest by rests.
template <typename Other>
inline void multiply(const float *weights, const float *near, const float *rests, const Other &other) {
    constexpr int STRIDE = 4 * SIDE;
    _tile_loadd(6, near, STRIDE);
    _tile_loadd(7, near + WORDS, STRIDE);
    _tile_loadd(4, weights + 2 * WORDS, STRIDE);
    _tile_loadd(5, weights + 3 * WORDS, STRIDE);
    products(other, 0);
    _tile_loadd(4, weights, STRIDE);
    _tile_loadd(5, weights + WORDS, STRIDE);
    products(other, 3);
    _tile_loadd(6, rests, STRIDE);
    _tile_loadd(7, rests + WORDS, STRIDE);
    products(other, 6);
}

template <bool SINE>
inline void finish_tile(const Sums &sums, int tile) {
    const Part<SINE> part(sums, tile);
    for (int pair = 0; pair < PAIRS; ++pair) part.take_on(pair);
}

// A layer over a tile. The sums of one block are taken on while the next one's are made: tiles and vectors are
// different parts of the processor.
template <bool SINE>
void layer(const float *packed, int inputs, int outputs, const float *x, float *y) {
    const int32_t steps = blocks(inputs), count = blocks(outputs);
    const float *const biases = packed + int64_t{count} * steps * STEP;
    const int64_t plane = int64_t{steps} * SIDE * TILE, made = int64_t{count} * SIDE * TILE;
    constexpr int HALVES = TILE / BLOCK;
    Sums both[2];
    // To the compiler, loading a tile does not read memory.
    __asm__ volatile("" ::: "memory");
    for (int32_t number = 0; number < count * HALVES; ++number) {
        const int32_t block = number / HALVES, pixel = number % HALVES * BLOCK;
        const float *weights = packed + int64_t{block} * steps * STEP, *near = x + pixel * SIDE, *rests = near + plane;
        Sums &now = both[number % 2];
        const Sums &before = both[1 - number % 2];
        _tile_zero(0);
        _tile_zero(1);
        _tile_zero(2);
        _tile_zero(3);
        int tile = number ? 0 : 4;
        for (int32_t step = 0; step < steps; ++step, weights += STEP, near += SIDE * TILE, rests += SIDE * TILE) {
            if (tile < 4) {
                const Part<SINE> part(before, tile++);
                if (tile + steps - step < 5) {
                    const Part<SINE> other(before, tile++);
                    multiply(weights, near, rests, [&](int pair) { part.take_on(pair); other.take_on(pair); });
                } else multiply(weights, near, rests, [&](int pair) { part.take_on(pair); });
            } else multiply(weights, near, rests, [](int) {});
        }
        while (tile < 4) finish_tile<SINE>(before, tile++);
        _tile_stored(0, now.tiles[0], 4 * SIDE);
        _tile_stored(1, now.tiles[1], 4 * SIDE);
        _tile_stored(2, now.tiles[2], 4 * SIDE);
        _tile_stored(3, now.tiles[3], 4 * SIDE);
        now.biases = biases + block * BLOCK;
        now.near = y + int64_t{block} * (SINE ? SIDE : BLOCK) * TILE + (SINE ? SIDE : 1) * pixel;
        now.rests = now.near + made;
    }
    for (int tile = 0; tile < 4; ++tile) finish_tile<SINE>(both[(count * HALVES - 1) % 2], tile);
}
