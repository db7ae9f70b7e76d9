// SPDX-License-Identifier: Apache-2.0
import Glibc
import JSON
import Policy
import Workloads

/// The policies that came by API, a file each in a directory of the daemon's own.
///
/// Not among the files of the operator: those are replaced as a whole, by people and by programs that know of no other
/// file, and may lie where nothing can be written. A file is complete or is not there, also after a power cut.
struct StoredPolicies: Sendable {
    /// What locations of these policies begin with.
    static let origin = "api:"
    /// Files that are kept at most.
    static let limit = 4096

    /// The file could not be changed.
    struct StoreError: Error, CustomStringConvertible {
        let description: String
    }

    let directory: String

    init(directory: String) { self.directory = directory }

    /// The file of a policy, unique by kind, namespace and name; nil for names that no policy of Kubernetes can have:
    /// none leads out of the directory.
    static func fileName(of policy: Policy) -> String? {
        let prefix: String
        switch policy.kind {
        case .policy: prefix = "ksp.\(policy.namespace)"
        case .hostPolicy: prefix = "hsp"
        case .clusterPolicy: prefix = "csp"
        case .networkPolicy: prefix = "nsp"
        }
        guard isName(policy.name, limit: 180), policy.kind != .policy || isLabel(policy.namespace) else { return nil }
        return "\(prefix).\(policy.name).json"
    }

    private static func isName(_ text: String, limit: Int) -> Bool {
        let bytes = text.utf8
        guard let first = bytes.first, bytes.count <= limit, first != UInt8(ascii: ".") else { return false }
        return bytes.allSatisfy { byte in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"), UInt8(ascii: "."):
                true
            default: false
            }
        }
    }

    private static func isLabel(_ text: String) -> Bool { isName(text, limit: 63) && !text.contains(".") }

    /// Nil when there is no such file.
    func content(of name: String) -> [UInt8]? {
        try? FileText.bytes(of: "\(directory)/\(name)", limit: PolicyDirectory.sizeLimit)
    }

    var count: Int { (try? PolicyDirectory.list(directory).get().count) ?? 0 }

    /// Replaces or, with nil, removes a file in one step.
    func set(_ content: [UInt8]?, of name: String) throws(StoreError) {
        let path = "\(directory)/\(name)"
        guard let content else {
            guard unlink(path) == 0 || errno == ENOENT else { throw failure(path) }
            return try persistNames()
        }
        for index in directory.utf8.indices.dropFirst() where directory.utf8[index] == UInt8(ascii: "/") {
            mkdir(String(directory[..<index]), 0o755)
        }
        guard mkdir(directory, 0o700) == 0 || errno == EEXIST else { throw failure(directory) }
        let temporary = "\(directory)/.\(name)"
        unlink(temporary)
        do throws(FileReplacement.WriteError) {
            try FileReplacement(through: temporary, mode: 0o600, leftover: O_EXCL)
                .replace(path, with: content) { fsync($0) == 0 }
        } catch {
            throw Self.failure("\(error)")
        }
        try persistNames()
    }

    private func persistNames() throws(StoreError) {
        let folder = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard folder >= 0 else { throw failure(directory) }
        defer { close(folder) }
        guard fsync(folder) == 0 else { throw failure(directory) }
    }

    private func failure(_ path: String) -> StoreError { Self.failure("\(path): \(SystemText.errno(errno))") }

    private static func failure(_ reason: String) -> StoreError {
        StoreError(description: "\(reason): make room, or set apiPolicyDir")
    }
}
