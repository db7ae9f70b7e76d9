// SPDX-License-Identifier: Apache-2.0
internal import CLibYAML

/// What libyaml found next, copied out of its memory.
struct YAMLEvent {
    enum Kind {
        case scalar(String, isPlain: Bool)
        case sequenceStart, sequenceEnd
        case mappingStart, mappingEnd
        case alias(String)
        case documentStart, documentEnd
        case streamStart, streamEnd
    }

    let kind: Kind
    let mark: YAMLMark
    var tag = ""
    var anchor: String?

    /// - Parameter event: of libyaml, read here alone; it stays the caller's, who deletes it.
    init(_ event: borrowing yaml_event_t) {
        mark = YAMLMark(event.start_mark)
        switch event.type {
        case YAML_SCALAR_EVENT:
            let scalar = event.data.scalar
            kind = .scalar(
                // It has no end mark, and may hold a NUL.
                String(decoding: UnsafeBufferPointer(start: scalar.value, count: scalar.length), as: UTF8.self),
                isPlain: scalar.style == YAML_PLAIN_SCALAR_STYLE)
            anchor = text(scalar.anchor)
            if scalar.plain_implicit == 0, scalar.quoted_implicit == 0 { tag = text(scalar.tag) ?? "" }
        case YAML_SEQUENCE_START_EVENT:
            kind = .sequenceStart
            anchor = text(event.data.sequence_start.anchor)
            if event.data.sequence_start.implicit == 0 { tag = text(event.data.sequence_start.tag) ?? "" }
        case YAML_MAPPING_START_EVENT:
            kind = .mappingStart
            anchor = text(event.data.mapping_start.anchor)
            if event.data.mapping_start.implicit == 0 { tag = text(event.data.mapping_start.tag) ?? "" }
        case YAML_SEQUENCE_END_EVENT: kind = .sequenceEnd
        case YAML_MAPPING_END_EVENT: kind = .mappingEnd
        case YAML_ALIAS_EVENT: kind = .alias(text(event.data.alias.anchor) ?? "")
        case YAML_STREAM_START_EVENT: kind = .streamStart
        case YAML_DOCUMENT_START_EVENT: kind = .documentStart
        case YAML_DOCUMENT_END_EVENT: kind = .documentEnd
        // Besides the end itself there is YAML_NO_EVENT, which is all that comes after it.
        default: kind = .streamEnd
        }
    }
}

extension YAMLMark {
    /// libyaml counts from 0.
    init(_ mark: yaml_mark_t) {
        self.init(line: mark.line + 1, column: mark.column + 1)
    }
}

/// - Parameter string: libyaml's, ended by NUL, or nil.
private func text(_ string: UnsafePointer<yaml_char_t>?) -> String? {
    string.map { String(cString: $0) }
}
