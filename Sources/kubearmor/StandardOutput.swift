// SPDX-License-Identifier: Apache-2.0
import Glibc

/// Text of any bytes on the standard output, as it is.
enum StandardOutput {
    static func write(_ bytes: [UInt8]) {
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { Glibc.write(STDOUT_FILENO, $0.baseAddress, $0.count) }
            if count < 0 && errno == EINTR { continue }
            // A reader that went away wants no more.
            guard count > 0 else { return }
            rest = rest.dropFirst(count)
        }
    }
}
