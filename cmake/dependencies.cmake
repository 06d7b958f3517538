# Libraries of others. ci/setup.sh installs all of them.

find_package(Threads REQUIRED)
find_package(OpenSSL 3 REQUIRED)
find_package(SQLite3 REQUIRED)
find_package(spdlog REQUIRED)

# Boost is used as headers only, so neither its CMake package nor its libraries are needed.
find_path(WSD_BOOST_INCLUDE boost/version.hpp HINTS "${WSD_DEPS}/include" REQUIRED)
file(STRINGS "${WSD_BOOST_INCLUDE}/boost/version.hpp" WSD_BOOST_VERSION REGEX "^#define BOOST_VERSION [0-9]+")
string(REGEX MATCH "[0-9]+" WSD_BOOST_VERSION "${WSD_BOOST_VERSION}")
if(WSD_BOOST_VERSION LESS 108400)
    message(FATAL_ERROR "Boost in ${WSD_BOOST_INCLUDE} is ${WSD_BOOST_VERSION}, need 108400 or newer: run ci/setup.sh")
endif()

add_library(wsd_boost INTERFACE)
target_include_directories(wsd_boost SYSTEM INTERFACE "${WSD_BOOST_INCLUDE}")
target_link_libraries(wsd_boost INTERFACE Threads::Threads)
