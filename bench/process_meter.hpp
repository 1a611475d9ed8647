#pragma once

#include <sys/types.h>

#include <chrono>
#include <cstddef>

namespace grapevine::bench {

/// CPU time, user and system, that all threads of a process have used since it started, in the
/// kernel's own nanoseconds. Threads that have ended count too.
std::chrono::nanoseconds cpu_time(pid_t);

/// Anonymous resident memory of a process in bytes (`RssAnon`): heap and stacks, neither file pages
/// nor socket buffers. 0 when the process is gone.
std::size_t anonymous_memory(pid_t);

}  // namespace grapevine::bench
