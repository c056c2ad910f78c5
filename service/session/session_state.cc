#include "service/session/session_state.h"

#include <array>
#include <iterator>

namespace carrel {
namespace {

using S = SessionState;
using E = SessionEvent;

struct Row {
  SessionState state;
  SessionEvent event;
  SessionTransition transition;
};

constexpr uint32_t kNothing = 0;

// The rows are sorted by state. A pair that is not listed cannot happen.
constexpr Row kTable[] = {
    {S::kOpening, E::kInterpreterReady, {S::kIdle, kReportOpened}},
    {S::kOpening, E::kSpawnRefused, {S::kOpening, kScheduleRetry}},
    {S::kOpening, E::kRetryDue, {S::kOpening, kSpawn}},
    {S::kOpening, E::kSpawnFailed, {S::kCold, kReportNotOpened}},
    {S::kOpening, E::kClose, {S::kClosingStarting, kNothing}},

    {S::kIdle, E::kCellDue, {S::kRunning, kRunCell}},
    {S::kIdle, E::kCellDueWhileDying, {S::kAwaitingDeath, kNothing}},
    {S::kIdle, E::kInterpreterDied, {S::kCold, kRecordLoss | kDropInterpreter}},
    {S::kIdle, E::kClose, {S::kClosingIdle, kKillInterpreter}},

    {S::kCold, E::kCellDue, {S::kStartingForCell, kSpawn}},
    {S::kCold, E::kClose, {S::kDestroying, kDestroyFiles}},

    {S::kStarting, E::kCellDue, {S::kStartingForCell, kNothing}},
    {S::kStarting, E::kInterpreterReady, {S::kIdle, kNothing}},
    {S::kStarting, E::kSpawnRefused, {S::kStarting, kScheduleRetry}},
    {S::kStarting, E::kRetryDue, {S::kStarting, kSpawn}},
    {S::kStarting, E::kSpawnFailed, {S::kCold, kNothing}},
    {S::kStarting, E::kClose, {S::kClosingStarting, kNothing}},

    {S::kStartingForCell, E::kInterpreterReady, {S::kRunning, kRunCell}},
    {S::kStartingForCell, E::kSpawnRefused, {S::kStartingForCell, kScheduleRetry}},
    {S::kStartingForCell, E::kRetryDue, {S::kStartingForCell, kSpawn}},
    {S::kStartingForCell, E::kSpawnFailed, {S::kCold, kAbandonCell | kTakeNextCell}},
    {S::kStartingForCell, E::kCancelCell, {S::kStarting, kAbandonCell | kTakeNextCell}},
    {S::kStartingForCell, E::kClose, {S::kClosingStarting, kAbandonCell}},

    {S::kAwaitingDeath,
     E::kInterpreterDied,
     {S::kStartingForCell, kRecordLoss | kDropInterpreter | kSpawn}},
    {S::kAwaitingDeath, E::kCancelCell, {S::kIdle, kAbandonCell | kTakeNextCell}},
    {S::kAwaitingDeath, E::kClose, {S::kClosingIdle, kKillInterpreter | kAbandonCell}},

    {S::kRunning, E::kCellDone, {S::kScanning, kStartScan}},
    {S::kRunning, E::kCellDied, {S::kScanningCold, kRecordLoss | kDropInterpreter | kStartScan}},
    {S::kRunning, E::kCancelCell, {S::kRunning, kInterruptCell}},
    {S::kRunning, E::kClose, {S::kClosingRunning, kKillInterpreter}},

    {S::kScanning, E::kChangesKnown, {S::kIdle, kFinishCell | kTakeNextCell}},
    {S::kScanning, E::kInterpreterDied, {S::kScanningCold, kRecordLoss | kDropInterpreter}},
    {S::kScanning, E::kCancelCell, {S::kScanning, kNothing}},
    {S::kScanning, E::kClose, {S::kClosingScanning, kKillInterpreter}},

    {S::kScanningCold, E::kChangesKnown, {S::kCold, kFinishCell | kTakeNextCell}},
    {S::kScanningCold, E::kCancelCell, {S::kScanningCold, kNothing}},
    {S::kScanningCold, E::kClose, {S::kClosingScanningCold, kNothing}},

    {S::kClosingStarting, E::kInterpreterReady, {S::kClosingIdle, kKillInterpreter}},
    {S::kClosingStarting, E::kSpawnRefused, {S::kDestroying, kDestroyFiles}},
    {S::kClosingStarting, E::kSpawnFailed, {S::kDestroying, kDestroyFiles}},
    {S::kClosingStarting, E::kRetryDue, {S::kDestroying, kDestroyFiles}},

    {S::kClosingRunning, E::kCellDone, {S::kClosingIdle, kFinishCell}},
    {S::kClosingRunning,
     E::kCellDied,
     {S::kDestroying, kRecordLoss | kDropInterpreter | kFinishCell | kDestroyFiles}},

    {S::kClosingScanning, E::kChangesKnown, {S::kClosingIdle, kFinishCell}},
    {S::kClosingScanning,
     E::kInterpreterDied,
     {S::kClosingScanningCold, kRecordLoss | kDropInterpreter}},
    {S::kClosingScanningCold, E::kChangesKnown, {S::kDestroying, kFinishCell | kDestroyFiles}},

    {S::kClosingIdle,
     E::kInterpreterDied,
     {S::kDestroying, kRecordLoss | kDropInterpreter | kDestroyFiles}},

    {S::kDestroying, E::kFilesDestroyed, {S::kClosed, kReportClosed}},
};

constexpr int kNoRow = -1;

// The rows by state and event.
constexpr auto MakeIndex() {
  std::array<std::array<int8_t, kSessionEventCount>, kSessionStateCount> index{};
  for (auto& events : index)
    for (int8_t& row : events) row = kNoRow;
  for (size_t row = 0; row < std::size(kTable); ++row)
    index[static_cast<size_t>(kTable[row].state)][static_cast<size_t>(kTable[row].event)] =
        static_cast<int8_t>(row);
  return index;
}

constexpr auto kIndex = MakeIndex();
static_assert(std::size(kTable) < 128);

}  // namespace

const SessionTransition* FindTransition(SessionState state, SessionEvent event) {
  const int8_t row = kIndex[static_cast<size_t>(state)][static_cast<size_t>(event)];
  return row == kNoRow ? nullptr : &kTable[row].transition;
}

bool IsScanning(SessionState state) {
  return state == SessionState::kScanning || state == SessionState::kScanningCold ||
         state == SessionState::kClosingScanning || state == SessionState::kClosingScanningCold;
}

const char* NameOf(SessionState state) {
  constexpr const char* kNames[] = {
      "kOpening",
      "kIdle",
      "kCold",
      "kStarting",
      "kStartingForCell",
      "kAwaitingDeath",
      "kRunning",
      "kScanning",
      "kScanningCold",
      "kClosingStarting",
      "kClosingRunning",
      "kClosingScanning",
      "kClosingScanningCold",
      "kClosingIdle",
      "kDestroying",
      "kClosed",
  };
  static_assert(std::size(kNames) == kSessionStateCount);
  return kNames[static_cast<size_t>(state)];
}

const char* NameOf(SessionEvent event) {
  constexpr const char* kNames[] = {
      "kCellDue",        "kCellDueWhileDying", "kCancelCell",       "kCellDone",
      "kCellDied",       "kChangesKnown",      "kInterpreterReady", "kSpawnRefused",
      "kSpawnFailed",    "kRetryDue",          "kInterpreterDied",  "kClose",
      "kFilesDestroyed",
  };
  static_assert(std::size(kNames) == kSessionEventCount);
  return kNames[static_cast<size_t>(event)];
}

}  // namespace carrel
