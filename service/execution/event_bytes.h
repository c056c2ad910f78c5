// The serialised form of an event.
#ifndef CARREL_SERVICE_EXECUTION_EVENT_BYTES_H_
#define CARREL_SERVICE_EXECUTION_EVENT_BYTES_H_

#include <cstddef>
#include <memory>
#include <string>

#include "absl/strings/string_view.h"
#include "carrel/v1/code_interpreter.pb.h"

namespace carrel {

// Bytes that live as long as any copy of this.
struct SharedBytes {
  std::shared_ptr<const void> owner;
  absl::string_view bytes;

  static SharedBytes Of(std::string text);
};

// A serialised event. Copies share the bytes.
struct EventBytes {
  SharedBytes start;
  SharedBytes rest;  // Large printed output; otherwise empty.

  size_t size() const { return start.bytes.size() + rest.bytes.size(); }
  // Copies the bytes.
  std::string ToString() const;
};

// Serialises an event; large printed output is moved rather than copied.
EventBytes ToBytes(v1::ExecuteEvent&& event);
// Returns the event again.
v1::ExecuteEvent ToEvent(const EventBytes& bytes);

}  // namespace carrel

#endif  // CARREL_SERVICE_EXECUTION_EVENT_BYTES_H_
