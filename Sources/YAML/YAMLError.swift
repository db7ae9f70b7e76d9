// SPDX-License-Identifier: Apache-2.0

/// Why a text gives no document.
public enum YAMLError: Error, Equatable, Sendable {
    /// The text is no YAML.
    ///
    /// - Parameters:
    ///   - problem: in libyaml's words, with what it was doing.
    case syntax(_ problem: String, YAMLMark)
    /// The text has characters that YAML does not allow, or bytes that are no UTF-8.
    case characters(_ problem: String)
    /// Fields occur more than once in one mapping; the place is the first one's first.
    case duplicateKeys([String], YAMLMark)
    /// Collections are nested deeper than `YAMLParser.nestingLimit`.
    case nestedTooDeeply(YAMLMark)
    /// There is a second document where one was expected.
    case severalDocuments(YAMLMark)
    case outOfMemory

    /// Where; nil where nothing is known about it.
    public var mark: YAMLMark? {
        switch self {
        case .syntax(_, let mark), .duplicateKeys(_, let mark), .nestedTooDeeply(let mark), .severalDocuments(let mark):
            mark
        case .characters, .outOfMemory: nil
        }
    }
}

extension YAMLError: CustomStringConvertible {
    public var description: String {
        switch self {
        case .syntax(let problem, _), .characters(let problem): problem
        case .duplicateKeys(let keys, _): "more than once in one mapping: \(keys.joined(separator: ", "))"
        case .nestedTooDeeply: "nested deeper than \(YAMLParser.nestingLimit) levels"
        case .severalDocuments: "a second document, where one was expected"
        case .outOfMemory: "memory is exhausted"
        }
    }
}
