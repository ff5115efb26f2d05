// The library's C interface: which kernels run here, and a frame's work shared between threads.
#include <atomic>
#include <cstdlib>
#include <memory>

#if defined(__x86_64__)
#include <cpuid.h>
#endif
#if defined(BUNRAKU_AMX)
#include <sys/syscall.h>
#include <unistd.h>
#endif

#include "blend.h"
#include "kernel.h"
#include "pool.h"

namespace bunraku {

extern const Kernel kernel_baseline;
#if defined(__x86_64__)
extern const Kernel kernel_avx2, kernel_avx2_int16, kernel_avx512;
#endif
// What not every compiler knows is there where setup.py says so.
#if defined(BUNRAKU_AVX_VNNI)
extern const Kernel kernel_avx_vnni;
#endif
#if defined(BUNRAKU_AVX512_VNNI)
extern const Kernel kernel_avx512_vnni;
#endif
#if defined(BUNRAKU_AMX)
extern const Kernel kernel_amx;
#endif

namespace {

#if defined(__x86_64__)
// A register of CPUID's leaf 7, where the processor itself says what it can: not every compiler knows all by name.
enum Register { A, B, C, D };

bool says(unsigned part, Register of, unsigned bit) {
    unsigned found[4];
    return __get_cpuid_count(7, part, &found[A], &found[B], &found[C], &found[D]) && (found[of] >> bit & 1);
}
#endif

#if defined(BUNRAKU_AMX)
// Linux gives a process the tiles' registers when it asks for them.
bool tiles_allowed() {
    constexpr long ASK = 0x1023, TILE_DATA = 18;
    return syscall(SYS_arch_prctl, ASK, TILE_DATA) == 0;
}
#endif

struct Kernels {
    const Kernel *found[7];
    int count = 0;

    // From the slowest to the fastest.
    Kernels() {
        add(kernel_baseline);
#if defined(__x86_64__)
        __builtin_cpu_init();
        if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) {
            add(kernel_avx2);
            add(kernel_avx2_int16);
#if defined(BUNRAKU_AVX_VNNI)
            if (says(1, A, 4)) add(kernel_avx_vnni);
#endif
        }
        if (__builtin_cpu_supports("avx512f")) {
            add(kernel_avx512);
#if defined(BUNRAKU_AVX512_VNNI)
            if (says(0, C, 11)) add(kernel_avx512_vnni);
#endif
#if defined(BUNRAKU_AMX)
            // Tiles, their products of bfloat16, and the system's leave.
            if (says(0, D, 24) && says(0, D, 22) && tiles_allowed()) add(kernel_amx);
#endif
        }
#endif
    }

    void add(const Kernel &kernel) { found[count++] = &kernel; }
};

const Kernels &kernels() {
    static const Kernels here;
    return here;
}

// The pixels to be drawn of a map: `count` tiles. The runs of tile t are runs[tiles[t]] up to runs[tiles[t + 1]].
struct Work {
    const Run *runs;
    const int32_t *tiles;
    int32_t count;

    const Run *first(int64_t tile) const { return runs + tiles[tile]; }
    int32_t size(int64_t tile) const { return tiles[tile + 1] - tiles[tile]; }
};

struct Free {
    void operator()(float *memory) const { std::free(memory); }
};

// Memory of a thread, aligned to 64 bytes and kept: the system would have to clear it again at each call.
class Scratch {
public:
    // Null where there is none.
    float *of(int64_t floats) {
        if (floats > room_) {
            const size_t bytes = (static_cast<size_t>(floats) * sizeof(float) + 63) / 64 * 64;
            memory_.reset();
            memory_.reset(static_cast<float *>(std::aligned_alloc(64, bytes)));
            room_ = memory_ ? floats : 0;
        }
        return memory_.get();
    }

private:
    std::unique_ptr<float, Free> memory_;
    int64_t room_ = 0;
};

thread_local Scratch scratch;

}  // namespace
}  // namespace bunraku

using namespace bunraku;

#define BUNRAKU extern "C" __attribute__((visibility("default")))

// How many kernels this machine can run. They are numbered from 0, the last being the fastest.
BUNRAKU int32_t bunraku_kernels() { return kernels().count; }

BUNRAKU const char *bunraku_kernel_name(int32_t kernel) { return kernels().found[kernel]->name; }

BUNRAKU int32_t bunraku_kernel_fine(int32_t kernel) { return kernels().found[kernel]->fine; }

// Floats that a layer takes, once it is packed.
BUNRAKU int64_t bunraku_room(int32_t kernel, int32_t inputs, int32_t outputs) {
    return kernels().found[kernel]->room(inputs, outputs);
}

BUNRAKU void bunraku_pack(
    int32_t kernel, const float *weight, const float *bias, int32_t inputs, int32_t outputs, float *packed) {
    kernels().found[kernel]->pack(weight, bias, inputs, outputs, packed);
}

BUNRAKU void bunraku_sine(int32_t kernel, const float *half_turns, float *out, int64_t count) {
    kernels().found[kernel]->sine(half_turns, out, count);
}

// Pixels of a tile, into which the runs of a work list must be cut.
BUNRAKU int32_t bunraku_tile() { return TILE; }

// Draws a stack at the pixels of a work list by so many threads. The result does not depend on their number.
// Returns 0, or 1 where there is no memory.
BUNRAKU int32_t bunraku_draw(
    int32_t kernel, const Stack *stack, const Map *below, const Map *out, const Work *work,
    int32_t threads) noexcept {
    const Kernel &chosen = *kernels().found[kernel];
    const int64_t floats = chosen.scratch(*stack);
    std::atomic<bool> full{false};
    share(work->count, threads, [&](int64_t tile) {
        if (float *const memory = scratch.of(floats))
            chosen.draw(*stack, below, *out, work->first(tile), work->size(tile), memory);
        else full = true;
    });
    return full;
}

// Pastes a face into a picture (body->size, body->size, 4), which is written over, warps that and blends the
// body over it, at the pixels of a work list, by so many threads. `warped`, which may be null, and `blended` are
// (4, height, width).
BUNRAKU void bunraku_blend(
    float *picture, const Map *face, const Map *body, const Work *work, float *warped, float *blended,
    int32_t threads) noexcept {
    paste(*face, picture, body->size);
    share(work->count, threads, [&](int64_t tile) {
        const Run *const runs = work->first(tile);
        for (int32_t r = 0; r < work->size(tile); ++r) blend(picture, *body, runs[r], warped, blended);
    });
}
