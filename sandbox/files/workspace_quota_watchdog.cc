#include "sandbox/files/workspace_quota_watchdog.h"

#include <algorithm>
#include <asio/post.hpp>
#include <chrono>
#include <utility>

#include "absl/types/optional.h"
#include "sandbox/layers.h"

namespace carrel {
namespace {

using Clock = std::chrono::steady_clock;
using Finding = WorkspaceQuotaWatchdog::Finding;

// The number is that of the tmpfs of the native isolation mode (child/confine/mounts.cc).
constexpr int64_t kMaxTemporaryEntries = 65536;

// A measurement that was impeded, or that counted files that may be gone by now, is repeated soon.
// This many of them in a row are as good as certain.
constexpr int kDoubtfulMeasurements = 3;
// This many failed ones in a row are, too, if they lacked a resource of the host.
constexpr int kResourceErrors = 30;
constexpr int kEnoughDoubt = kDoubtfulMeasurements * kResourceErrors;
constexpr auto kRestInDoubt = std::chrono::milliseconds(200);

// One limit of a tree.
struct Bound {
  int64_t most;
  StopReason reason;
  Layer layer;
};

Finding Judge(const absl::StatusOr<WorkspaceUsage>& usage, const Bound& bytes,
              const Bound& entries) {
  if (absl::IsNotFound(usage.status())) return {};  // The workspace was deleted with its session.
  const bool has_bytes_bound = IsApplied(bytes.layer);
  if (!usage.ok() && has_bytes_bound) {
    const bool is_refused = absl::IsFailedPrecondition(usage.status());
    return {bytes.reason, kEnoughDoubt / (is_refused ? kDoubtfulMeasurements : kResourceErrors)};
  }
  if (!usage.ok()) return {};
  // Only a workspace made to hide, or far too large, gives an incomplete result.
  if ((!usage->complete || usage->entries > entries.most) && IsApplied(entries.layer))
    return {entries.reason};
  if (usage->bytes_at_once > bytes.most && has_bytes_bound) return {bytes.reason};
  if ((usage->bytes > bytes.most || usage->evades) && has_bytes_bound)
    return {bytes.reason, kEnoughDoubt / kDoubtfulMeasurements};
  return {};
}

// One entry more than allowed is enough to know.
size_t Enough(int64_t max_entries) { return static_cast<size_t>(max_entries) + 1; }

Finding FindExcess(const Workspace& workspace) {
  const WorkspaceLimits& limits = workspace.limits();
  const Finding files =
      Judge(workspace.Measure(Enough(limits.max_entries)),
            {limits.max_bytes, StopReason::kWorkspaceLimit, Layer::kWorkspaceBytes},
            {limits.max_entries, StopReason::kFileCountLimit, Layer::kWorkspaceFiles});
  const Finding temporary =
      Judge(workspace.MeasureTemporary(Enough(kMaxTemporaryEntries)),
            {limits.max_temporary_bytes, StopReason::kTemporaryLimit, Layer::kTemporaryBytes},
            {kMaxTemporaryEntries, StopReason::kTemporaryLimit, Layer::kTemporaryBytes});
  // A certain finding goes before a doubtful one.
  const bool files_first = files.excess.has_value() && (files.doubt == 0 || temporary.doubt > 0);
  return files_first || !temporary.excess.has_value() ? files : temporary;
}

}  // namespace

struct WorkspaceQuotaWatchdog::State : std::enable_shared_from_this<State> {
  State(EventLoop* loop, asio::thread_pool* pool, std::shared_ptr<Workspace> workspace,
        std::shared_ptr<WorkspaceChanges> changes,
        std::function<void(std::function<void()>)> post_work,
        std::function<void(StopReason)> on_exceeded)
      : loop(loop),
        pool(pool),
        workspace(std::move(workspace)),
        changes(std::move(changes)),
        post_work(std::move(post_work)),
        on_exceeded(std::move(on_exceeded)),
        rest(loop, [this] { OnRested(shared_from_this()); }) {}

