#include "service/session/warm_sessions.h"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <chrono>
#include <fstream>
#include <string>
#include <system_error>
#include <utility>

#include "service/requests/errors.h"
#include "service/requests/limits.h"
#include "service/session/random_id.h"

namespace carrel {
namespace {

// The estimated memory of a warm session (docs/performance.md, figure h).
constexpr int64_t kBytesEach = int64_t{3} << 20;
// Two at a time: while one is being forked, the directory of another is made.
constexpr int kMostAtOnce = 2;
constexpr auto kInterval = std::chrono::seconds(30);
constexpr auto kRestAfterFailure = std::chrono::seconds(1);
constexpr auto kRefillDelay = std::chrono::milliseconds(5);

// Returns 0 if it is not known.
int64_t AvailableMemory() {
  std::ifstream meminfo("/proc/meminfo");
  std::string key;
  int64_t kib = 0;
  while (meminfo >> key >> kib) {
    if (key == "MemAvailable:") return kib * 1024;
    meminfo.ignore(256, '\n');
  }
  return 0;
}

bool HasDefaultLimits(const SessionSpec& spec) {
  return ToSandboxLimits(spec.limits) == ToSandboxLimits(spec.image.settings->default_limits);
}

SessionSpec PlainSpec(const ServedImage& image) {
  SessionSpec spec;
  spec.id = RandomId();
  spec.image = image;
  spec.limits = image.settings->default_limits;
  spec.idle_timeout = absl::InfiniteDuration();
  return spec;
}

}  // namespace

WarmSessions::WarmSessions(EventLoop* loop, SessionMaker* maker, const ServerSettings* settings,
                           const std::vector<ServedImage>& images)
    : loop_(loop), maker_(maker), timer_(loop->context()) {
  for (const ServedImage& image : images)
    shelves_.push_back(
        std::make_unique<Shelf>(Shelf{image, WarmLevel(settings->max_warm_interpreter_count)}));
}

void WarmSessions::Start() {
  for (const std::unique_ptr<Shelf>& shelf : shelves_) Refill(shelf.get());
  Tick();
}

void WarmSessions::Tick() {
  timer_.expires_after(kInterval);
  loop_->Wait(&timer_, [this](std::error_code error) {
    if (error || shutting_down_) return;
    for (const std::unique_ptr<Shelf>& shelf : shelves_) {
      shelf->level.NoteInterval();
      DropDead(shelf.get());
      while (static_cast<int>(shelf->warm.size()) > shelf->level.wanted()) {
        Dispose(shelf->warm.back());
        shelf->warm.pop_back();
      }
      Refill(shelf.get());
    }
    Tick();
  });
}

WarmSessions::Shelf* WarmSessions::FindShelf(const SessionSpec& spec) {
  for (const std::unique_ptr<Shelf>& shelf : shelves_)
    if (shelf->image.settings == spec.image.settings) return shelf.get();
  return nullptr;
}

void WarmSessions::Take(SessionSpec spec, SessionMaker::Made done) {
  if (shutting_down_) return done(ShuttingDown());
  Shelf* shelf = FindShelf(spec);
  if (shelf->level.wanted() == 0 || !spec.environment.empty() || !HasDefaultLimits(spec))
    return MakeCold(std::move(spec), std::move(done));
  std::shared_ptr<Session> session = TakeWarm(shelf);
  if (session == nullptr) {
    shelf->level.NoteMiss();
    shelf->waiters.push_back({std::move(spec), std::move(done)});
    return Refill(shelf);
  }
  shelf->level.NoteTaken(static_cast<int>(shelf->warm.size()));
  session->Claim(std::move(spec));
  done(std::move(session));
  RefillSoon(shelf);
}

void WarmSessions::MakeCold(SessionSpec spec, SessionMaker::Made done) {
  if (spec.id.empty()) spec.id = RandomId();
  maker_->Make(std::move(spec), std::move(done));
}

void WarmSessions::DropDead(Shelf* shelf) {
  auto dead = std::stable_partition(
      shelf->warm.begin(), shelf->warm.end(),
      [](const std::shared_ptr<Session>& session) { return session->ready(); });
  for (auto it = dead; it != shelf->warm.end(); ++it) Dispose(*it);
  shelf->warm.erase(dead, shelf->warm.end());
}

std::shared_ptr<Session> WarmSessions::TakeWarm(Shelf* shelf) {
  while (!shelf->warm.empty()) {
    std::shared_ptr<Session> session = std::move(shelf->warm.front());
    shelf->warm.pop_front();
    if (session->ready()) return session;
    Dispose(session);  // Its interpreter has died.
  }
  return nullptr;
}

int WarmSessions::Count(const ImageSettings* image) const {
  for (const std::unique_ptr<Shelf>& shelf : shelves_)
    if (shelf->image.settings == image) return static_cast<int>(shelf->warm.size());
  return 0;
}

// Deferred until the caller has its answer and has perhaps sent its first cell: a fork takes a core
// for milliseconds.
void WarmSessions::RefillSoon(Shelf* shelf) {
  if (std::exchange(shelf->refilling_soon, true)) return;
  const auto delay = shelf->warm.empty() ? std::chrono::milliseconds(0) : kRefillDelay;
  loop_->After(delay, [this, shelf] {
    shelf->refilling_soon = false;
    Refill(shelf);
  });
}

void WarmSessions::Refill(Shelf* shelf) {
  if (shutting_down_ || shelf->resting) return;
  const int waiting = static_cast<int>(shelf->waiters.size());
  int wanted = shelf->level.wanted();
  // Limits only the warm sessions, not those that callers wait for; memory is read only if one is
  // missing.
  if (static_cast<int>(shelf->warm.size()) + shelf->making < wanted)
    wanted = std::min(wanted, WarmSessionsThatFit(AvailableMemory(), kBytesEach));
  const int missing = waiting + wanted - static_cast<int>(shelf->warm.size()) - shelf->making;
  const int room = std::max(kMostAtOnce, waiting) - shelf->making;
  for (int i = 0; i < std::min(missing, room); ++i) {
    ++shelf->making;
    maker_->Make(PlainSpec(shelf->image),
                 [this, shelf](absl::StatusOr<std::shared_ptr<Session>> session) {
                   OnMade(shelf, std::move(session));
                 });
  }
}

void WarmSessions::OnMade(Shelf* shelf, absl::StatusOr<std::shared_ptr<Session>> session) {
  --shelf->making;
  if (shutting_down_) {
    if (session.ok()) Dispose(*session);
    return MaybeFinishShutdown();
  }
  if (!session.ok() && shelf->waiters.empty()) {
    shelf->resting = true;
    loop_->After(kRestAfterFailure, [this, shelf] {
      shelf->resting = false;
      Refill(shelf);
    });
    return;
  }
  if (shelf->waiters.empty()) {
    shelf->warm.push_back(*std::move(session));
  } else {
    Shelf::Waiter waiter = std::move(shelf->waiters.front());
    shelf->waiters.pop_front();
    if (session.ok()) (*session)->Claim(std::move(waiter.spec));
    waiter.done(std::move(session));
  }
  Refill(shelf);
}

void WarmSessions::Dispose(const std::shared_ptr<Session>& session) {
  ++disposing_;
  maker_->Dispose(session, [this](const absl::Status&) {
    --disposing_;
    MaybeFinishShutdown();
  });
}

void WarmSessions::Shutdown(absl::AnyInvocable<void()> done) {
  shutting_down_ = true;
  shut_down_ = std::move(done);
  timer_.cancel();
  for (const std::unique_ptr<Shelf>& shelf : shelves_) {
    for (Shelf::Waiter& waiter : std::exchange(shelf->waiters, {})) waiter.done(ShuttingDown());
    for (const std::shared_ptr<Session>& session : std::exchange(shelf->warm, {})) Dispose(session);
  }
  MaybeFinishShutdown();
}

void WarmSessions::MaybeFinishShutdown() {
  if (!shut_down_ || disposing_ > 0) return;
  for (const std::unique_ptr<Shelf>& shelf : shelves_)
    if (shelf->making > 0) return;
  std::exchange(shut_down_, nullptr)();
}

}  // namespace carrel
