// SPDX-License-Identifier: Apache-2.0
import EventViews
import Testing

@Suite("Filters of alerts and logs")
struct FilterTests {
    private let alert = Lines.line(Lines.alert)

    private func message(_ body: () throws(EventViewError) -> Void) -> String {
        do throws(EventViewError) {
            try body()
            return ""
        } catch {
            return error.description
        }
    }

    @Test("What a line is follows from its fields")
    func kinds() {
        #expect(alert.kind == .alert)
        #expect(Lines.line(Lines.message).kind == .message)
        #expect(Lines.log("File", "/etc/passwd").kind == .log)
        #expect(Lines.log("File", "/etc/passwd", pod: "web").kind == .log)
        #expect(Lines.line(#"{"Type":"dropped","Count":3,"Total":3}"#).kind == .notice)
        #expect(EventLine("[1]") == nil)
        #expect(EventLine("{") == nil)
    }

    @Test(
        "A pattern may match anywhere in the field, in any field, by any case of its name",
        arguments: [
            ("Resource=apt", true), ("resource=^apt", false), ("Owner.Name=^web$", true), ("owner.ref=Deploy", true),
            ("EventData.Lsm=BPRM", true), ("eventdata.lsm=BPRM", true), ("EventData.No=^$", true), ("UID=^0$", true),
            ("ATags=SI-4", true), ("TTY=^$", true), ("TTY=.", false), ("HostPID=^4958", true),
        ])
    func patterns(option: String, expected: Bool) throws {
        #expect(try FieldPattern(option: option).matches(alert) == expected)
    }

    @Test("All patterns must hold, and the kind")
    func filters() throws {
        var filter = EventFilter(kinds: [.alert])
        try filter.add(shortName: "container", "^72de$")
        try filter.add(shortName: "policy", "block")
        #expect(filter.shows(alert))
        #expect(!filter.shows(Lines.log("File", "/x")))
        try filter.add(shortName: "operation", "File")
        #expect(!filter.shows(alert))
        for name in EventFilter.shortNames.map(\.name) { try filter.add(shortName: name, ".") }
    }

    @Test(
        "A wrong regular expression is said with its place",
        arguments: [
            ("a(b))c", "at character 5"), ("(", "at character 2"), ("x[z-a]", "at character 4"), ("*a", "wrong"),
            ("é(", "at character 3"),
        ])
    func wrongPatterns(pattern: String, expected: String) {
        let text = message { () throws(EventViewError) in _ = try FieldPattern(option: "Resource=\(pattern)") }
        #expect(text.contains(expected), "\(text)")
        #expect(text.contains("'\(pattern)'"))
    }

    @Test("An unknown field is said with those that there are")
    func unknownFields() {
        #expect(
            message { () throws(EventViewError) in _ = try FieldPattern(option: "Resorce=x") }
                .contains("there is no field Resorce; there are Timestamp"))
        #expect(message { () throws(EventViewError) in _ = try FieldPattern(option: "x") }.contains("Field=REGEX"))
    }
}
