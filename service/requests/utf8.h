// Guest bytes on their way into proto string fields, which must be UTF-8.
#ifndef CARREL_SERVICE_REQUESTS_UTF8_H_
#define CARREL_SERVICE_REQUESTS_UTF8_H_

#include <cstddef>
#include <string>

#include "absl/strings/string_view.h"

namespace carrel {

// `bytes` as well-formed UTF-8: what is not becomes U+FFFD. At most `max_bytes`
// long, cut between characters.
std::string SanitizeUtf8(absl::string_view bytes, size_t max_bytes);

}  // namespace carrel

#endif  // CARREL_SERVICE_REQUESTS_UTF8_H_
