// The last steps of a frame.
#pragma once

#include "kernel.h"

namespace bunraku {

// Writes a face (4 channels) over its region of a picture (size, size, 4).
void paste(const Map &face, float *picture, int32_t size);

// One run of a body's region. The body's channels are flow x, flow y, alpha and direct RGBA.
// The picture is warped by the flow, bilinear, its border repeated, and the direct colour is laid over it by alpha.
// `warped`, which may be null, and `blended` are (4, height, width).
void blend(const float *picture, const Map &body, const Run &run, float *warped, float *blended);

}  // namespace bunraku
