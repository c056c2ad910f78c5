// Conversion of guest bytes for proto string fields, which must be UTF-8.
#ifndef CARREL_SERVICE_MODEL_UTF8_H_
#define CARREL_SERVICE_MODEL_UTF8_H_

#include <cstddef>
#include <string>

#include "absl/strings/string_view.h"

namespace carrel {

// Returns `bytes` as well-formed UTF-8, with U+FFFD for invalid sequences. At most `max_bytes`
// long, cut between characters.
std::string SanitizeUtf8(absl::string_view bytes, size_t max_bytes);

}  // namespace carrel

#endif  // CARREL_SERVICE_MODEL_UTF8_H_
