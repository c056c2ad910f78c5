// Which displays of an execution are still shown, and what they take.
#ifndef CARREL_SERVICE_EXECUTION_SHOWN_DISPLAYS_H_
#define CARREL_SERVICE_EXECUTION_SHOWN_DISPLAYS_H_

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/types/optional.h"

namespace carrel {

// A display whose event is in the log.
struct ShownDisplay {
  int64_t sequence = 0;  // Of its event.
  int64_t bytes = 0;     // Of its data.
  std::string updates;   // The id of the display that it is an update of; else empty.
  std::vector<std::string> images;
};

// Lives on the loop.
class ShownDisplays {
 public:
  void Add(ShownDisplay display);
  // Takes the newest update of a display away, since another one replaces it.
  absl::optional<ShownDisplay> TakeUpdateOf(const std::string& display_id);
  // Forgets all; returns their images.
  std::vector<std::string> Clear();

  size_t size() const { return displays_.size(); }
  int64_t bytes() const { return bytes_; }

 private:
  std::map<int64_t, ShownDisplay> displays_;  // By sequence.
  absl::flat_hash_map<std::string, int64_t> updates_;
  int64_t bytes_ = 0;
};

}  // namespace carrel

#endif  // CARREL_SERVICE_EXECUTION_SHOWN_DISPLAYS_H_
