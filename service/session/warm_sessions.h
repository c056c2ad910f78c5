// Sessions that are made before they are requested.
#ifndef CARREL_SERVICE_SESSION_WARM_SESSIONS_H_
#define CARREL_SERVICE_SESSION_WARM_SESSIONS_H_

#include <chrono>
#include <deque>
#include <memory>
#include <vector>

#include "absl/functional/any_invocable.h"
#include "sandbox/loop/event_loop.h"
#include "sandbox/loop/lazy_timer.h"
#include "service/session/session_maker.h"
#include "service/session/warm_level.h"

namespace carrel {

// For each image, a pool of sessions with its default limits, whose interpreters are forked,
// confined and have done a warm-up run of a cell. The caller that takes one names it; it is never
// returned to the pool. Sessions with other limits or an environment are made on request. Lives on
// the loop's thread.
class WarmSessions {
 public:
  WarmSessions(EventLoop* loop, SessionMaker* maker, const ServerSettings* settings,
               const std::vector<ServedImage>& images);

  // Begins to fill.
  void Start();

  // `done` gets a session that fits `spec`; synchronously, from within Take, if one is warm.
  void Take(SessionSpec spec, SessionMaker::Made done);

  // Number of warm sessions of an image.
  int Count(const ImageSettings* image) const;

  // Makes no more, and disposes of those there are; calls `done` when nothing is left.
  void Shutdown(absl::AnyInvocable<void()> done);

 private:
  // The pool of one image.
  struct ImageSessions {
    ImageSessions(WarmSessions* all, const ServedImage& image, const WarmLevel& level);
    ServedImage image;
    WarmLevel level;
    std::deque<std::shared_ptr<Session>> warm;  // Taken oldest first: none waits forever.
    int making = 0;
    // A caller that found none warm; the next sessions that are made go to waiters.
    struct Waiter {
      SessionSpec spec;
      SessionMaker::Made done;
    };
    std::deque<Waiter> waiters;
    bool resting = false;  // Makes no sessions for a while after a failure.
    LazyTimer refill, end_rest;
  };

  ImageSessions* FindPool(const SessionSpec& spec);
  void MakeCold(SessionSpec spec, SessionMaker::Made done);
  // Returns a living session; null if there is none.
  std::shared_ptr<Session> TakeWarm(ImageSessions* pool);
  // Disposes of sessions whose interpreters have died.
  void DropDead(ImageSessions* pool);
  void Refill(ImageSessions* pool);
  void RefillSoon(ImageSessions* pool);
  void OnMade(ImageSessions* pool, absl::StatusOr<std::shared_ptr<Session>> session);
  void Dispose(const std::shared_ptr<Session>& session);
  void Tick();
  void MaybeFinishShutdown();

  EventLoop* const loop_;
  SessionMaker* const maker_;
  std::vector<std::unique_ptr<ImageSessions>> pools_;
  LazyTimer tick_;
  int disposing_ = 0;
  bool shutting_down_ = false;
  absl::AnyInvocable<void()> shut_down_;
};

}  // namespace carrel

#endif  // CARREL_SERVICE_SESSION_WARM_SESSIONS_H_
