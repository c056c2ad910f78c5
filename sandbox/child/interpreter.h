// CPython: made and warmed in the zygote, used in the child.
#ifndef CARREL_SANDBOX_CHILD_INTERPRETER_H_
#define CARREL_SANDBOX_CHILD_INTERPRETER_H_

#include <string>
#include <vector>

#include "sandbox/child/session_plan.h"

namespace carrel::child {

// In the zygote, once: starts Python as the program `python` of the image's environment
// would, imports the
// modules, runs the statements and makes the IPython shell. Empty, or what went
// wrong with a traceback.
std::string PrepareInterpreter(const std::string& python, const std::vector<std::string>& preload,
                               const std::vector<std::string>& warm_up);

// "3.11.2"
std::string PythonVersion();

// Around fork() in the zygote, as os.fork() has them.
void BeforeFork();
void AfterForkInZygote();

// In a confined child: finishes the fork, then runs cells until the host closes
// the frame socket. The result is the process's exit code.
int RunInterpreter(const SessionPlan& plan);

}  // namespace carrel::child

#endif  // CARREL_SANDBOX_CHILD_INTERPRETER_H_
