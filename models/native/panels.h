// What product.h and words.h share: sums of a panel of pixels in registers, for a few outputs at once.
//
// Part of kernel.cpp, which has what is used here.

constexpr int ROWS = 6;  // outputs

// What a thread needs before it multiplies.
struct Ready {
    Ready() {}
};

// What layers read beyond a tile's channels: nothing.
void fill(float *, int32_t) {}

// Outputs, or pairs of them, in blocks of at most so many, as even as can be.
struct Blocks {
    int count, least, longer;  // the first `longer` blocks have one more than `least`

    Blocks(int things, int most) : count((things + most - 1) / most), least(things / count), longer(things % count) {}

    int size(int block) const { return least + (block < longer); }
};
