/* stopped.h: a process that was stopped (SIGSTOP, Ctrl-Z) just while it held a lock keeps all
 * others waiting. Any thread. */
#pragma once

/* If the holder of the flock() on this file is another process of this program and is stopped,
 * tells it to go on and returns its process number; else 0. */
int stopped_holder_wake(int descriptor);
