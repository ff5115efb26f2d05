// A layer as a product of whole numbers of 16 bits, two products at once, added in 32: up to twice the floats' speed.
//
// A feature, being a sine, is counted in steps of 1 / ONE; a weight in steps of its output's own, as fine as 16 bits
// and the sum allow: whatever the features are, it stays below 2^31.
//
// Features lie in panels as in product.h, but two by two: a word has one channel of a pixel in its lower half and the
// next in its upper one, or zero where there is none. Part of kernel.cpp, which has what is used here.
#include "panels.h"

constexpr bool FINE = false;
constexpr float ONE = 8192;
constexpr float MOST = 32767;   // of one weight
constexpr float ALL = 262143;   // of all those of an output: ALL * ONE < 2^31
constexpr float NOTHING = 1e-30f;  // a weight that adds nothing: smaller ones have no number of steps

inline int32_t pairs(int32_t channels) { return (channels + 1) / 2; }

// Floats that a layer's packed weights take, and the features of so many channels of a tile.
int64_t room(int32_t inputs, int32_t outputs) { return int64_t{2} * pairs(outputs) * (pairs(inputs) + 2); }
int64_t held(int32_t channels) { return int64_t{TILE} * channels; }

// Words of two features at a vector of pixels each. Beside so large a number the lower half of a float's bits is that
// of its whole part, which is rounded to the nearest.
inline Vector words(Vector first, Vector second) {
    constexpr float WHOLE = 12582912.0f;  // 1.5 * 2^23
    const Bits low = reinterpret_cast<Bits>(first * ONE + WHOLE), high = reinterpret_cast<Bits>(second * ONE + WHOLE);
    return reinterpret_cast<Vector>((low & 0xffff) | (high << 16));
}

// Two channels of a vector of pixels, from pixel i on; the second may be one too many, and is zero then.
inline void put(float *to, int32_t channels, int32_t channel, int i, Vector first, Vector second) {
    store(to + (i / PANEL * pairs(channels) + channel / 2) * PANEL + i % PANEL, words(first, second));
}

// Adds both products of each word.
inline Bits multiply_add(Bits sum, Bits features, int32_t weights) {
#if defined(__AVX512VNNI__)
    return (Bits)_mm512_dpwssd_epi32((__m512i)sum, (__m512i)features, _mm512_set1_epi32(weights));
#elif defined(__AVXVNNI__)
    return (Bits)_mm256_dpwssd_avx_epi32((__m256i)sum, (__m256i)features, _mm256_set1_epi32(weights));
#else
    return sum + (Bits)_mm256_madd_epi16((__m256i)features, _mm256_set1_epi32(weights));
#endif
}

inline int32_t nearest(float value) { return static_cast<int32_t>(value < 0 ? value - 0.5f : value + 0.5f); }

// In how many steps 1 is counted among the weights of an output.
float steps_of(const float *weights, int32_t inputs) {
    float most = 0, all = 0;
    for (int32_t k = 0; k < inputs; ++k) {
        const float size = weights[k] < 0 ? -weights[k] : weights[k];
        most = size > most ? size : most;
        all += size;
    }
    if (most < NOTHING) return 1;
    const float finest = MOST / most, safe = (ALL - inputs) / all;  // rounding may add half a step to each
    return finest < safe ? finest : safe;
}

// A block's biases, the values of its outputs' steps, and then for each pair of inputs a word for each output.
void pack(const float *weight, const float *bias, int32_t inputs, int32_t outputs, float *packed) {
    const Blocks blocks(pairs(outputs), ROWS / 2);
    for (int block = 0, row = 0; block < blocks.count; row += 2 * blocks.size(block++)) {
        const int size = 2 * blocks.size(block);
        float steps[ROWS];
        for (int r = 0; r < size; ++r) {
            const bool there = row + r < outputs;
            steps[r] = there ? steps_of(weight + (row + r) * inputs, inputs) : 0;
            packed[r] = there ? bias[row + r] : 0;
            packed[size + r] = there ? 1 / (steps[r] * ONE) : 0;
        }
        packed += 2 * size;
        const auto counted = [&](int r, int32_t k) {
            if (k == inputs || steps[r] == 0) return uint32_t{0};
            return static_cast<uint32_t>(nearest(weight[(row + r) * inputs + k] * steps[r]));
        };
        for (int32_t k = 0; k < inputs; k += 2)
            for (int r = 0; r < size; ++r) {
                const uint32_t word = (counted(r, k) & 0xffff) | counted(r, k + 1) << 16;
                __builtin_memcpy(packed++, &word, sizeof word);
            }
    }
}

// SIZE outputs of one panel: sums in registers, all inputs, then steps, bias and sine. Without a sine they stay floats,
// and only the first `real` of them are stored.
template <int SIZE, bool SINE>
inline void product(const float *__restrict packed, const float *__restrict x, int inputs, int real,
                    float *__restrict y) {
    const float *const biases = packed, *const steps = packed + SIZE, *weights = packed + 2 * SIZE;
    Bits sum[SIZE][VECTORS] = {};
    for (int k = 0; k < inputs; k += 2, weights += SIZE, x += PANEL) {
        Bits in[VECTORS];
#pragma GCC unroll 8
        for (int v = 0; v < VECTORS; ++v) in[v] = reinterpret_cast<Bits>(load(x + v * LANES));
#pragma GCC unroll 8
        for (int r = 0; r < SIZE; ++r) {
            int32_t word;
            __builtin_memcpy(&word, weights + r, sizeof word);
#pragma GCC unroll 8
            for (int v = 0; v < VECTORS; ++v) sum[r][v] = multiply_add(sum[r][v], in[v], word);
        }
    }
    const auto value = [&](int r, int v) { return __builtin_convertvector(sum[r][v], Vector) * steps[r] + biases[r]; };
#pragma GCC unroll 8
    for (int r = 0; r < SIZE; r += 2)
#pragma GCC unroll 8
        for (int v = 0; v < VECTORS; ++v) {
            const Vector first = value(r, v), second = value(r + 1, v);
            float *const to = y + v * LANES;
            if (SINE) {
                store(to + r / 2 * PANEL, words(sine(first), sine(second)));
            } else {
                store(to + r * PANEL, first);
                if (r + 1 < real) store(to + (r + 1) * PANEL, second);
            }
        }
}

// A layer over all panels of a tile; a block's weights stay near while the panels pass.
template <bool SINE>
void layer(const float *packed, int inputs, int outputs, const float *x, float *y) {
    const Blocks blocks(pairs(outputs), ROWS / 2);
    const int taken = pairs(inputs) * PANEL, made = (SINE ? pairs(outputs) : outputs) * PANEL;
    for (int b = 0; b < blocks.count; ++b) {
        const int size = 2 * blocks.size(b);
        for (int panel = 0; panel < TILE / PANEL; ++panel) {
            const float *const from = x + panel * taken;
            float *const to = y + panel * made;
            switch (size) {
                case 2: product<2, SINE>(packed, from, inputs, outputs, to); break;
                case 4: product<4, SINE>(packed, from, inputs, outputs, to); break;
                default: product<6, SINE>(packed, from, inputs, outputs, to);
            }
        }
        packed += size * (pairs(inputs) + 2);
        y += (SINE ? size / 2 : size) * PANEL;
        outputs -= size;
    }
}
