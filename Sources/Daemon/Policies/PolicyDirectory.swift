// SPDX-License-Identifier: Apache-2.0
import Glibc
public import Policy
import Workloads

/// The policies in the files of one directory.
///
/// A file that cannot be read or parsed keeps the policies of its last good version; so does the whole directory while
/// it is missing, since what was in force must not fall because somebody replaces it. The last good version may be one
/// that an earlier daemon has read.
public struct PolicyDirectory: Sendable {
    /// What a scan found that somebody should know.
    public struct Findings: Sendable {
        /// Errors and warnings of files that are new or have changed.
        public var diagnostics: [PolicyDiagnostic] = []
        /// Files that were read again, added or removed, by name.
        public var changedFiles: [String] = []
        /// The directory could not be listed, with the reason; nil when it could.
        public var failure: String?
    }

    /// What tells one content of a file from the next without reading it.
    private struct Version: Equatable, Sendable {
        let device: UInt
        let inode: UInt
        let size: Int
        let seconds: Int
        let nanoseconds: Int

        /// Of no file.
        static let none = Version(device: 0, inode: 0, size: -1, seconds: 0, nanoseconds: 0)
    }

    private struct Entry: Sendable {
        var version: Version
        var policies: [Policy]
    }

    /// No policy file of sane size is larger.
    static let sizeLimit = 16 << 20

    public let path: String
    private var entries: [String: Entry] = [:]
    private let lastGood: LastGoodFiles?
    /// What locations begin with.
    private let origin: String

    /// - Parameters:
    ///   - origin: what locations begin with, before the path
    ///   - lastGood: of earlier daemons; nil: none is kept
    public init(path: String, origin: String = "", lastGood: LastGoodFiles? = nil) {
        self.path = path
        self.origin = origin
        self.lastGood = lastGood
    }

    /// Takes over what has changed since the last scan.
    public mutating func scan() -> Findings {
        var findings = Findings()
        let names: Set<String>
        switch Self.list(path) {
        case .success(let found): names = found
        case .failure(let failure):
            findings.failure = failure.description
            if entries.isEmpty { readLastGood(&findings) }
            return findings
        }
        for name in names.sorted() {
            let file = "\(path)/\(name)"
            guard let version = Self.version(of: file) else { continue }
            if entries[name]?.version == version { continue }
            findings.changedFiles.append(name)
            read(name, file, version, &findings)
        }
        for name in entries.keys.sorted() where !names.contains(name) || Self.version(of: "\(path)/\(name)") == nil {
            entries[name] = nil
            findings.changedFiles.append(name)
        }
        // Also those that went while no daemon ran.
        for name in lastGood?.names ?? [] where entries[name] == nil { lastGood?.remove(name) }
        return findings
    }

    /// What an earlier daemon has read from the directory that is not there now.
    private mutating func readLastGood(_ findings: inout Findings) {
        for name in lastGood?.names ?? [] {
            let policies = lastGoodPolicies(of: name)
            guard !policies.isEmpty else { continue }
            // No file is of this version, so the next one that appears is read.
            entries[name] = Entry(version: Version.none, policies: policies)
            findings.changedFiles.append(name)
        }
    }

    private func lastGoodPolicies(of name: String) -> [Policy] {
        guard let bytes = lastGood?.bytes(of: name) else { return [] }
        let parsed = PolicyParser.parse(String(decoding: bytes, as: UTF8.self), file: "\(path)/\(name)")
        return parsed.hasErrors ? [] : parsed.policies
    }

    private mutating func read(_ name: String, _ file: String, _ version: Version, _ findings: inout Findings) {
        let earlier = entries[name]?.policies ?? lastGoodPolicies(of: name)
        do throws(FileText.ReadError) {
            let bytes = try FileText.bytes(of: file, limit: Self.sizeLimit)
            let parsed = PolicyParser.parse(String(decoding: bytes, as: UTF8.self), file: origin + file)
            findings.diagnostics += parsed.diagnostics
            entries[name] = Entry(version: version, policies: parsed.hasErrors ? earlier : parsed.policies)
            if !parsed.hasErrors { keep(bytes, as: name, &findings) }
        } catch {
            findings.diagnostics.append(
                PolicyDiagnostic(
                    severity: .error, code: "file-unreadable",
                    location: SourceLocation(file: file, line: 1, column: 1), field: "", message: error.description,
                    remedy: "make it readable, or remove it"))
            entries[name] = Entry(version: version, policies: earlier)
        }
    }

    private func keep(_ bytes: [UInt8], as name: String, _ findings: inout Findings) {
        guard let reason = lastGood?.keep(bytes, as: name) else { return }
        findings.diagnostics.append(
            PolicyDiagnostic(
                severity: .warning, code: "not-kept",
                location: SourceLocation(file: "\(path)/\(name)", line: 1, column: 1), field: "",
                message: "no copy could be kept for the next daemon: \(reason)",
                remedy: "without one, a daemon that starts over a broken file has nothing to go on with"))
    }

    /// All policies, and a warning for each that another file replaces: of the same kind, namespace and name, the one
    /// of the file whose name sorts last counts.
    public func policies() -> (policies: [Policy], warnings: [PolicyDiagnostic]) {
        var chosen: [String: Policy] = [:]
        var order: [String] = []
        var warnings: [PolicyDiagnostic] = []
        for name in entries.keys.sorted() {
            for policy in entries[name]?.policies ?? [] {
                let identity = "\(policy.kind.rawValue) \(policy.namespace)/\(policy.name)"
                if let earlier = chosen[identity] {
                    warnings.append(Self.replaced(earlier, by: policy))
                } else {
                    order.append(identity)
                }
                chosen[identity] = policy
            }
        }
        return (order.compactMap { chosen[$0] }, warnings)
    }

    private static func replaced(_ earlier: Policy, by policy: Policy) -> PolicyDiagnostic {
        PolicyDiagnostic(
            severity: .warning, code: "policy-replaced", location: earlier.location, field: "metadata.name",
            message: "\(policy.kind.rawValue) \(policy.name) is also in \(policy.location), which counts",
            remedy: "rename one of them or remove it")
    }

    // MARK: The file system

    /// The names of the policy files in a directory.
    static func list(_ path: String) -> Result<Set<String>, FileText.ReadError> {
        Result { () throws(FileText.ReadError) in Set(try FileText.names(in: path).filter(isPolicyFile)) }
    }

    /// Names that begin with a dot are those of editors and of Kubernetes' volumes.
    private static func isPolicyFile(_ name: String) -> Bool {
        !name.hasPrefix(".") && [".yaml", ".yml", ".json"].contains { name.hasSuffix($0) }
    }

    /// Nil when there is no regular file behind the name.
    private static func version(of path: String) -> Version? {
        var information = stat()
        guard stat(path, &information) == 0, information.st_mode & S_IFMT == S_IFREG else { return nil }
        return Version(
            device: UInt(information.st_dev), inode: UInt(information.st_ino), size: Int(information.st_size),
            seconds: Int(information.st_mtim.tv_sec), nanoseconds: Int(information.st_mtim.tv_nsec))
    }
}
