#include "common/queues/batch_queue.hpp"

#include <catch_amalgamated.hpp>

#include <atomic>
#include <memory>
#include <thread>
#include <vector>

using namespace wsd;

namespace {

std::vector<int> take(batch_queue<int>& queue, std::size_t max) {
    std::vector<int> items;
    queue.take(max, [&](int item) { items.push_back(item); });
    return items;
}

} // namespace

TEST_CASE("a batch queue hands out items in order, as many as asked for") {
    batch_queue<int> queue({.items = 10, .bytes = 1000});
    for (int i = 1; i <= 5; ++i) CHECK(queue.try_push(int{i}, 1));
    CHECK(take(queue, 2) == std::vector{1, 2});
    CHECK(queue.try_push(6, 1));
    CHECK(take(queue, 10) == std::vector{3, 4, 5});
    CHECK(take(queue, 10) == std::vector{6});
    CHECK(take(queue, 10).empty());
    CHECK(queue.try_push(7, 1));
    CHECK(queue.take_one() == 7);
    CHECK_FALSE(queue.take_one().has_value());
}

TEST_CASE("a batch queue is full by count and by bytes, until items are taken") {
    batch_queue<int> queue({.items = 3, .bytes = 100});
    CHECK(queue.try_push(1, 40));
    CHECK(queue.try_push(2, 40));
    CHECK_FALSE(queue.try_push(3, 40));
    CHECK(queue.try_push(3, 20));
    CHECK_FALSE(queue.try_push(4, 0));
    CHECK(queue.size() == 3);
    CHECK(queue.bytes() == 100);
    CHECK(take(queue, 1) == std::vector{1});
    CHECK(queue.size() == 2);
    CHECK(queue.bytes() == 60);
    CHECK(queue.try_push(4, 40));
    CHECK_FALSE(queue.try_push(5, 0));
}

TEST_CASE("a refused item is untouched") {
    batch_queue<std::unique_ptr<int>> queue({.items = 1, .bytes = 1});
    CHECK(queue.try_push(std::make_unique<int>(1), 1));
    auto kept = std::make_unique<int>(2);
    CHECK_FALSE(queue.try_push(std::move(kept), 1));
    REQUIRE(kept != nullptr);
    CHECK(*kept == 2);
}

TEST_CASE("an item bigger than the queue is taken when the queue is empty") {
    batch_queue<int> queue({.items = 10, .bytes = 100});
    CHECK(queue.try_push(1, 1000));
    CHECK_FALSE(queue.try_push(2, 1));
}

TEST_CASE("reserved items go beyond the bounds and count") {
    batch_queue<int> queue({.items = 1, .bytes = 10});
    CHECK(queue.try_push(1, 10));
    CHECK(queue.push_reserved(2, 10));
    CHECK(queue.size() == 2);
    CHECK_FALSE(queue.try_push(3, 0));
    CHECK(take(queue, 10) == std::vector{1, 2});
}

TEST_CASE("a closed batch queue takes nothing more and gives what it has") {
    batch_queue<int> queue({.items = 10, .bytes = 10});
    CHECK(queue.try_push(1, 1));
    queue.close();
    CHECK(queue.closed());
    CHECK_FALSE(queue.try_push(2, 1));
    CHECK_FALSE(queue.push_reserved(2, 1));
    queue.wait();
    queue.wait(); // a closed queue never waits
    CHECK(take(queue, 10) == std::vector{1});
}

TEST_CASE("a wake-up that comes before the wait is not lost, and is used up by it") {
    batch_queue<int> queue({.items = 10, .bytes = 10});
    queue.wake();
    queue.wake();
    queue.wait();
    queue.wait_for(milliseconds{1}); // ends by time
    CHECK(queue.size() == 0);
}

TEST_CASE("many producers: every accepted item comes once, in the order of its producer") {
    constexpr int producers = 4;
    constexpr int each = 5000;
    batch_queue<int> queue({.items = 64, .bytes = 1'000'000});
    std::atomic<int> finished{0};
    std::vector<std::thread> threads;
    for (int p = 0; p < producers; ++p) {
        threads.emplace_back([&, p] {
            for (int i = 0; i < each; ++i) {
                while (!queue.try_push(p * each + i, 8)) std::this_thread::yield();
                queue.wake();
            }
            ++finished;
            queue.wake();
        });
    }
    std::vector<int> next(producers, 0);
    int total = 0;
    int out_of_order = 0;
    while (total < producers * each) {
        const auto count = queue.take(16, [&](int item) {
            if (next[static_cast<std::size_t>(item / each)]++ != item % each) ++out_of_order;
        });
        total += static_cast<int>(count);
        if (count == 0) queue.wait();
    }
    for (auto& thread : threads) thread.join();
    CHECK(total == producers * each);
    CHECK(out_of_order == 0);
    CHECK(queue.size() == 0);
    CHECK(queue.bytes() == 0);
}
