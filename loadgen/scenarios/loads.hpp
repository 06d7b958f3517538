#pragma once

#include "common/base/task.hpp"

namespace wsd::loadgen {

class worker;

// What a worker does under each scenario; see the table.
task<> hold_connections(worker& on);
task<> exchange_messages(worker& on);
task<> exchange_across_breaks(worker& on);
task<> make_rooms(worker& on); // preparation
task<> break_all_at_once(worker& on);
task<> come_and_go(worker& on);
task<> exchange_for_long(worker& on);
task<> exceed_limit(worker& on);
task<> climb_rate_ladder(worker& on);
task<> stall_a_reader(worker& on);
task<> prepare_watching(worker& on);
task<> watch_presence(worker& on);

struct run_options;
void open_too_many(run_options& options);
void open_few(run_options& options);
void expect_no_growth(run_options& options);
void have_one_connection_each(run_options& options);

} // namespace wsd::loadgen
