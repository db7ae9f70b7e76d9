// SPDX-License-Identifier: Apache-2.0
import Glibc

/// Ends the run, upon which libFuzzer keeps the input.
enum Failure {
    static func report(_ text: String) -> Never {
        write("FAILED: \(text)")
        abort()
    }

    static func write(_ text: String) {
        let line = text + "\n"
        _ = line.utf8CString.withUnsafeBytes { Glibc.write(STDERR_FILENO, $0.baseAddress, $0.count - 1) }
    }
}
