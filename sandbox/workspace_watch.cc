#include "sandbox/workspace_watch.h"

#include <algorithm>
#include <asio/post.hpp>
#include <chrono>
#include <utility>

#include "absl/types/optional.h"

namespace carrel {
namespace {

using Clock = std::chrono::steady_clock;

// As many as the tmpfs of the native lane has (child/mounts.cc).
constexpr int64_t kMaxTemporaryEntries = 65536;

absl::optional<StopReason> FindExcess(const Workspace& workspace) {
  const WorkspaceLimits& limits = workspace.limits();
  absl::StatusOr<WorkspaceUsage> files = workspace.Measure();
  // An incomplete answer comes only of a workspace made to hide, or far too large.
  if (files.ok() && (!files->complete || files->entries > limits.max_entries))
    return StopReason::kFileCountLimit;
  if (files.ok() && files->bytes > limits.max_bytes) return StopReason::kWorkspaceLimit;
  absl::StatusOr<WorkspaceUsage> temporary = workspace.MeasureTemporary();
  if (temporary.ok() && (!temporary->complete || temporary->entries > kMaxTemporaryEntries ||
                         temporary->bytes > limits.max_temporary_bytes))
    return StopReason::kTemporaryLimit;
  return absl::nullopt;
}

}  // namespace

struct WorkspaceWatch::State {
  State(EventLoop* loop, asio::thread_pool* pool, std::shared_ptr<Workspace> workspace,
        std::function<void(StopReason)> on_exceeded)
      : loop(loop),
        pool(pool),
        workspace(std::move(workspace)),
        on_exceeded(std::move(on_exceeded)),
        timer(loop->context()) {}

  EventLoop* const loop;
  asio::thread_pool* const pool;
  const std::shared_ptr<Workspace> workspace;
  const std::function<void(StopReason)> on_exceeded;
  asio::steady_timer timer;
  Clock::duration shortest_rest{};
  Clock::duration took{};  // By the last measurement.
  // Grows with each Start and Stop: what belongs to an earlier run is void.
  uint64_t run = 0;
};

WorkspaceWatch::WorkspaceWatch(EventLoop* loop, asio::thread_pool* pool,
                               std::shared_ptr<Workspace> workspace,
                               std::function<void(StopReason)> on_exceeded)
    : state_(std::make_shared<State>(loop, pool, std::move(workspace), std::move(on_exceeded))) {}

WorkspaceWatch::~WorkspaceWatch() { Stop(); }

void WorkspaceWatch::Start(std::chrono::milliseconds shortest_rest) {
  state_->shortest_rest = shortest_rest;
  Rest(state_, ++state_->run);
}

void WorkspaceWatch::Stop() {
  ++state_->run;
  state_->timer.cancel();
}

void WorkspaceWatch::Rest(const std::shared_ptr<State>& state, uint64_t run) {
  state->timer.expires_after(std::max(state->shortest_rest, 10 * state->took));
  state->timer.async_wait([state, run](const asio::error_code& error) {
    if (!error && state->run == run) Measure(state, run);
  });
}

void WorkspaceWatch::Measure(const std::shared_ptr<State>& state, uint64_t run) {
  asio::post(*state->pool, [state, run] {
    Clock::time_point start = Clock::now();
    absl::optional<StopReason> excess = FindExcess(*state->workspace);
    Clock::duration took = Clock::now() - start;
    state->loop->Post([state, run, excess, took] {
      if (state->run != run) return;
      state->took = took;
      if (excess.has_value()) return state->on_exceeded(*excess);
      Rest(state, run);
    });
  });
}

}  // namespace carrel
