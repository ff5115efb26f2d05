// What draws a stack of models/folding.py. kernel.cpp is compiled once for each instruction set and holds
// one Kernel each time; draw.cpp is compiled once, chooses among them and shares the work between threads.
#pragma once

#include "map.h"

namespace bunraku {

// The weights of a stack. `widths` are the outputs of the first term, of each hidden layer and of the end;
// `layers` counts them. `products` are the packed layers after the first, one behind the other. `first` is
// (widths[0], 3): what [x, y, 1] is multiplied by for one frame.
// Every argument of a sine is in half turns: it is sin(pi z) that is computed.
struct Stack {
    const float *products, *first;
    const int32_t *widths;
    int32_t layers;
};

// Pixels of a map that lie side by side in one row, from (x, y) on.
struct Run {
    int32_t x, y, count;
};

// Pixels that are carried through all the layers together.
constexpr int32_t TILE = 64;

struct Kernel {
    const char *name;
    // Whether factors have 16 bits that count or more, so that pictures are those of the formulas, rounding apart.
    bool fine;
    // Floats of memory, aligned to 64 bytes, that a tile of this stack needs.
    int64_t (*scratch)(const Stack &stack);
    // Floats that a layer takes once it is reordered.
    int64_t (*room)(int32_t inputs, int32_t outputs);
    // Reorders a layer's weight (outputs, inputs) and bias (outputs) for the product.
    void (*pack)(const float *weight, const float *bias, int32_t inputs, int32_t outputs, float *packed);
    // Draws one tile: `count` runs of `out`, of at most TILE pixels in all. `below`, of half the size, may be null.
    void (*draw)(
        const Stack &stack, const Map *below, const Map &out, const Run *runs, int32_t count, float *scratch);
    // sin(pi z) of `count` numbers.
    void (*sine)(const float *half_turns, float *out, int64_t count);
};

}  // namespace bunraku
