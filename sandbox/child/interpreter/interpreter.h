// CPython: initialized and warmed up in the zygote, used in the child.
#ifndef CARREL_SANDBOX_CHILD_INTERPRETER_INTERPRETER_H_
#define CARREL_SANDBOX_CHILD_INTERPRETER_INTERPRETER_H_

#include <string>
#include <vector>

#include "sandbox/child/confine/session_plan.h"

namespace carrel::child {

// Starts Python, once, in the zygote, as the program `python` of the image's environment would;
// imports the modules, runs the statements and makes the IPython shell. Returns an empty string, or
// an error with a traceback.
std::string PrepareInterpreter(const std::string& python, const std::vector<std::string>& preload,
                               const std::vector<std::string>& warm_up);

// Returns e.g. "3.11.2".
std::string PythonVersion();

// BeforeFork and AfterForkInZygote surround fork() in the zygote and do what os.fork() does there.
void BeforeFork();
void AfterForkInZygote();

// Completes the fork in a confined child, then runs cells until the host closes the frame socket.
// Returns the process's exit code.
int RunInterpreter(const SessionPlan& plan);

}  // namespace carrel::child

#endif  // CARREL_SANDBOX_CHILD_INTERPRETER_INTERPRETER_H_
