// SPDX-License-Identifier: Apache-2.0
import CLinux
import Glibc

/// Another content for a file, in one step: who reads it has the old one or the new one, also when this process ends
/// in the middle.
package struct FileReplacement {
    /// What kept a file from being replaced; it is as it was.
    package struct WriteError: Error, CustomStringConvertible {
        package let path: String
        /// A positive errno value.
        package let number: Int32

        package var description: String { "\(path): \(SystemText.errno(number))" }
    }

    /// Where the content is written first, in the directory of the file.
    private let temporary: String
    private let mode: UInt32
    /// `O_TRUNC`: what a process that ended has left there is overwritten. `O_EXCL`: it is in the way.
    private let leftover: Int32

    package init(through temporary: String, mode: UInt32, leftover: Int32 = O_TRUNC) {
        self.temporary = temporary
        self.mode = mode
        self.leftover = leftover
    }

    /// - Parameter finish: what is still to be done with the descriptor of the new file; false, with `errno`, when it
    ///   could not be
    package func replace(
        _ path: String, with content: [UInt8], finish: (Int32) -> Bool = { _ in true }
    ) throws(WriteError) {
        let flags = O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW | leftover
        let file = kubearmor_open(temporary, flags, mode)
        guard file >= 0 else { throw WriteError(path: temporary, number: -file) }
        var number = -kubearmor_write_all(file, content, content.count)
        if number == 0, !finish(file) { number = errno }
        if close(file) != 0, number == 0 { number = errno }
        if number == 0, rename(temporary, path) != 0 { number = errno }
        guard number != 0 else { return }
        unlink(temporary)
        throw WriteError(path: temporary, number: number)
    }
}
