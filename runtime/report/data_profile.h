// What is in a data file before anything trains on it.
#pragma once

#include <string>
#include <vector>

#include "runtime/dataset/data_profile.h"

namespace nnc {

/// A .csv file, an IDX file, a folder of IDX files, or a .nn program (each of its data declarations); "-" is CSV from
/// standard input. What it is shows in its name, else in its first bytes. Errors as those of the readers.
std::vector<DataProfile> profile_data(const std::string& path, const std::string& data_directory);

/// The aligned table, and a line for each column that training would refuse.
std::string describe(const DataProfile& profile);

}  // namespace nnc
