#pragma once

#include <cstddef>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>

/// Scenarios to read aloud: text files with commands for a handful of nodes, and beneath each what
/// it led to (tests/data/cluster/). The nodes are real `node_core`s on the unit net `node_net`, in
/// virtual time, so a file says the same on every run:
///
///   # What this shows, and for which promise.
///   > form n1 n2
///   > want n1 orders
///     n1: channel_ready orders
///   > publish n2 orders hello
///     n1: remote_event orders hello from n2
///
/// A line that begins with ">" is a command, an indented one belongs to its trace, others are for
/// the reader. After a command everything it sends arrives at once, but only `run` lets time pass.
/// No line is a statement, too: nothing happened that is listed.
///
///   start NODE...                 the first node of all is the seed of those after it
///   form NODE...                  starts them, until all know each other, without a trace
///   kill NODE...                  at once; its connections end
///   drain NODE                    from now on it is shown as leaving
///   leave NODE                    says goodbye
///   run TIME                      500ms, 5s
///   want, unwant NODE CHANNEL     it got its first subscriber, it lost its last; presence- and
///                                 cache- channels are what their names say
///   join NODE CHANNEL USER        a user's first socket on that node
///   part NODE CHANNEL USER [moving]     and his last one; `moving`: sent elsewhere by a drain
///   publish NODE CHANNEL DATA...  one event each
///   look_up NODE CHANNEL          what a cache channel holds
///   owners CHANNEL                of a cache channel, the first before the second
///   cross NODE NODE               both dial each other at the same moment
///   cut NODE NODE                 ends their connection; what was under way arrives
///   hold NODE NODE                nothing arrives between them, no connection comes about
///   heal                          ends `hold`; the connections of that time are broken
///   queue BYTES                   what nodes started from now on keep for one peer
///   show WORD...                  lists frames of these types, too, and `dial`s
///   hide WORD...                  does not list effects of these kinds, or frames again
///   status                        what each node knows of the others
///
/// GRAPEVINE_REWRITE=1 writes what happens into the files in place of what they say; read the
/// difference before you commit it.
namespace grapevine::cluster {

/// A line that is no command, or a command that makes no sense there.
struct scenario_error : std::runtime_error {
  scenario_error(std::size_t line, const std::string& what);
};

/// Runs a scenario and returns its text with the traces as they are. Throws `scenario_error`.
std::string replay(std::string_view scenario);

/// Where two texts begin to differ.
struct difference {
  std::size_t line = 0;  ///< from 1
  std::string expected;
  std::string found;
};
std::optional<difference> first_difference(std::string_view expected, std::string_view found);

}  // namespace grapevine::cluster
