// libFuzzer's entry: one program for each target, which WSD_FUZZ_TARGET names.
#include "tests/fuzz/targets.hpp"

#include <cstddef>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    return wsd::fuzz::WSD_FUZZ_TARGET({data, size});
}