  EventLoop* const loop;
  asio::thread_pool* const pool;
  const std::shared_ptr<Workspace> workspace;
  const std::shared_ptr<WorkspaceChanges> changes;
  const std::function<void(std::function<void()>)> post_work;
  const std::function<void(StopReason)> on_exceeded;
  LazyTimer rest;  // The end of the pause.
  Clock::duration shortest_rest{};
  bool may_sleep = false;
  Clock::duration took{};  // The duration of the last measurement.
  // The stamp of the last certain measurement: see WorkspaceChanges::IsStill.
  absl::optional<uint64_t> measured;
  int measurements = 0;
  int doubt = 0;  // The sum since the last certain measurement.
  bool is_measuring = false;
  bool is_running = false;  // Start was called, and not yet Stop.
  // Counts calls of Stop: results of an earlier run are void.
  uint64_t run = 0;
};

WorkspaceQuotaWatchdog::WorkspaceQuotaWatchdog(EventLoop* loop, asio::thread_pool* pool,
                                               std::shared_ptr<Workspace> workspace,
                                               std::shared_ptr<WorkspaceChanges> changes,
                                               std::function<void(std::function<void()>)> post_work,
                                               std::function<void(StopReason)> on_exceeded)
    : state_(std::make_shared<State>(loop, pool, std::move(workspace), std::move(changes),
                                     std::move(post_work), std::move(on_exceeded))) {
  uint64_t stamp = 0;
  if (state_->changes->IsStill(&stamp)) state_->measured = stamp;  // The workspace is empty.
}

WorkspaceQuotaWatchdog::~WorkspaceQuotaWatchdog() { Stop(); }

void WorkspaceQuotaWatchdog::Start(std::chrono::milliseconds shortest_rest, bool may_sleep) {
  state_->shortest_rest = shortest_rest;
  state_->may_sleep = may_sleep;
  state_->is_running = true;
  if (!may_sleep) state_->changes->PollOften();
  if (state_->is_measuring) return;
  if (SleepIfStill(state_))
    state_->rest.Clear();
  else
    Rest(state_);
}

void WorkspaceQuotaWatchdog::Stop() {
  ++state_->run;
  state_->is_running = false;
  state_->rest.Clear();
}

int WorkspaceQuotaWatchdog::measurements() const { return state_->measurements; }

void WorkspaceQuotaWatchdog::Rest(const std::shared_ptr<State>& state) {
  Clock::duration rest = state->shortest_rest;
  if (state->doubt > 0) rest = std::min<Clock::duration>(rest, kRestInDoubt);
  // A measurement that is due stays due: a guest that runs short cells in a row must not postpone
  // it.
  state->rest.BringForward(Clock::now() + std::max(rest, 10 * state->took));
}

bool WorkspaceQuotaWatchdog::SleepIfStill(const std::shared_ptr<State>& state) {
  uint64_t stamp = 0;
  if (!state->may_sleep || !state->changes->IsStill(&stamp) || state->measured != stamp)
    return false;
  state->changes->CallWhenActive(stamp, [weak = std::weak_ptr<State>(state), run = state->run] {
    const std::shared_ptr<State> woken = weak.lock();
    if (woken != nullptr && woken->run == run) Rest(woken);
  });
  return true;
}

void WorkspaceQuotaWatchdog::OnRested(const std::shared_ptr<State>& state) {
  if (SleepIfStill(state)) return;
  uint64_t stamp = 0;
  const bool still = state->changes->IsStill(&stamp);
  if (still && state->measured == stamp) return Rest(state);
  // Files that were opened may be closed again. That helps the next measurement, not this one.
  if (!still) state->post_work([changes = state->changes] { changes->Reconcile(); });
  Measure(state, stamp);
}

void WorkspaceQuotaWatchdog::Measure(const std::shared_ptr<State>& state, uint64_t stamp) {
  state->is_measuring = true;
  asio::post(*state->pool, [state = state, run = state->run, stamp]() mutable {
    Clock::time_point start = Clock::now();
    const Finding finding = FindExcess(*state->workspace);
    Clock::duration took = Clock::now() - start;
    EventLoop* loop = state->loop;
    // The state is moved: this thread must not be the last owner.
    loop->Post([state = std::move(state), run, stamp, finding, took] {
      ++state->measurements;
      state->is_measuring = false;
      if (state->run == run) return OnMeasured(state, stamp, finding, took);
      if (state->is_running) Rest(state);
    });
  });
}

void WorkspaceQuotaWatchdog::OnMeasured(const std::shared_ptr<State>& state, uint64_t stamp,
                                        const Finding& finding, Clock::duration took) {
  state->took = took;
  state->doubt = finding.doubt == 0 ? 0 : state->doubt + finding.doubt;
  const bool is_enough = finding.doubt == 0 || state->doubt >= kEnoughDoubt;
  if (finding.excess.has_value() && is_enough) return state->on_exceeded(*finding.excess);
  if (state->doubt == 0) state->measured = stamp;
  Rest(state);
}

}  // namespace carrel
