// SPDX-License-Identifier: Apache-2.0
import Glibc
import Workloads

/// Copies of the policy files as they last were sound, in the run directory: a daemon that starts over a file that has
/// been broken meanwhile goes on with what was in force, as the one before it would have.
///
/// They last as long as what is in the kernel: until the machine is booted again.
public struct LastGoodFiles: Sendable {
    private let directory: String

    /// - Parameters:
    ///   - runDirectory: exists
    ///   - policyDirectory: whose files these are; those of another are never mixed up with them
    public init(runDirectory: String, policyDirectory: String) {
        directory = "\(runDirectory)/last-good/\(policyDirectory.replacing("/", with: "%"))"
    }

    /// The names of the files that there is a copy of.
    var names: [String] {
        // There is none before the first one is kept.
        guard case .success(let names) = PolicyDirectory.list(directory) else { return [] }
        return names.sorted()
    }

    /// Nil when there is no copy of that file.
    func bytes(of name: String) -> [UInt8]? {
        try? FileText.bytes(of: "\(directory)/\(name)", limit: PolicyDirectory.sizeLimit)
    }

    /// Replaces the copy of a file in one step.
    ///
    /// - Returns: why it could not, nil when it could
    func keep(_ bytes: [UInt8], as name: String) -> String? {
        let parent = directory.prefix(upTo: directory.lastIndex(of: "/") ?? directory.startIndex)
        for path in [String(parent), directory] where mkdir(path, 0o700) != 0 && errno != EEXIST {
            return "\(path): \(SystemText.errno(errno))"
        }
        do throws(FileReplacement.WriteError) {
            try FileReplacement(through: "\(directory)/.\(name)", mode: 0o600)
                .replace("\(directory)/\(name)", with: bytes)
            return nil
        } catch {
            return error.description
        }
    }

    /// Forgets a file that is gone.
    func remove(_ name: String) {
        unlink("\(directory)/\(name)")
    }
}
