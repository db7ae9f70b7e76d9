// SPDX-License-Identifier: Apache-2.0
import YAML

/// Reads policy documents: YAML, also several in one file, and JSON, which is YAML.
public enum PolicyParser {
    /// Largest file that is read, in bytes.
    public static let sizeLimit = 1 << 20
    /// How deep collections may be nested.
    public static let nestingLimit = 32
    /// How many rules one policy may have, each `fromSource` counting as one.
    public static let ruleLimit = 10_000

    /// Reads all documents of a file.
    ///
    /// A document with an error gives no policy; the others of the file do. Documents that are not KubeArmor's are
    /// skipped with a warning.
    ///
    /// - Parameters:
    ///   - text: contents of the file.
    ///   - file: its name, for locations.
    public static func parse(_ text: String, file: String) -> PolicyFile {
        let log = DiagnosticLog(file: file)
        guard text.utf8.count <= sizeLimit else {
            log.error(
                "file-too-large", line: 1, column: 1, field: "",
                "the file has \(text.utf8.count) bytes, at most \(sizeLimit) are read", "split it into several files")
            return PolicyFile(policies: [], diagnostics: log.diagnostics)
        }
        var policies: [Policy] = []
        for chunk in DocumentSplitter.split(text) {
            if log.isFull { break }
            log.lineOffset = chunk.lineOffset
            parse(chunk, log, into: &policies)
        }
        let ordered = log.diagnostics.enumerated().sorted { first, second in
            let (left, right) = (first.element.location, second.element.location)
            return (left.line, left.column, first.offset) < (right.line, right.column, second.offset)
        }
        return PolicyFile(policies: policies, diagnostics: ordered.map(\.element))
    }

    private static func parse(_ chunk: DocumentSplitter.Chunk, _ log: DiagnosticLog, into policies: inout [Policy]) {
        do {
            let parser = try YAMLParser(chunk.text)
            while !log.isFull, let root = try parser.next() {
                guard NodeCheck.isAcceptable(root, log) else { continue }
                if let policy = DocumentReader(log).read(root) { policies.append(policy) }
            }
        } catch {
            log.add(error)
        }
    }
}
