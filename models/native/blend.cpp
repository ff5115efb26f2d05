// From what the two morphers say to a frame: paste, warp and blend (THA4 section 5.1).
//
// A picture is kept with the four channels of a pixel side by side, so that a bilinear sample is four loads.
#include "blend.h"

#include <cstring>

namespace bunraku {
namespace {

typedef float Pixel __attribute__((vector_size(16)));

inline Pixel load(const float *picture, int64_t number) {
    Pixel pixel;
    std::memcpy(&pixel, picture + 4 * number, sizeof pixel);
    return pixel;
}

// From normalised device coordinates to pixels, kept within the picture; not a number becomes 0.
inline float place(float at, float size) {
    const float pixel = ((at + 1) * size - 1) * 0.5f;
    const float above = pixel > 0 ? pixel : 0;
    return above < size - 1 ? above : size - 1;
}

inline Pixel sample(const float *picture, int32_t size, float x, float y) {
    const int32_t left = static_cast<int32_t>(x), top = static_cast<int32_t>(y);
    const int32_t right = left + 1 < size ? left + 1 : left, bottom = top + 1 < size ? top + 1 : top;
    const float across = x - static_cast<float>(left), down = y - static_cast<float>(top);
    const int64_t upper = int64_t{top} * size, lower = int64_t{bottom} * size;
    const Pixel above = load(picture, upper + left) * (1 - across) + load(picture, upper + right) * across;
    const Pixel below = load(picture, lower + left) * (1 - across) + load(picture, lower + right) * across;
    return above * (1 - down) + below * down;
}

}  // namespace

void paste(const Map &face, float *picture, int32_t size) {
    const int64_t width = face.right - face.left;
    for (int32_t y = face.top; y < face.bottom; ++y)
        for (int32_t c = 0; c < 4; ++c) {
            const float *from = face.values + (y - face.top) * face.row + c * face.channel;
            float *to = picture + 4 * (int64_t{y} * size + face.left) + c;
            for (int64_t i = 0; i < width; ++i) to[4 * i] = from[i];
        }
}

void blend(const float *picture, const Map &body, const Run &run, float *warped, float *blended) {
    const float size = static_cast<float>(body.size);
    const int32_t column = run.x - body.left, row = run.y - body.top;
    const float *flow = body.values + row * body.row + column;
    const float level = static_cast<float>(2 * run.y + 1) / size - 1;
    float x[TILE], y[TILE], found[TILE][4];
    for (int32_t i = 0; i < run.count; ++i) {
        x[i] = place(flow[i] + (static_cast<float>(2 * (run.x + i) + 1) / size - 1), size);
        y[i] = place(flow[body.channel + i] + level, size);
    }
    for (int32_t i = 0; i < run.count; ++i) {
        const Pixel pixel = sample(picture, body.size, x[i], y[i]);
        std::memcpy(found[i], &pixel, sizeof pixel);
    }
    const int64_t width = body.right - body.left, area = width * (body.bottom - body.top);
    const float *alpha = flow + 2 * body.channel;
    for (int32_t c = 0; c < 4; ++c) {
        const float *direct = flow + (3 + c) * body.channel;
        const int64_t first = c * area + row * width + column;
        for (int32_t i = 0; i < run.count; ++i) {
            if (warped) warped[first + i] = found[i][c];
            blended[first + i] = found[i][c] + alpha[i] * (direct[i] - found[i][c]);
        }
    }
}

}  // namespace bunraku
