// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
#include <cstdio>
#include <cstdlib>
#include <string>
#include <vector>

#include "exit.hpp"
#include "options.hpp"

// Any words on the command line end in a request, or in a sentence with the exit code of a wrong
// call.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace faltung::cli;
  static const bool quiet = std::freopen("/dev/null", "w", stdout) != nullptr;  // --help prints
  if (!quiet) std::abort();
  std::vector<std::string> words = {"faltung", ""};
  for (std::size_t i = 0; i < size; ++i) {
    if (data[i] == '\n') words.emplace_back();
    else if (data[i] != 0) words.back() += static_cast<char>(data[i]);
  }
  std::vector<char*> argv;
  for (std::string& word : words) argv.push_back(word.data());
  argv.push_back(nullptr);
  try {
    read_command_line(static_cast<int>(words.size()), argv.data());
  } catch (const Stop& stop) {
    const std::string sentence = stop.what();
    if (sentence.empty() || (stop.code() != kUsage && stop.code() != kData)) std::abort();
  }
  return 0;
}
