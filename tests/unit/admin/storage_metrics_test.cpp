#include "server/admin/storage_metrics.hpp"
#include "tests/support/promtool.hpp"

#include <catch_amalgamated.hpp>

#include <string>

using namespace wsd;

TEST_CASE("what the storage threads count is exposed in base units", "[admin]") {
    store_metrics store;
    reader_metrics reader;
    store.commits = 3;
    store.messages = 70;
    store.batch_operations.add(1);
    store.batch_operations.add(300);
    store.commit_us.add(250);
    store.queue_depth_max = 17;
    reader.entries = 5;
    std::string text;
    metric_writer writer(text);
    write_storage_metrics(
        writer, {.store = store, .store_queue_depth = 4, .reader = reader, .reader_queue_depth = 2, .log_ok = false});
    const auto line =
        GENERATE(as<std::string>(), "wsd_messages_committed_total 70", "wsd_commits_total 3",
                 R"(wsd_commit_operations_bucket{le="256"} 1)", R"(wsd_commit_operations_bucket{le="+Inf"} 2)",
                 "wsd_commit_operations_sum 301", R"(wsd_commit_duration_seconds_bucket{le="0.0002"} 0)",
                 R"(wsd_commit_duration_seconds_bucket{le="0.0004"} 1)",
                 R"(wsd_commit_duration_seconds_bucket{le="1"} 1)", "wsd_commit_duration_seconds_sum 0.00025",
                 "wsd_log_writable 0", "wsd_read_entries_total 5", R"(wsd_queue_depth{queue="store"} 4)",
                 R"(wsd_queue_depth{queue="reader"} 2)", R"(wsd_queue_depth_highest{queue="store"} 17)");
    CAPTURE(text);
    CHECK(("\n" + text).find("\n" + line + "\n") != std::string::npos);
    CHECK(test::promtool_complaints(text) == "");
}
