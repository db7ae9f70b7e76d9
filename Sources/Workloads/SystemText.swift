// SPDX-License-Identifier: Apache-2.0
import CLinux

/// What the system calls its numbers.
package enum SystemText {
    /// "Permission denied" for 13 and so on.
    package static func errno(_ number: Int32) -> String {
        guard let text = kubearmor_errno_text(number) else { return "Unknown (\(number))" }
        return String(cString: text)
    }
}
