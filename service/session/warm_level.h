// The number of warm sessions that are worth their memory.
#ifndef CARREL_SERVICE_SESSION_WARM_LEVEL_H_
#define CARREL_SERVICE_SESSION_WARM_LEVEL_H_

#include <algorithm>
#include <cstdint>

namespace carrel {

// The target number of warm sessions. It doubles when a caller finds none warm, and halves after an
// interval in which more than half were never needed: TCP's congestion window, inverted.
class WarmLevel {
 public:
  // Minimum, unless `most` is less.
  static constexpr int kLeast = 2;

  explicit WarmLevel(int most) : most_(most), wanted_(std::min(kLeast, most)) {}

  // Number of warm sessions to have.
  int wanted() const { return wanted_; }
  // Records that a session was taken; `left` are still warm.
  void NoteTaken(int left) { fewest_left_ = std::min(fewest_left_, left); }
  // Records that none was warm.
  void NoteMiss() {
    fewest_left_ = 0;
    wanted_ = std::min(std::max(2 * wanted_, 1), most_);
  }
  // Ends an interval. Call it periodically.
  void NoteInterval() {
    if (fewest_left_ > wanted_ / 2) wanted_ = std::max(wanted_ / 2, std::min(kLeast, most_));
    fewest_left_ = wanted_;
  }

 private:
  const int most_;
  int wanted_;
  int fewest_left_ = 0;  // Least in this interval; the first is ignored.
};

// Returns how many sessions of `bytes_each` may be kept warm: they take at most a sixteenth of the
// available memory.
inline int WarmSessionsThatFit(int64_t available_bytes, int64_t bytes_each) {
  return static_cast<int>(std::min<int64_t>(available_bytes / 16 / bytes_each, 1 << 20));
}

}  // namespace carrel

#endif  // CARREL_SERVICE_SESSION_WARM_LEVEL_H_
