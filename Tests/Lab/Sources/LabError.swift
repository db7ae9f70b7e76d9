// SPDX-License-Identifier: Apache-2.0

/// What stops the lab itself: a file, a tool or a guest image that is not as it must be.
struct LabError: Error, CustomStringConvertible {
    let description: String

    init(_ description: String) {
        self.description = description
    }
}
