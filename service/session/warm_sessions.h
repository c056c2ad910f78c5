// Sessions that are ready before anyone asks for them.
#ifndef CARREL_SERVICE_SESSION_WARM_SESSIONS_H_
#define CARREL_SERVICE_SESSION_WARM_SESSIONS_H_

#include <asio/steady_timer.hpp>
#include <chrono>
#include <deque>
#include <memory>
#include <vector>

#include "absl/functional/any_invocable.h"
#include "sandbox/loop/event_loop.h"
#include "service/session/session_maker.h"
#include "service/session/warm_level.h"

namespace carrel {

// For each image some sessions with its default limits, whose interpreters are forked,
// confined and have run a cell. Who takes one gives it its name; it never comes back. What a
// caller wants otherwise (limits, environment) is made when it is asked for.
// Lives on the loop's thread.
class WarmSessions {
 public:
  WarmSessions(EventLoop* loop, SessionMaker* maker, const ServerSettings* settings,
               const std::vector<ServedImage>& images);

  // Begins to fill.
  void Start();

  // `done` gets a session as `spec` says; at once, from within Take, if one is warm.
  void Take(SessionSpec spec, SessionMaker::Made done);

  // How many of an image are warm now.
  int Count(const ImageSettings* image) const;

  // Makes no more, and takes down what there is; `done` when nothing is left.
  void Shutdown(absl::AnyInvocable<void()> done);

 private:
  // The sessions of one image.
  struct Shelf {
    ServedImage image;
    WarmLevel level;
    std::deque<std::shared_ptr<Session>> warm;  // The oldest goes first: none waits for ever.
    int making = 0;
    // Who came when none was warm: the next ones are theirs.
    struct Waiter {
      SessionSpec spec;
      SessionMaker::Made done;
    };
    std::deque<Waiter> waiters;
    bool resting = false;         // After a failure.
    bool refilling_soon = false;  // A timer runs.
  };

  Shelf* FindShelf(const SessionSpec& spec);
  void MakeCold(SessionSpec spec, SessionMaker::Made done);
  // A living one; null if there is none.
  std::shared_ptr<Session> TakeWarm(Shelf* shelf);
  // Those that somebody has killed.
  void DropDead(Shelf* shelf);
  void Refill(Shelf* shelf);
  void RefillSoon(Shelf* shelf);
  void OnMade(Shelf* shelf, absl::StatusOr<std::shared_ptr<Session>> session);
  void Dispose(const std::shared_ptr<Session>& session);
  void Tick();
  void MaybeFinishShutdown();

  EventLoop* const loop_;
  SessionMaker* const maker_;
  std::vector<std::unique_ptr<Shelf>> shelves_;
  asio::steady_timer timer_;
  int disposing_ = 0;
  bool shutting_down_ = false;
  absl::AnyInvocable<void()> shut_down_;
};

}  // namespace carrel

#endif  // CARREL_SERVICE_SESSION_WARM_SESSIONS_H_
