// How many warm sessions are worth their memory.
#ifndef CARREL_SERVICE_SESSION_WARM_LEVEL_H_
#define CARREL_SERVICE_SESSION_WARM_LEVEL_H_

#include <algorithm>
#include <cstdint>

namespace carrel {

// Grows fast when callers find nothing warm, and shrinks slowly when most of it was not
// needed: as TCP's window does, the other way round.
class WarmLevel {
 public:
  // Kept at least, if `most` is not less.
  static constexpr int kLeast = 2;

  explicit WarmLevel(int most) : most_(most), wanted_(std::min(kLeast, most)) {}

  // Warm sessions to have.
  int wanted() const { return wanted_; }
  // Somebody took one; `left` are still warm.
  void NoteTaken(int left) { fewest_left_ = std::min(fewest_left_, left); }
  // Somebody found none.
  void NoteMiss() {
    fewest_left_ = 0;
    wanted_ = std::min(std::max(2 * wanted_, 1), most_);
  }
  // Once in a while.
  void NoteInterval() {
    if (fewest_left_ > wanted_ / 2) wanted_ = std::max(wanted_ / 2, std::min(kLeast, most_));
    fewest_left_ = wanted_;
  }

 private:
  const int most_;
  int wanted_;
  int fewest_left_ = 0;  // In this interval; the first one tells nothing.
};

// How many sessions, at `bytes_each`, one may keep warm with so much memory available: they
// take at most a sixteenth of it.
inline int WarmSessionsThatFit(int64_t available_bytes, int64_t bytes_each) {
  return static_cast<int>(std::min<int64_t>(available_bytes / 16 / bytes_each, 1 << 20));
}

}  // namespace carrel

#endif  // CARREL_SERVICE_SESSION_WARM_LEVEL_H_
