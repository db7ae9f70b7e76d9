// SPDX-License-Identifier: Apache-2.0
import Glibc

/// Where failures go.
enum StandardError {
    static func write(_ line: String) {
        var text = line + "\n"
        text.withUTF8 { bytes in
            // Nobody is left to tell when standard error itself fails.
            _ = Glibc.write(STDERR_FILENO, bytes.baseAddress, bytes.count)
        }
    }
}
