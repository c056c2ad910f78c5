// The interpreter's side of interrupts: the supervisor sends them (supervisor.cc), and the host
// decides when (cell_stopper.cc).
//
// Asynchronous interruptions of Python code: signals whose handlers raise, and exceptions that
// another thread has set. During a cell they belong to the cell. Those that arrive while no cell
// runs must neither end the interpreter nor reach the next cell.
//
// All functions run on the main thread, with the GIL held.
#ifndef CARREL_SANDBOX_CHILD_INTERPRETER_INTERRUPTS_H_
#define CARREL_SANDBOX_CHILD_INTERPRETER_INTERRUPTS_H_

namespace carrel::child {

// Remembers the SIGINT handler with which all cells begin; runs in the zygote, once it is set.
// Returns false if the module `signal` lacks what is needed.
bool LearnInterruptHandler();

// Runs Python's handlers after a signal was caught between cells. Exceptions that they raise are
// written to stderr, except KeyboardInterrupt, which was meant for a cell that has ended.
void RunSignalHandlers();

// Prepares for a cell: drops what is pending, and makes SIGINT raise KeyboardInterrupt on this
// thread again, whatever earlier cells have done to it: the host interrupts by SIGINT.
void PrepareForCell();

// Drops what is pending after an exception has left the kernel's own code.
void DropLateInterrupts();

}  // namespace carrel::child

#endif  // CARREL_SANDBOX_CHILD_INTERPRETER_INTERRUPTS_H_
