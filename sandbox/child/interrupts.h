// What may break into Python between two of its instructions: signals whose handlers raise, and
// exceptions that another thread has set. Inside of a cell they are the cell's. Those that come
// while no cell runs must neither end the interpreter nor reach the next cell.
//
// All functions run on the main thread, with the GIL held.
#ifndef CARREL_SANDBOX_CHILD_INTERRUPTS_H_
#define CARREL_SANDBOX_CHILD_INTERRUPTS_H_

namespace carrel::child {

// In the zygote, once SIGINT has the handler that all cells begin with. False if `signal` lacks
// what is needed.
bool LearnInterruptHandler();

// Between cells, after a signal was caught: runs Python's handlers. An exception of theirs is
// written to stderr, unless it is a KeyboardInterrupt: that belonged to a cell that has ended.
void RunSignalHandlers();

// Before a cell: drops what is pending, and makes SIGINT raise KeyboardInterrupt on this thread
// again, whatever the cells before have done to it: the host interrupts by it.
void PrepareForCell();

// After an exception has left the kernel's own code: drops what is pending.
void DropLateInterrupts();

}  // namespace carrel::child

#endif  // CARREL_SANDBOX_CHILD_INTERRUPTS_H_
