#include "server/app/command_line.hpp"

#include <exception>
#include <iostream>

int main(int argc, char** argv) {
    try {
        return wsd::run_command_line(
            {.given = {.arguments = {argv + 1, argv + argc}, .environment = wsd::process_environment()},
             .out = std::cout,
             .err = std::cerr,
             .in = &std::cin});
    } catch (const std::exception& error) {
        std::cerr << "error: " << error.what() << '\n';
        return 1;
    }
}
