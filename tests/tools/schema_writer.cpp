// Writes docs/schema/. Usage: schema_writer DIRECTORY
#include "tests/support/json_schema.hpp"

#include <filesystem>
#include <fstream>
#include <iostream>

int main(int argc, char** argv) {
    if (argc != 2) {
        std::cerr << "usage: schema_writer DIRECTORY\n";
        return 2;
    }
    for (const auto& [name, text] : wsd::test::schema_files()) {
        std::ofstream out(std::filesystem::path(argv[1]) / name, std::ios::binary);
        out << text;
        if (!out.flush()) {
            std::cerr << "can't write " << name << '\n';
            return 1;
        }
    }
}
