// SPDX-License-Identifier: Apache-2.0
import JSON

extension PluginReport {
    /// The reports as one JSON array: what `kubearmor plugins list -o json` prints.
    public static func json(_ reports: [PluginReport]) -> String {
        JSONValue.array(reports.map(\.jsonValue)).indentedText
    }

    /// This report as a JSON object.
    public var json: String { jsonValue.indentedText }

    /// The reports as a YAML sequence: what `kubearmor plugins list -o yaml` prints.
    public static func yaml(_ reports: [PluginReport]) -> String {
        YAMLText.text(of: .array(reports.map(\.jsonValue)))
    }

    /// This report as a YAML mapping.
    public var yaml: String { YAMLText.text(of: jsonValue) }

    var jsonValue: JSONValue {
        func list(_ texts: [String]) -> JSONValue { .array(texts.map(JSONValue.string)) }
        return .object([
            ("kind", kind.map { .string($0.name) } ?? .null), ("name", .string(name)), ("version", .string(version)),
            ("abi", .string(abi)), ("status", .string(status.rawValue)), ("code", .string(code)),
            ("reason", .string(reason)), ("file", .string(file)), ("license", .string(license)),
            ("needs", .string(needs)), ("summary", .string(summary)), ("mode", .string(mode)),
            ("capabilities", list(capabilities)), ("neededLibraries", list(neededLibraries)),
            ("lazyLibraries", list(lazyLibraries)), ("headerHash", .string(headerHash)),
            ("calls", .array(calls.map(\.jsonValue))),
        ])
    }

    /// Nil when the value is no report.
    init?(_ value: JSONValue) {
        guard let file = value["file"]?.string, let code = value["code"]?.string,
            let status = value["status"]?.string.flatMap(PluginStatus.init)
        else { return nil }
        func text(_ key: String) -> String { value[key]?.string ?? "" }
        func list(_ key: String) -> [String] { value[key]?.elements.compactMap(\.string) ?? [] }
        self.init(file: file, status: status, code: .ok, reason: text("reason"))
        self.code = code
        kind = value["kind"]?.string.flatMap { PluginKind(name: $0) }
        name = text("name")
        version = text("version")
        abi = text("abi")
        license = text("license")
        needs = text("needs")
        summary = text("summary")
        mode = text("mode")
        capabilities = list("capabilities")
        neededLibraries = list("neededLibraries")
        lazyLibraries = list("lazyLibraries")
        headerHash = text("headerHash")
        calls = value["calls"]?.elements.compactMap(EntryStatistics.init) ?? []
    }
}

extension EntryStatistics {
    var jsonValue: JSONValue {
        func number(_ value: UInt64) -> JSONValue { .integer(Int64(clamping: value)) }
        return .object([
            ("entry", .string(entry)), ("calls", number(calls)), ("errors", number(errors)), ("late", number(late)),
            ("totalNanoseconds", number(totalNanoseconds)), ("maximumNanoseconds", number(maximumNanoseconds)),
            ("lastError", .string(lastError)),
        ])
    }

    init?(_ value: JSONValue) {
        guard let entry = value["entry"]?.string else { return nil }
        func number(_ key: String) -> UInt64 { UInt64(clamping: value[key]?.integer ?? 0) }
        self.init(
            entry: entry, calls: number("calls"), errors: number("errors"), late: number("late"),
            totalNanoseconds: number("totalNanoseconds"), maximumNanoseconds: number("maximumNanoseconds"),
            lastError: value["lastError"]?.string ?? "")
    }
}
