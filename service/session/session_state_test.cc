#include "service/session/session_state.h"

#include <map>
#include <queue>
#include <set>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"

namespace carrel {
namespace {

using S = SessionState;
using E = SessionEvent;

// The facts that hold in a state. The table is compared with what follows from them.
struct Facts {
  bool interpreter = false;
  bool starting = false;  // An interpreter is.
  bool cell = false;      // There is a current one.
  bool running = false;   // The current cell is.
  bool scanning = false;
  bool opening = false;
  bool closing = false;
  bool destroying = false;
  bool closed = false;
  bool dying = false;  // The interpreter's end is certain, and a cell waits for it.

  bool operator==(const Facts&) const = default;
};

const std::map<S, Facts>& FactsByState() {
  static const auto* facts = new std::map<S, Facts>{
      {S::kOpening, {.starting = true, .opening = true}},
      {S::kIdle, {.interpreter = true}},
      {S::kCold, {}},
      {S::kStarting, {.starting = true}},
      {S::kStartingForCell, {.starting = true, .cell = true}},
      {S::kAwaitingDeath, {.interpreter = true, .cell = true, .dying = true}},
      {S::kRunning, {.interpreter = true, .cell = true, .running = true}},
      {S::kScanning, {.interpreter = true, .cell = true, .scanning = true}},
      {S::kScanningCold, {.cell = true, .scanning = true}},
      {S::kClosingStarting, {.starting = true, .closing = true}},
      {S::kClosingRunning, {.interpreter = true, .cell = true, .running = true, .closing = true}},
      {S::kClosingScanning, {.interpreter = true, .cell = true, .scanning = true, .closing = true}},
      {S::kClosingScanningCold, {.cell = true, .scanning = true, .closing = true}},
      {S::kClosingIdle, {.interpreter = true, .closing = true}},
      {S::kDestroying, {.closing = true, .destroying = true}},
      {S::kClosed, {.closing = true, .closed = true}},
  };
  return *facts;
}

bool IsPossible(E event, const Facts& now) {
  const bool open = !now.closing;
  switch (event) {
    case E::kCellDue:
      return open && !now.cell && !now.opening;
    case E::kCellDueWhileDying:
      return open && !now.cell && now.interpreter;
    case E::kCancelCell:
      return open && now.cell;
    case E::kCellDone:
    case E::kCellDied:
      return now.running;
    case E::kChangesKnown:
      return now.scanning;
    case E::kInterpreterReady:
    case E::kSpawnRefused:
    case E::kSpawnFailed:
    case E::kRetryDue:
      return now.starting;
    case E::kInterpreterDied:
      return now.interpreter && !now.running;
    case E::kClose:
      return open;
    case E::kFilesDestroyed:
      return now.destroying;
  }
  return false;
}

// Returns the facts after the event.
Facts After(E event, Facts facts) {
  const bool was_waiting = facts.cell && !facts.running && !facts.scanning;
  switch (event) {
    case E::kCellDue:
      facts.cell = true;
      facts.running = facts.interpreter;
      facts.starting = !facts.interpreter;
      break;
    case E::kCellDueWhileDying:
      facts.cell = facts.dying = true;
      break;
    case E::kCancelCell:
      if (was_waiting) facts.cell = facts.dying = false;
      break;
    case E::kCellDone:
    case E::kCellDied:
      facts.running = false;
      facts.scanning = !facts.closing;
      facts.cell = facts.scanning;
      if (event == E::kCellDied) facts.interpreter = false;
      break;
    case E::kChangesKnown:
      facts.scanning = facts.cell = false;
      break;
    case E::kInterpreterReady:
      facts.starting = facts.opening = false;
      facts.interpreter = true;
      facts.running = facts.cell;
      break;
    case E::kSpawnRefused:
    case E::kRetryDue:
      if (facts.closing) facts.starting = false;
      break;
    case E::kSpawnFailed:
      facts.starting = facts.opening = facts.cell = false;
      break;
    case E::kInterpreterDied:
      facts.interpreter = facts.dying = false;
      if (was_waiting) facts.starting = true;
      break;
    case E::kClose:
      facts.closing = true;
      facts.opening = facts.dying = false;
      if (was_waiting) facts.cell = false;
      break;
    case E::kFilesDestroyed:
      facts.destroying = false;
      facts.closed = true;
      break;
  }
  if (facts.closing && !facts.closed)
    facts.destroying = !facts.interpreter && !facts.starting && !facts.cell;
  return facts;
}

// Returns the actions that the change of the facts requires.
uint32_t ActionsOf(E event, const Facts& before, const Facts& after) {
  uint32_t actions = 0;
  const auto add = [&](bool condition, SessionAction action) {
    if (condition) actions |= action;
  };
  const bool lost = before.interpreter && !after.interpreter;
  const bool finished = before.cell && !after.cell;
  const bool had_begun = before.running || before.scanning;
  add(lost, kRecordLoss);
  add(lost, kDropInterpreter);
  add(after.closing && after.interpreter && (!before.closing || !before.interpreter),
      kKillInterpreter);
  add(event == E::kCancelCell && before.running, kInterruptCell);
  add(finished && !had_begun, kAbandonCell);
  add(finished && had_begun, kFinishCell);
  add(finished && !after.closing, kTakeNextCell);
  add(after.scanning && !before.scanning, kStartScan);
  add(after.starting && (!before.starting || event == E::kRetryDue), kSpawn);
  add(after.starting && event == E::kSpawnRefused, kScheduleRetry);
  add(after.running && !before.running, kRunCell);
  add(before.opening && event == E::kInterpreterReady, kReportOpened);
  add(before.opening && event == E::kSpawnFailed, kReportNotOpened);
  add(after.destroying && !before.destroying, kDestroyFiles);
  add(after.closed, kReportClosed);
  return actions;
}

class SessionStateTest : public testing::TestWithParam<std::pair<int, int>> {};

TEST_P(SessionStateTest, TheTableFollowsFromWhatIsTrue) {
  const auto state = static_cast<S>(GetParam().first);
  const auto event = static_cast<E>(GetParam().second);
  const Facts& before = FactsByState().at(state);
  const SessionTransition* transition = FindTransition(state, event);
  if (!IsPossible(event, before)) {
    EXPECT_EQ(transition, nullptr);
    return;
  }
  ASSERT_NE(transition, nullptr);
  const Facts after = After(event, before);
  EXPECT_EQ(FactsByState().at(transition->next), after) << NameOf(transition->next);
  EXPECT_EQ(transition->actions, ActionsOf(event, before, after));
}

std::vector<std::pair<int, int>> EveryPair() {
  std::vector<std::pair<int, int>> pairs;
  for (int state = 0; state < kSessionStateCount; ++state)
    for (int event = 0; event < kSessionEventCount; ++event) pairs.emplace_back(state, event);
  return pairs;
}

INSTANTIATE_TEST_SUITE_P(Every, SessionStateTest, testing::ValuesIn(EveryPair()),
                         [](const testing::TestParamInfo<std::pair<int, int>>& info) {
                           return absl::StrCat(NameOf(static_cast<S>(info.param.first)), "_",
                                               NameOf(static_cast<E>(info.param.second)));
                         });

TEST(SessionStatesTest, EachIsReachedFromTheFirstAndLeadsToTheLast) {
  std::map<S, std::set<S>> next;
  for (const auto& [state, event] : EveryPair())
    if (const auto* transition = FindTransition(static_cast<S>(state), static_cast<E>(event)))
      next[static_cast<S>(state)].insert(transition->next);
  const auto reached_from = [&](S first) {
    std::set<S> reached{first};
    std::queue<S> left({first});
    for (; !left.empty(); left.pop())
      for (S state : next[left.front()])
        if (reached.insert(state).second) left.push(state);
    return reached;
  };
  EXPECT_EQ(reached_from(S::kOpening).size(), static_cast<size_t>(kSessionStateCount));
  for (const auto& [state, facts] : FactsByState())
    EXPECT_TRUE(reached_from(state).contains(S::kClosed)) << NameOf(state);
}

}  // namespace
}  // namespace carrel
