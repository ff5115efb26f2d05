#pragma once

#include <cstdint>

namespace bunraku {

// Values over the pixels [left, right) x [top, bottom) of a square map `size` pixels wide and high.
// Channel c of pixel (x, y) stands at values[(y - top) * row + c * channel + (x - left)].
struct Map {
    float *values;
    int64_t row, channel;
    int32_t size, left, top, right, bottom;
};

}  // namespace bunraku
