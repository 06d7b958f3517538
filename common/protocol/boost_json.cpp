// The one place where the functions of Boost.JSON are compiled: its headers are used without its library.
#include <boost/json/src.hpp>
