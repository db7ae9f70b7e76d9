// SPDX-License-Identifier: Apache-2.0
import Testing

@Suite("The tree is tidy")
struct TidyTests {
    private static let functionLimit = 70
    private static let fileLimit = 500
    private static let columnLimit = 120
    /// Longer than the limit on purpose.
    private static let longFiles: Set = [
        // One header is the whole contract.
        "Sources/PluginABI/include/plugin.h",
        // The first program of a guest: one static file, so that a guest needs nothing else to report.
        "Tests/Lab/guest/labctl.c",
    ]

    @Test("Every room imports only what the architecture allows it")
    func imports() throws {
        expectNone(
            try swift().flatMap { file -> [String] in
                let modules = SwiftCode(file.text).lines.compactMap(Rooms.module(importedBy:))
                if file.path.hasPrefix("Tests/") || file.path.contains("/Tests/") { return [] }
                guard let allowed = Rooms.allowed(for: file.path) else {
                    return ["\(file.path): is in no room: add its folder to Rooms.swift and to the architecture"]
                }
                return modules.filter { !Rooms.system.contains($0) && !allowed.contains($0) && $0 != "Foundation" }
                    .map { "\(file.path): imports \($0)" }
            })
    }

    @Test("Foundation is imported only by the files of its list")
    func foundation() throws {
        expectNone(
            try swift().filter { file in
                !Rooms.foundation.contains(file.path)
                    && SwiftCode(file.text).lines.contains { Rooms.module(importedBy: $0) == "Foundation" }
            }.map(\.path))
    }

    @Test("Functions are at most 70 lines long")
    func functionLengths() throws {
        expectNone(
            try Tree.code().flatMap { file -> [String] in
                let functions =
                    file.isKind(".swift")
                    ? FunctionLengths.ofSwift(SwiftCode(file.text))
                    : file.isKind(".c", ".h") ? FunctionLengths.ofC(file.lines) : []
                return functions.filter { $0.length > Self.functionLimit }
                    .map { "\(file.path):\($0.line): \($0.length) lines" }
            })
    }

    @Test("Files are at most 500 lines long")
    func fileLengths() throws {
        expectNone(
            try Tree.code().filter { $0.lines.count > Self.fileLimit + 1 && !Self.longFiles.contains($0.path) }
                .map { "\($0.path): \($0.lines.count - 1) lines" })
    }

    @Test("Lines are at most 120 columns wide; a tab goes to the next multiple of eight")
    func lineLengths() throws {
        expectNone(
            try Tree.code().flatMap { file in
                file.lines.enumerated().filter { columns(of: $0.element) > Self.columnLimit }
                    .map { "\(file.path):\($0.offset + 1): \(columns(of: $0.element)) columns" }
            })
    }

    @Test("Every setting has a flag of its name")
    func flags() throws {
        func text(_ path: String) throws -> String { try #require(try Tree.code().first { $0.path == path }).text }
        let settings = try text("Sources/Daemon/Configuration/Settings.swift")
        let options = try text("Sources/kubearmor/ConfigurationOptions.swift")
        let names = settings.matches(of: /Setting\(\s*"(\w+)"/).map { String($0.1) }
        #expect(names.count > 50)
        expectNone(
            names.filter { !options.contains("var \($0): String?") || !options.contains("(\"\($0)\", \($0))") })
    }

    @Test("Nothing is forced, and only the command line prints")
    func forced() throws {
        expectNone(
            try swift().flatMap { file -> [String] in
                var words = ["try!", "as!"]
                if file.path.hasPrefix("Sources/"), !file.path.hasPrefix("Sources/kubearmor/") {
                    words.append("print(")
                }
                return SwiftCode(file.text).lines.enumerated().flatMap { index, line in
                    words.filter { contains($0, asWordIn: line) }.map { "\(file.path):\(index + 1): \($0)" }
                }
            })
    }

    @Test("Tests use what a module makes public")
    func testable() throws {
        expectNone(
            try swift().filter { file in
                SwiftCode(file.text).lines.contains { $0.contains("@testable") }
            }.map(\.path))
    }

    @Test("Every file of code begins with its licence")
    func licences() throws {
        expectNone(
            try Tree.code().filter { file in
                // A shell script's first line is its interpreter's.
                let first = file.lines.first { !$0.hasPrefix("#!") } ?? ""
                return !first.contains("SPDX-License-Identifier: ")
            }.map(\.path))
    }

    @Test("Nothing is left to be done later, and no path of one machine is in the tree")
    func leftovers() throws {
        // Put together here, so that this file is not what it finds.
        let marks = ["TO" + "DO", "FIX" + "ME", "XX" + "X:"]
        let paths = ["/wo" + "rk/", "/opt/" + "swift", "/ho" + "me/"]
        expectNone(
            try allText().flatMap { file in
                file.lines.enumerated().flatMap { index, line in
                    (marks.filter { contains($0, asWordIn: line) } + paths.filter { line.contains($0) })
                        .map { "\(file.path):\(index + 1): \($0)" }
                }
            })
    }

    @Test("Every target of the package has its folder, and every folder of sources its target")
    func targets() throws {
        let manifest = try Tree.read("Package.swift")
        var paths: Set<String> = []
        let declarations = ["arget(", ".systemLibrary("].flatMap { manifest.split(separator: $0).dropFirst() }
        for declaration in declarations {
            guard let name = argument("name", of: declaration) else { continue }
            let isTest = name.hasSuffix("Tests")
            paths.insert(argument("path", of: declaration) ?? "\(isTest ? "Tests" : "Sources")/\(name)")
        }
        try #require(paths.count > 10, "Package.swift is not understood")
        expectNone(paths.sorted().filter { !Tree.isFolder($0) })
        expectNone(try Tree.entries(of: "Sources").map { "Sources/\($0)" }.filter { !paths.contains($0) })
    }

    private func swift() throws -> [TreeFile] {
        try Tree.code().filter { $0.isKind(".swift") }
    }

    /// All files of the project; folders and files that are not there yet are named by what needs them.
    private func allText() throws -> [TreeFile] {
        let folders = (Tree.codeFolders + Tree.otherFolders).filter(Tree.isFolder)
        let top = Tree.topFiles.filter(Tree.exists)
        return try folders.flatMap { try Tree.files(below: $0) }
            + top.map { TreeFile(path: $0, text: try Tree.read($0)) }
    }

    private func expectNone(_ findings: [String], sourceLocation: SourceLocation = #_sourceLocation) {
        #expect(findings.isEmpty, "\(findings.joined(separator: "\n"))", sourceLocation: sourceLocation)
    }

    private func columns(of line: Substring) -> Int {
        line.unicodeScalars.reduce(0) { column, scalar in
            scalar == "\t" ? (column / 8 + 1) * 8 : column + 1
        }
    }

    private func contains(_ word: String, asWordIn line: some StringProtocol) -> Bool {
        line.split(separator: word, omittingEmptySubsequences: false).dropLast().contains { before in
            guard let last = before.last else { return true }
            return !last.isLetter && !last.isNumber && last != "_" && last != "."
        }
    }

    /// The text of `name: "…"` before the declaration's end.
    private func argument(_ name: String, of declaration: Substring) -> String? {
        let end = declaration.firstRange(of: "),")?.lowerBound ?? declaration.endIndex
        guard let start = declaration[..<end].firstRange(of: "\(name): \"")?.upperBound else { return nil }
        return String(declaration[start...].prefix { $0 != "\"" })
    }
}
