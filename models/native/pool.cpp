#include "pool.h"

#include <chrono>
#include <condition_variable>
#include <exception>
#include <mutex>
#include <thread>

#include <pthread.h>

namespace bunraku {
namespace {

// How long a thread looks out for the next task before it sleeps: a frame's tasks come within as little.
constexpr std::chrono::microseconds LOOKOUT{200};

inline void pause() {
#if defined(__x86_64__)
    __builtin_ia32_pause();
#elif defined(__aarch64__)
    __asm__ volatile("yield");
#endif
}

// Looks again and again, for a while, whether something holds.
template <typename Holds>
bool seen(const Holds &holds) {
    const auto end = std::chrono::steady_clock::now() + LOOKOUT;
    do {
        for (int i = 0; i < 64; ++i) {
            if (holds()) return true;
            pause();
        }
    } while (std::chrono::steady_clock::now() < end);
    return false;
}

// Threads that wait for tasks, of which there is one at a time.
class Pool {
public:
    void together(int64_t others, Task task) {
        if (others > most_) others = most_;
        std::unique_lock<std::mutex> mine(turn_, std::try_to_lock);
        if (others < 1 || !mine) return task.run(task.self);
        grow(others);
        task_ = task;
        wanted_ = static_cast<int>(others);
        active_ = 0;
        ++number_;
        if (asleep_ > 0) {
            { const std::lock_guard<std::mutex> lock(sleep_); }
            wake_.notify_all();
        }
        task.run(task.self);
        // Who comes from now on is too late; who came is waited for.
        const auto closed = [this] {
            int none = 0;
            return active_.compare_exchange_strong(none, CLOSED);
        };
        while (!seen(closed)) std::this_thread::yield();
    }

private:
    static constexpr int CLOSED = -1;

    const int64_t most_ = int64_t{std::thread::hardware_concurrency()} - 1;
    std::mutex turn_, sleep_;
    std::condition_variable wake_;
    std::atomic<int64_t> number_{0};  // of the newest task
    std::atomic<int> wanted_{0}, asleep_{0};
    std::atomic<int> active_{CLOSED};  // threads at the task beside the one that gave it
    Task task_{};
    int count_ = 0;

    void grow(int64_t count) {
        try {
            for (; count_ < count; ++count_) std::thread([this, number = count_] { serve(number); }).detach();
        } catch (const std::exception &) {
        }
    }

    [[noreturn]] void serve(int number) {
        for (int64_t done = 0;;) {
            const auto called = [&] { return number_ != done; };
            if (!seen(called)) {
                std::unique_lock<std::mutex> lock(sleep_);
                ++asleep_;
                wake_.wait(lock, called);
                --asleep_;
            }
            done = number_;
            if (number < wanted_ && come()) {
                task_.run(task_.self);
                --active_;
            }
        }
    }

    // Joins the task, where it is not over.
    bool come() {
        int active = active_;
        while (active != CLOSED)
            if (active_.compare_exchange_weak(active, active + 1)) return true;
        return false;
    }
};

// Never taken down: its threads may outlive whoever would.
Pool *pool = new Pool;

// A child that was forked has none of the threads.
const int forked = pthread_atfork(nullptr, nullptr, [] { pool = new Pool; });

}  // namespace

void together(int64_t others, Task task) { pool->together(others, task); }

}  // namespace bunraku
