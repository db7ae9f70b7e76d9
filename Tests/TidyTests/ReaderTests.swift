// SPDX-License-Identifier: Apache-2.0
import Testing

@Suite("The tidy tests read code rightly")
struct ReaderTests {
    @Test("Comments and strings are no code")
    func blanks() {
        let text = """
            let a = "try! \\(b("as!")) } {" // try!
            /* as! /* nested */ */ let c = #"a " \\( "# + d
            """
        let lines = SwiftCode(text).lines
        #expect(lines[0].filter { $0 != " " } == "leta=")
        #expect(lines[1].filter { $0 != " " } == "letc=+d")
    }

    @Test("A function's length counts from its declaration to its brace; a requirement has none")
    func swiftFunctions() {
        let text = """
            protocol P {
                func requirement()
                var value: Int { get }
            }
            func outer(
                _ body: () -> Void = {}
            ) {
                func inner() { f.init() }
            }
            """
        let functions = FunctionLengths.ofSwift(SwiftCode(text))
        #expect(functions.map(\.line) == [8, 5])
        #expect(functions.map(\.length) == [1, 5])
    }

    @Test("A C function's body lies between braces in the first column")
    func cFunctions() {
        let lines: [Substring] = ["static int f(void)", "{", "\treturn 0;", "}", "struct s {", "};"]
        #expect(FunctionLengths.ofC(lines).map(\.length) == [3])
    }

    @Test(
        "An import is found behind any modifier",
        arguments: [
            ("import A", "A"), ("@testable import B", "B"), ("public import struct C.D", "C"), ("important", nil),
        ] as [(String, String?)])
    func imports(line: String, module: String?) {
        #expect(Rooms.module(importedBy: line) == module)
    }
}
