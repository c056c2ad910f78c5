// Converts the end of a cell or an interpreter, as the sandbox reports it, to the terms of the API.
#ifndef CARREL_SERVICE_EXECUTION_OUTCOME_H_
#define CARREL_SERVICE_EXECUTION_OUTCOME_H_

#include "absl/time/time.h"
#include "carrel/v1/code_interpreter.pb.h"
#include "sandbox/outcome.h"

namespace carrel {

v1::Execution::Cause CauseOf(StopReason reason);
v1::Execution::Cause CauseOf(const Death& death);

// Sets state, cause, ending, message, variables_survived, exit_code and signal. `execution` must
// have its `timeout` already, and its `error` if there was one.
void SetEnding(const Outcome& outcome, v1::Execution* execution);

// Sets the same fields for an execution that never ran, for reason `cause`.
void SetNotStarted(v1::Execution::Cause cause, const std::string& message,
                   v1::Execution* execution);

}  // namespace carrel

#endif  // CARREL_SERVICE_EXECUTION_OUTCOME_H_
