// A layer as a product of vectors: sums in registers, one weight at a time against a panel of pixels.
//
// Part of kernel.cpp, which has what is used here.
#include "panels.h"

constexpr bool FINE = true;

// Floats that a layer's packed weights take, and the features of so many channels of a tile.
int64_t room(int32_t inputs, int32_t outputs) { return int64_t{outputs} * (inputs + 1); }
int64_t held(int32_t channels) { return int64_t{TILE} * channels; }

// Two channels of a vector of pixels, from pixel i on; the second may be one too many.
inline void put(float *to, int32_t channels, int32_t channel, int i, Vector first, Vector second) {
    float *const place = to + (i / PANEL * channels + channel) * PANEL + i % PANEL;
    store(place, first);
    if (channel + 1 < channels) store(place + PANEL, second);
}

// A block's biases, and then for each input its weight in each of the block's outputs.
void pack(const float *weight, const float *bias, int32_t inputs, int32_t outputs, float *packed) {
    const Blocks blocks(outputs, ROWS);
    for (int block = 0, row = 0; block < blocks.count; row += blocks.size(block++)) {
        const int size = blocks.size(block);
        for (int r = 0; r < size; ++r) *packed++ = bias[row + r];
        for (int k = 0; k < inputs; ++k)
            for (int r = 0; r < size; ++r) *packed++ = weight[(row + r) * inputs + k];
    }
}

// SIZE outputs of one panel: sums in registers, bias first, all inputs, then the sine.
template <int SIZE, bool SINE>
inline void product(const float *__restrict weights, const float *__restrict x, int inputs, float *__restrict y) {
    Vector sum[SIZE][VECTORS];
#pragma GCC unroll 8
    for (int r = 0; r < SIZE; ++r)
#pragma GCC unroll 8
        for (int v = 0; v < VECTORS; ++v) sum[r][v] = Vector{} + weights[r];
    weights += SIZE;
    for (int k = 0; k < inputs; ++k, weights += SIZE, x += PANEL) {
        Vector in[VECTORS];
#pragma GCC unroll 8
        for (int v = 0; v < VECTORS; ++v) in[v] = load(x + v * LANES);
#pragma GCC unroll 8
        for (int r = 0; r < SIZE; ++r)
#pragma GCC unroll 8
            for (int v = 0; v < VECTORS; ++v) sum[r][v] += in[v] * weights[r];
    }
#pragma GCC unroll 8
    for (int r = 0; r < SIZE; ++r)
#pragma GCC unroll 8
        for (int v = 0; v < VECTORS; ++v)
            store(y + r * PANEL + v * LANES, SINE ? sine(sum[r][v]) : sum[r][v]);
}

template <bool SINE>
inline void block(int size, const float *weights, const float *x, int inputs, float *y) {
    switch (size) {
        case 1: return product<1, SINE>(weights, x, inputs, y);
        case 2: return product<2, SINE>(weights, x, inputs, y);
        case 3: return product<3, SINE>(weights, x, inputs, y);
        case 4: return product<4, SINE>(weights, x, inputs, y);
        case 5: return product<5, SINE>(weights, x, inputs, y);
        default: return product<6, SINE>(weights, x, inputs, y);
    }
}

// A layer over all panels of a tile; a block's weights stay near while the panels pass.
template <bool SINE>
void layer(const float *packed, int inputs, int outputs, const float *x, float *y) {
    const Blocks blocks(outputs, ROWS);
    for (int b = 0; b < blocks.count; ++b) {
        const int size = blocks.size(b);
        for (int panel = 0; panel < TILE / PANEL; ++panel)
            block<SINE>(size, packed, x + panel * inputs * PANEL, inputs, y + panel * outputs * PANEL);
        packed += size * (inputs + 1);
        y += size * PANEL;
    }
}
