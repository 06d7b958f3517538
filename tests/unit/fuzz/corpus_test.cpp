#include "tests/fuzz/targets.hpp"
#include "tests/support/source_path.hpp"

#include <catch_amalgamated.hpp>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <random>
#include <string>
#include <vector>

using namespace wsd;

namespace {

std::vector<std::string> corpus_of(std::string_view name) {
    std::vector<std::filesystem::path> paths;
    for (const auto& entry :
         std::filesystem::directory_iterator(test::source_path("tests/fuzz/corpus/" + std::string(name))))
        paths.push_back(entry.path());
    std::sort(paths.begin(), paths.end());
    std::vector<std::string> inputs;
    for (const auto& path : paths) {
        std::ifstream file(path, std::ios::binary);
        inputs.emplace_back(std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>());
    }
    return inputs;
}

void run(const fuzz::target& target, const std::string& input) {
    CHECK(target.run({reinterpret_cast<const std::uint8_t*>(input.data()), input.size()}) == 0);
}

std::size_t below(std::mt19937& chance, std::size_t end) {
    return std::uniform_int_distribution<std::size_t>(0, end - 1)(chance);
}

// One of the things that a fuzzer does, without its feedback.
void change(std::string& input, const std::vector<std::string>& corpus, std::mt19937& chance) {
    const std::size_t at = input.empty() ? 0 : below(chance, input.size());
    const std::string& other = corpus[below(chance, corpus.size())];
    switch (below(chance, 5)) {
    case 0:
        if (!input.empty()) input[at] = static_cast<char>(below(chance, 256));
        return;
    case 1:
        if (!input.empty()) input.erase(at, 1 + below(chance, 8));
        return;
    case 2:
        return void(input.insert(at, input.substr(at, 1 + below(chance, 32))));
    case 3:
        return void(input.insert(at, 1, static_cast<char>(below(chance, 256))));
    default:
        if (!other.empty()) input.replace(at, std::string::npos, other.substr(below(chance, other.size())));
    }
}

} // namespace

TEST_CASE("every input that a fuzzer begins with or found keeps the rules", "[fuzz]") {
    for (const fuzz::target& target : fuzz::targets) {
        const auto corpus = corpus_of(target.name);
        INFO(target.name);
        REQUIRE(corpus.size() >= 3);
        for (const std::string& input : corpus) run(target, input);
        run(target, "");
    }
}

TEST_CASE("so do changed ones", "[fuzz]") {
    const char* wanted = std::getenv("WSD_FUZZ_ROUNDS"); // for a long run without clang
    const int rounds = wanted == nullptr ? 300 : std::atoi(wanted);
    const auto seed = static_cast<std::mt19937::result_type>(Catch::getSeed());
    for (const fuzz::target& target : fuzz::targets) {
        INFO(target.name);
        std::mt19937 chance(seed);
        const auto corpus = corpus_of(target.name);
        for (int round = 0; round < (target.slow ? rounds / 10 : rounds); ++round) {
            std::string input = corpus[below(chance, corpus.size())];
            for (std::size_t changes = 1 + below(chance, 4); changes > 0; --changes) change(input, corpus, chance);
            run(target, input);
        }
    }
}
