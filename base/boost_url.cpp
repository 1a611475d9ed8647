// Boost.URL without its library: this file compiles it for the whole program.
#include <boost/url/src.hpp>
