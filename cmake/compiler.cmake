# The flags every unit of ours is compiled with, and the compiler cache.

add_library(wsd_flags INTERFACE)
# A member that a designated initialiser leaves out has its default: that is how options are written here.
target_compile_options(wsd_flags INTERFACE -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Werror
    $<$<CXX_COMPILER_ID:Clang>:-Wno-missing-designated-field-initializers>)
# A designated initializer names what differs from the defaults; the rest is meant.
target_compile_options(wsd_flags INTERFACE -Wno-missing-field-initializers)
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND CMAKE_CXX_COMPILER_VERSION VERSION_LESS 13)
    # GCC 12 takes the operator delete of Asio's coroutine frames for a mismatch of its operator new.
    target_compile_options(wsd_flags INTERFACE -Wno-mismatched-new-delete)
endif()
target_compile_definitions(wsd_flags INTERFACE WSD_VERSION="${PROJECT_VERSION}")
target_include_directories(wsd_flags INTERFACE "${CMAKE_SOURCE_DIR}")

if(WSD_SANITIZE)
    # Everything is instrumented, Catch2 too: a container that crosses an uninstrumented library gives false alarms.
    # No vptr check: without a free descriptor (a test uses them up) it takes every object for none.
    add_compile_options(-fsanitize=${WSD_SANITIZE} -fno-sanitize=vptr -fno-sanitize-recover=all -fno-omit-frame-pointer)
    add_link_options(-fsanitize=${WSD_SANITIZE})
endif()

# Paths are hashed relative to the tree, so that a fresh clone hits what another clone compiled.
find_program(WSD_CCACHE ccache)
if(WSD_CCACHE AND NOT CMAKE_CXX_COMPILER_LAUNCHER)
    set(CMAKE_CXX_COMPILER_LAUNCHER
        env "CCACHE_BASEDIR=${CMAKE_SOURCE_DIR}" CCACHE_NOHASHDIR=1 "${WSD_CCACHE}")
endif()
