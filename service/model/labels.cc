#include "service/model/labels.h"

#include "absl/algorithm/container.h"
#include "absl/strings/ascii.h"

namespace carrel {

bool IsLabelKey(absl::string_view key) {
  if (key.empty() || key.size() > kMaxLabelBytes || !absl::ascii_islower(key[0])) return false;
  return absl::c_all_of(key, [](char c) {
    return absl::ascii_islower(c) || absl::ascii_isdigit(c) || c == '_' || c == '-';
  });
}

}  // namespace carrel
