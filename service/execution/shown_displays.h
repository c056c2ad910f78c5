// Keeps track of the displays of an execution that are still shown, and their size.
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
  int64_t sequence = 0;  // Sequence number of its event.
  int64_t bytes = 0;     // Size of its data.
  std::string updates;   // The id of the display that it updates; otherwise empty.
  std::vector<std::string> images;
};

// Lives on the loop.
class ShownDisplays {
 public:
  void Add(ShownDisplay display);
  // Removes the newest update of a display, since another one replaces it.
  absl::optional<ShownDisplay> TakeUpdateOf(const std::string& display_id);
  // Removes all displays; returns their images.
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
