// SPDX-License-Identifier: Apache-2.0

/// Reads `fromSource`.
enum SourceReader {
    /// One element per source; a single nil when there is none. Nil when there is an error.
    static func read(_ field: Field?) -> [RuleSource?]? {
        guard let field else { return [nil] }
        guard let elements = field.sequence() else { return nil }
        var sources: [RuleSource?] = []
        for element in elements {
            guard let source = source(element) else { return nil }
            sources.append(source)
        }
        return sources.isEmpty ? [nil] : sources
    }

    private static func source(_ element: Field) -> RuleSource? {
        guard let fields = element.mapping(known: ["path", "dir", "pattern", "recursive"]) else { return nil }
        let recursive = fields["recursive"].map { $0.boolean() }
        switch (fields["path"], fields["dir"], fields["pattern"]) {
        case (let path?, nil, nil):
            return PathReader.path(path).map { RuleSource(match: .path, path: $0) }
        case (nil, nil, let pattern?):
            return PathReader.pattern(pattern).map { RuleSource(match: .pattern, path: $0) }
        case (nil, let directory?, nil):
            return PathReader.directory(directory).map {
                RuleSource(match: .directory, path: $0, recursive: recursive == true)
            }
        case (nil, nil, nil):
            element.error("missing-field", "the source has no path", "add path, dir or pattern")
            return nil
        default:
            element.error(
                "path-and-dir", "the source has more than one of path, dir and pattern", "write a source for each")
            return nil
        }
    }
}
