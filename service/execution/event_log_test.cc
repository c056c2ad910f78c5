#include "service/execution/event_log.h"

#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

namespace carrel {
namespace {

v1::ExecuteEvent Printed(const std::string& text) {
  v1::ExecuteEvent event;
  event.mutable_stdout()->set_data(text);
  return event;
}

std::vector<int64_t> Sequences(const EventLog& log, int64_t start = 1) {
  std::vector<int64_t> found;
  for (EventLog::Found one = log.Get(start); one.event.has_value(); one = log.Get(one.sequence + 1))
    found.push_back(one.sequence);
  return found;
}

using Numbers = std::vector<int64_t>;

TEST(EventLogTest, WhatIsForgottenIsSkippedByWhoeverHasNotReadIt) {
  EventLog log;
  for (int i = 1; i <= 6; ++i) EXPECT_EQ(log.Append(Printed("x")), i);
  log.Forget(2, 4);
  EXPECT_EQ(Sequences(log), (Numbers{1, 5, 6}));
  EXPECT_EQ(Sequences(log, 3), (Numbers{5, 6}));
  EXPECT_EQ(log.Append(Printed("y")), 7);
  log.Forget(6, 6);
  log.Forget(6, 6);
  EXPECT_EQ(Sequences(log), (Numbers{1, 5, 7}));
  EXPECT_EQ(log.size(), 3);
  EXPECT_EQ(log.last_sequence(), 7);
}

TEST(EventLogTest, NumbersGoOnAfterAllIsForgotten) {
  EventLog log;
  log.Append(Printed("x"));
  log.Forget(1, 1);
  EXPECT_EQ(log.size(), 0);
  EXPECT_EQ(log.Append(Printed("x")), 2);
}

TEST(EventLogTest, WhatIsForgottenTakesNoBytes) {
  EventLog log;
  log.Append(Printed("x"));
  const int64_t before = log.byte_size();
  for (int i = 0; i < 1000; ++i) {
    const int64_t sequence = log.Append(Printed(std::string(10'000, 'x')));
    log.Forget(2, sequence);
  }
  EXPECT_EQ(log.byte_size(), before);
}

TEST(EventLogTest, TheLastEventIsKnownAsSuchAcrossAGap) {
  EventLog log;
  log.Append(Printed("1"));
  log.Append(Printed("2"));
  v1::ExecuteEvent end;
  end.mutable_finished();
  log.Append(std::move(end));
  log.Forget(2, 2);
  EXPECT_TRUE(log.Get(1).more);
  EXPECT_FALSE(log.Get(1).last);
  EXPECT_EQ(log.Get(2).sequence, 3);
  EXPECT_TRUE(log.Get(2).last);
  EXPECT_TRUE(log.Get(4).last);
  EXPECT_FALSE(log.Get(4).event.has_value());
}

}  // namespace
}  // namespace carrel
