// SPDX-License-Identifier: Apache-2.0
public import Policy
import YAML

/// A scenario file (Tests/Lab/README.md) as the reference evaluator sees it: its policies, and the steps that say an
/// `access` and what is to be decided about it, `predict`. The rest is for a kernel.
public struct PredictionFile: Sendable {
    /// One step with a prediction.
    public struct Step: Sendable {
        /// Where the step stands.
        public let location: SourceLocation
        public let subject: Subject
        public let access: Access
        /// `allow`, `audit` or `deny`.
        public let predicted: String
    }

    public let name: String
    /// The rows of docs/policies.md, "Every meaning by name", that it shows: `meaning`.
    public let meanings: [String]
    public let policies: [Policy]
    /// The postures of the scenario's `config`.
    public let postures: Postures
    public let steps: [Step]

    /// - Parameters:
    ///   - text: of the file.
    ///   - file: its name, for messages.
    /// - Throws: `PredictionError` with the place of what is wrong.
    public init(_ text: String, file: String) throws {
        guard let root = try YAMLParser.document(text)?.mapping else {
            throw PredictionError(place: file, message: "a scenario is a mapping")
        }
        name = root["name"]?.string ?? file
        meanings = try root["meaning"].map { try Self.meanings($0, file) } ?? []
        let parsed = PolicyParser.parse(root["policies"]?.string ?? "", file: file)
        if let error = parsed.diagnostics.first(where: { $0.severity == .error }) {
            throw PredictionError(place: file, message: "in policies: \(error)")
        }
        policies = parsed.policies
        let config = root["config"]?.mapping
        func posture(_ name: String) -> Posture {
            config?["hostDefault\(name)Posture"]?.string.flatMap { Posture($0) } ?? .audit
        }
        postures = Postures(
            file: posture("File"), network: posture("Network"), capabilities: posture("Capabilities"))
        steps = try (root["steps"]?.sequence ?? []).compactMap { try Self.step($0, file) }
    }

    private static func meanings(_ node: YAMLNode, _ file: String) throws -> [String] {
        let location = SourceLocation(file: file, line: node.mark.line, column: node.mark.column)
        let names = node.sequence?.map(\.string)
        guard let names, !names.isEmpty, !names.contains(nil) else {
            throw PredictionError(place: "\(location)", message: "meaning is a list of names of docs/policies.md")
        }
        return names.compactMap(\.self)
    }

    private static func step(_ node: YAMLNode, _ file: String) throws -> Step? {
        guard let step = node.mapping, let accessNode = step["access"], let predictNode = step["predict"] else {
            return nil
        }
        let location = SourceLocation(file: file, line: node.mark.line, column: node.mark.column)
        let fields = AccessFields(file: file, node: accessNode)
        let (subject, access) = try fields.read()
        guard let predicted = predictNode.string, ["allow", "audit", "deny"].contains(predicted) else {
            throw PredictionError(place: "\(location)", message: "predict is allow, audit or deny")
        }
        return Step(location: location, subject: subject, access: access, predicted: predicted)
    }
}

/// What is wrong in a scenario file.
public struct PredictionError: Error, CustomStringConvertible, Sendable {
    let place: String
    let message: String

    public var description: String { "\(place): \(message)" }
}
