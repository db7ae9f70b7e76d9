// SPDX-License-Identifier: Apache-2.0
internal import CLibYAML

/// Reads the documents of a text, one after the other. Used by one thread.
public struct YAMLParser: ~Copyable {
    /// How deep collections may be nested: deeper than anybody writes, and what this recursion has room for.
    public static let nestingLimit = 256

    // Both live as long as the parser: libyaml keeps pointers into itself and to the text.
    private let parser: UnsafeMutablePointer<yaml_parser_t>
    private let bytes: UnsafeMutableBufferPointer<UInt8>

    public init(_ text: String) throws(YAMLError) {
        let parser = UnsafeMutablePointer<yaml_parser_t>.allocate(capacity: 1)
        guard yaml_parser_initialize(parser) == 1 else {
            parser.deallocate()
            throw .outOfMemory
        }
        self.parser = parser
        bytes = .allocate(capacity: text.utf8.count)
        _ = bytes.initialize(from: text.utf8)
        yaml_parser_set_encoding(parser, YAML_UTF8_ENCODING)
        yaml_parser_set_input_string(parser, bytes.baseAddress, bytes.count)
    }

    deinit {
        yaml_parser_delete(parser)
        parser.deallocate()
        bytes.deallocate()
    }

    /// The only document of a text; nil when there is none.
    public static func document(_ text: String) throws(YAMLError) -> YAMLNode? {
        let parser = try YAMLParser(text)
        guard let root = try parser.next() else { return nil }
        let event = try parser.event()
        guard case .streamEnd = event.kind else { throw .severalDocuments(event.mark) }
        return root
    }

    /// The next document; nil after the last. After an error there is none.
    public func next() throws(YAMLError) -> YAMLNode? {
        while true {
            let event = try event()
            switch event.kind {
            case .streamStart: continue
            case .documentStart:
                let root = try node(from: try self.event(), depth: 0)
                _ = try self.event()  // documentEnd
                return root
            default: return nil
            }
        }
    }

    private func node(from event: YAMLEvent, depth: Int) throws(YAMLError) -> YAMLNode {
        guard depth <= Self.nestingLimit else { throw .nestedTooDeeply(event.mark) }
        let content: YAMLNode.Content
        switch event.kind {
        case .sequenceStart: content = .sequence(try sequence(depth: depth + 1))
        case .mappingStart: content = .mapping(try mapping(depth: depth + 1))
        case .alias(let name): content = .alias(name)
        case .scalar(let text, let isPlain): content = .scalar(text, isPlain: isPlain)
        // libyaml gives an empty scalar where a value is missing, so there is nothing else.
        default: content = .scalar("", isPlain: true)
        }
        return YAMLNode(content: content, mark: event.mark, tag: event.tag, anchor: event.anchor)
    }

    private func sequence(depth: Int) throws(YAMLError) -> [YAMLNode] {
        var nodes: [YAMLNode] = []
        while true {
            let event = try event()
            if case .sequenceEnd = event.kind { return nodes }
            nodes.append(try node(from: event, depth: depth))
        }
    }

    private func mapping(depth: Int) throws(YAMLError) -> YAMLMapping {
        var fields: [YAMLMapping.Field] = []
        var first: [String: YAMLMark] = [:]
        var repeated: Set<String> = []
        var repeatedInOrder: [String] = []
        while true {
            let event = try event()
            if case .mappingEnd = event.kind { break }
            let key = try node(from: event, depth: depth)
            let value = try node(from: try self.event(), depth: depth)
            fields.append((key, value))
            guard let name = key.string else { continue }
            if first[name] == nil {
                first[name] = key.mark
            } else if repeated.insert(name).inserted {
                repeatedInOrder.append(name)
            }
        }
        if let name = repeatedInOrder.first, let mark = first[name] { throw .duplicateKeys(repeatedInOrder, mark) }
        return YAMLMapping(fields: fields)
    }

    private func event() throws(YAMLError) -> YAMLEvent {
        var event = yaml_event_t()
        guard yaml_parser_parse(parser, &event) == 1 else { throw failure() }
        defer { yaml_event_delete(&event) }
        return YAMLEvent(event)
    }

    private func failure() -> YAMLError {
        // Both are constants of libyaml's, or nil.
        let problem = parser.pointee.problem.map { String(cString: $0) } ?? "the text cannot be read"
        let context = parser.pointee.context.map { "\(String(cString: $0)): " } ?? ""
        switch parser.pointee.error {
        case YAML_MEMORY_ERROR: return .outOfMemory
        case YAML_READER_ERROR: return .characters(problem)
        default: return .syntax(context + problem, YAMLMark(parser.pointee.problem_mark))
        }
    }
}
