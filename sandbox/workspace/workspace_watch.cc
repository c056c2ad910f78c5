#include "sandbox/workspace/workspace_watch.h"

#include <algorithm>
#include <asio/post.hpp>
#include <chrono>
#include <utility>

#include "absl/types/optional.h"
#include "sandbox/layers.h"

namespace carrel {
namespace {

using Clock = std::chrono::steady_clock;

// As many as the tmpfs of the native lane has (child/mounts.cc).
constexpr int64_t kMaxTemporaryEntries = 65536;

absl::optional<StopReason> FindExcess(const Workspace& workspace) {
  const WorkspaceLimits& limits = workspace.limits();
  absl::StatusOr<WorkspaceUsage> files = workspace.Measure();
  // An incomplete answer comes only of a workspace made to hide, or far too large.
  if (files.ok() && (!files->complete || files->entries > limits.max_entries) &&
      IsApplied(Layer::kWorkspaceFiles))
    return StopReason::kFileCountLimit;
  if (files.ok() && files->bytes > limits.max_bytes && IsApplied(Layer::kWorkspaceBytes))
    return StopReason::kWorkspaceLimit;
  absl::StatusOr<WorkspaceUsage> temporary = workspace.MeasureTemporary();
  if (temporary.ok() &&
      (!temporary->complete || temporary->entries > kMaxTemporaryEntries ||
       temporary->bytes > limits.max_temporary_bytes) &&
      IsApplied(Layer::kTemporaryBytes))
    return StopReason::kTemporaryLimit;
  return absl::nullopt;
}

}  // namespace

struct WorkspaceWatch::State : std::enable_shared_from_this<State> {
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
  Deadline rest;  // Its end.
  Clock::duration shortest_rest{};
  bool may_sleep = false;
  Clock::duration took{};  // By the last measurement.
  // When it began: see WorkspaceChanges::IsStill.
  absl::optional<uint64_t> measured;
  int measurements = 0;
  // Grows with each Start and Stop: what belongs to an earlier run is void.
  uint64_t run = 0;
};

WorkspaceWatch::WorkspaceWatch(EventLoop* loop, asio::thread_pool* pool,
                               std::shared_ptr<Workspace> workspace,
                               std::shared_ptr<WorkspaceChanges> changes,
                               std::function<void(std::function<void()>)> post_work,
                               std::function<void(StopReason)> on_exceeded)
    : state_(std::make_shared<State>(loop, pool, std::move(workspace), std::move(changes),
                                     std::move(post_work), std::move(on_exceeded))) {
  uint64_t stamp = 0;
  if (state_->changes->IsStill(&stamp)) state_->measured = stamp;  // It is empty.
}

WorkspaceWatch::~WorkspaceWatch() { Stop(); }

void WorkspaceWatch::Start(std::chrono::milliseconds shortest_rest, bool may_sleep) {
  state_->shortest_rest = shortest_rest;
  state_->may_sleep = may_sleep;
  ++state_->run;
  if (!may_sleep) state_->changes->LookClosely();
  if (SleepIfStill(state_))
    state_->rest.Clear();
  else
    Rest(state_);
}

void WorkspaceWatch::Stop() {
  ++state_->run;
  state_->rest.Clear();
}

int WorkspaceWatch::measurements() const { return state_->measurements; }

void WorkspaceWatch::Rest(const std::shared_ptr<State>& state) {
  state->rest.SetAfter(std::max(state->shortest_rest, 10 * state->took));
}

bool WorkspaceWatch::SleepIfStill(const std::shared_ptr<State>& state) {
  uint64_t stamp = 0;
  if (!state->may_sleep || !state->changes->IsStill(&stamp) || state->measured != stamp)
    return false;
  state->changes->CallWhenActive(stamp, [weak = std::weak_ptr<State>(state), run = state->run] {
    const std::shared_ptr<State> woken = weak.lock();
    if (woken != nullptr && woken->run == run) Rest(woken);
  });
  return true;
}

void WorkspaceWatch::OnRested(const std::shared_ptr<State>& state) {
  if (SleepIfStill(state)) return;
  uint64_t stamp = 0;
  const bool still = state->changes->IsStill(&stamp);
  if (still && state->measured == stamp) return Rest(state);
  // What was opened may be closed again. That is of use to the next look, not to this one.
  if (!still) state->post_work([changes = state->changes] { changes->Settle(); });
  Measure(state, stamp);
}

void WorkspaceWatch::Measure(const std::shared_ptr<State>& state, uint64_t stamp) {
  asio::post(*state->pool, [state = state, run = state->run, stamp]() mutable {
    Clock::time_point start = Clock::now();
    absl::optional<StopReason> excess = FindExcess(*state->workspace);
    Clock::duration took = Clock::now() - start;
    EventLoop* loop = state->loop;
    // Moved: the last who holds it must not be this thread.
    loop->Post([state = std::move(state), run, stamp, excess, took] {
      ++state->measurements;
      if (state->run != run) return;
      state->took = took;
      if (excess.has_value()) return state->on_exceeded(*excess);
      state->measured = stamp;
      Rest(state);
    });
  });
}

}  // namespace carrel
