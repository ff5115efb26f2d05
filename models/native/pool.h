// Work shared between threads that are kept: to begin a thread, and to wake one that sleeps, takes as long as drawing
// a small map.
#pragma once

#include <atomic>
#include <cstdint>

namespace bunraku {

// Something that several threads do together.
struct Task {
    void (*run)(const void *self);
    const void *self;
};

// Runs a task on this thread, and on up to `others` more as far as they come before it is over. Returns when all of
// them are done.
void together(int64_t others, Task task);

// Runs work(item) for every item, the items taken one after another by so many threads, of which this is one. Where
// there are fewer cores, or the kept threads are at work for somebody else, fewer do it all.
template <typename Work>
void share(int64_t items, int threads, const Work &work) {
    std::atomic<int64_t> next{0};
    const auto take = [&] {
        for (int64_t item; (item = next.fetch_add(1, std::memory_order_relaxed)) < items;) work(item);
    };
    using Take = decltype(take);
    together((items < threads ? items : threads) - 1, {[](const void *self) { (*static_cast<const Take *>(self))(); }, &take});
}

}  // namespace bunraku
